import { describe, expect, it } from "vitest";
import { ops } from "../../compiler/ops/index.ts";
import { inferPrecondition } from "../../compiler/testing/infer-precondition.ts";
import type { LawName } from "../../compiler/testing/law.ts";
import { testedText } from "./support.ts";

function inferred(text: string, law: LawName): string | undefined {
  const tested = testedText(text);
  return inferPrecondition({ rule: tested.rewrites[0]!, tested, ops }, law, 1);
}

describe("a precondition", () => {
  it("is the attribute that makes the difference", () => {
    const rule = `rewrite FoldAddBefore {
      match conv: Conv2D(a: Add(x, c: Const)) { groups: 1 }
      require a.shape == x.shape && size(c) == 1
      let sums = channelSums(conv.kernel * reshape(c, [1, 1, 1, 1]), 0)
      replace conv with x -> same conv { bias: sums + conv.bias }
      preserve within 1e-5
    }`;
    expect(inferred(rule, "sound")).toBe("conv.padding == [0,0,0,0]");
  });

  it("is a relation of shapes", () => {
    const rule = "rewrite Drop { match x -> c: Clip -> t: Transpose replace t with c }";
    expect(inferred(rule, "preservesInterface")).toMatch(/^[xc]\.shape == t\.shape$/);
  });

  it("is the sign of a constant", () => {
    const rule = `rewrite Below {
      match x -> r: ReLU -> m: Multiply(c: Const)
      require size(c) == 1 && m.shape == r.shape
      replace m with x -> Multiply(c) -> ReLU
    }`;
    expect(inferred(rule, "sound")).toBe("min(c.value) >= 0");
  });

  it("is none where the rule is wrong throughout", () => {
    const rule = "rewrite Wrong { match x -> s: Sigmoid replace s with x -> Tanh }";
    expect(inferred(rule, "sound")).toBeUndefined();
  });
});
