import { readFileSync, writeFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { json, model, qcfg, temporaryPaths } from "./support.ts";

const at = temporaryPaths();

function file(name: string, text: string): string {
  writeFileSync(at(name), text);
  return at(name);
}

/** Two rules that overlap and join, and one whose types are not seen in its pattern. */
const rewrites = file(
  "rewrites.qcfg",
  `rewrite Twice { match x -> ReLU -> r: ReLU replace r with x -> ReLU }
rewrite Six { match x -> ReLU -> r: ReLU6 replace r with x -> ReLU6 }
rewrite Whole { match x -> p: AveragePool2D { poolSize: [1, 1] } require p.shape == x.shape replace p with x }
`,
);
const base = "quantize Base { match n: Dense set n.output = MovingAverage(int8) }\n";
file("base.qcfg", base);
const nearer = file(
  "nearer.qcfg",
  'import "./base.qcfg"\nquantize Own { match n: Dense set n.output = float }\n',
);

describe("what `check` says of rules without faults", () => {
  it("is a line", async () => {
    const { status, stdout, stderr } = await qcfg("check", rewrites);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(stdout).toMatch(
      /^1 file without errors\n.*rewrites\.qcfg: rewriting ends, joined (\d+) of \1 critical pairs up to bound 3, types kept by 3 rules \(1 of them in graphs that were tried\)\n$/,
    );
  });

  it("is nothing of a file without rewrite rules", async () => {
    expect((await qcfg("check", nearer)).stdout).toBe("1 file without errors\n");
  });

  it("is all of it with --verbose, the file's own rules by name", async () => {
    const { stdout } = await qcfg("check", rewrites, nearer, "--verbose");
    expect(stdout).toMatch(
      /phase main ends: Six, Twice, Whole and .* other rules make the sum of the weights/,
    );
    expect(stdout).toContain("types kept in every graph: Six, Twice\n");
    expect(stdout).toMatch(/types kept by Whole in [123] graphs? made for it/);
    expect(stdout).toContain("Base never wins against Own\n");
  });

  it("is data with --json", async () => {
    const { libraries } = await json("check", rewrites, nearer);
    expect(libraries).toMatchObject([
      {
        file: rewrites,
        termination: [{ phase: "main", unproved: [] }],
        pairs: { bound: 3 },
        types: { proved: ["Six", "Twice"], tried: [{ rule: "Whole" }] },
        shadowed: [],
      },
      { file: nearer, termination: [], shadowed: [{ rule: "Base", by: ["Own"] }] },
    ]);
    expect(libraries[0].pairs.joined).toBe(libraries[0].pairs.found);
    expect(libraries[0].pairs.found).toBeGreaterThan(0);
  });

  it("does not say of a loop that it ends, nor of a pair that it joins", async () => {
    const loop = file(
      "loop.qcfg",
      'rewrite There { match x -> r: ReLU require x.op == "Tanh" replace r with x -> ReLU6 }\nrewrite Back { match x -> r: ReLU6 require x.op == "Sigmoid" replace r with x -> ReLU }\n',
    );
    const { stdout, stderr } = await qcfg("check", loop, "--verbose");
    expect(stderr).toContain("warning[QC2120]");
    expect(stdout).toMatch(/no argument was found that There, Back come to an end/);
    expect((await qcfg("check", loop)).stdout).toContain("nothing shows that rewriting ends");
  });

  it("is nothing where it is certain that they do not end: an error, as in a compilation", async () => {
    const loop = file(
      "certain.qcfg",
      "rewrite There { match x -> r: Sigmoid replace r with x -> Tanh }\nrewrite Back { match x -> r: Tanh replace r with x -> Sigmoid }\n",
    );
    for (const command of [
      ["check", loop],
      ["check", loop, "--model", model],
      ["compile", model, "--rules", loop, "-o", "unused"],
    ]) {
      const { status, stderr } = await qcfg(...command);
      expect(status).toBe(1);
      expect(stderr).toContain("error[QC2120]");
    }
  });
});

it("contradictions between rules are told without a model", async () => {
  const rules = file(
    "conflict.qcfg",
    "quantize A { match n: Dense set n.output = float }\nquantize B { match n: Dense | Conv2D set n.output = MovingAverage(int8) }\n",
  );
  const { status, stderr } = await qcfg("check", rules);
  expect(status).toBe(1);
  expect(stderr).toContain("error[QC2122]");
});

it("places in a model have the name of its file", async () => {
  const rules = file(
    "miss.qcfg",
    "quantize A { match c: Conv2D { groups: 7 } set c.output = float }\n",
  );
  const { stderr } = await qcfg("check", rules, "--model", model);
  expect(stderr).toMatch(/error\[QC2110\][\s\S]* digits\.onnx › \w+: the nearest/);
});

describe("a log of rewrites", () => {
  const scheme = file("scheme.qcfg", 'import "std/default8bit"\n');
  const replay = (log: string) => qcfg("check", scheme, "--model", model, "--replay-rules", log);
  let lines: readonly string[];
  beforeAll(async () => {
    const log = at("rewrites.log");
    const traced = ["compile", model, "--float", "-o", at("out"), `--trace-rules=${log}`, "--json"];
    expect((await qcfg(...traced)).status).toBe(0);
    lines = readFileSync(log, "utf8").trim().split("\n");
  });

  it("is replayed rewrite by rewrite, to the graph of the rules", async () => {
    const { stdout, stderr } = await replay(at("rewrites.log"));
    expect(stderr).toBe("");
    expect(stdout).toContain(`replayed ${lines.length} rewrites: the graph is that of the rules`);
  });

  it("may be a part, which leads to another graph", async () => {
    const { stdout } = await replay(file("part.log", lines.slice(0, 3).join("\n")));
    expect(stdout).toContain("replayed 3 rewrites: the rules by themselves lead to another graph");
  });

  it("stops where a rewrite does not apply as it did", async () => {
    const fold = lines.findIndex((line) => JSON.parse(line).rule === "FoldBatchNorm");
    const changed = (change: object) =>
      file(
        "changed.log",
        lines.with(fold, JSON.stringify({ ...JSON.parse(lines[fold]!), ...change })).join("\n"),
      );
    const told = async (change: object) => (await replay(changed(change))).stderr;
    const where = `error[QC2641]: rewrite ${fold + 1} of the log cannot be replayed: `;
    expect(await told({ rule: "Gone" })).toContain(`${where}\`Gone\`: there is no such rule`);
    expect(await told({ node: "gone" })).toContain("there is no node `gone`");
    expect(await told({ op: "ReLU" })).toContain("is BatchNorm and was ReLU");
    expect(await told({ built: [] })).toContain("it builds Conv2D and built nothing");
    expect(await told({ rule: "BatchNormIsScale" })).toContain(
      "it builds Multiply, Add and built Conv2D",
    );
    expect(await told({ rule: "DropReshape" })).toContain("it does not apply at `stem_bn`");
  });

  it("is one", async () => {
    expect((await replay(scheme)).stderr).toMatch(/^error\[QC2640\].*\n.*scheme\.qcfg › line 1/);
    expect((await qcfg("check", scheme, "--replay-rules", scheme)).stderr).toContain(
      "`--replay-rules` needs a model",
    );
  });
});
