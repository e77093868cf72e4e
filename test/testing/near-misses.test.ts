import { expect, it } from "vitest";
import { clausesOf } from "../../compiler/generate/clauses.ts";
import { generateMiss } from "../../compiler/generate/generate-miss.ts";
import { ops } from "../../compiler/ops/index.ts";
import { checkClauses, firedOnMiss } from "../../compiler/testing/check-clauses.ts";
import { testedText } from "./support.ts";

const tested = testedText(`
rewrite DropReLU {
  match x -> r: ReLU -> clip: ReLU6
  require x.rank == 2
  replace clip with x -> ReLU6
}

rewrite FoldFactor {
  match x -> d: Dense { activation: "linear" } -> m: Multiply(k: Const)
  require k.shape == [m.shape[-1]] && x.dtype == "float32"
  replace m with same d { kernel: d.kernel * k, bias: d.bias * k }
}

quantizer a8 = MovingAverage(int8, per: tensor, affine)

quantize Clips {
  match x :: f32[...] -> c: ReLU6
  require c.rank > 1
  set c.output = a8
}
`);

const ruleNamed = (name: string) => {
  const found = [...tested.rewrites, ...tested.quantizes].find((rule) => rule.name === name);
  if (found === undefined || found.kind === "code") throw new Error(name);
  return found;
};

it("a near miss that is refuted becomes the smallest graph that misses by the same clause", () => {
  const rule = ruleNamed("DropReLU");
  const clause = clausesOf(rule, ops).find(({ kind }) => kind === "require")!;
  const miss = generateMiss(rule, clause, [12345], { ops })!;
  const failure = firedOnMiss({ rule, tested, ops }, miss, "q1:miss:…", () => true);
  expect(failure.size).toBe(2);
  expect(failure.graph.join()).toContain("ReLU -> ReLU6");
  expect(failure.graph.join()).not.toContain("f32[1, 1]");
});

it("clauses are told apart by what becomes of the rule without them", () => {
  const verdicts = (name: string) => {
    const { clauses } = checkClauses({ rule: ruleNamed(name), tested, ops }, { runs: 60, seed: 1 });
    return Object.fromEntries(clauses.map(({ text, verdict }) => [text, verdict]));
  };
  expect(verdicts("FoldFactor")).toMatchObject({
    "k.shape == [m.shape[-1]]": "killed",
    "`k` is a constant": "implied",
    "`d` has no other user": "cost",
  });
  expect(verdicts("DropReLU")["x.rank == 2"]).toBe("survived");
  expect(verdicts("Clips")).toMatchObject({ "c.rank > 1": "killed" });
});
