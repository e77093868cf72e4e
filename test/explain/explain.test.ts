import { writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { ExplainedNode, Explanation } from "../../compiler/explain/explanation.ts";
import { calibration, json, model, qcfg, rules, temporaryPaths } from "../cli/support.ts";

const at = temporaryPaths();
const scheme = ["--rules", rules];
const measured: Explanation = await json("explain", model, ...scheme, "--calib", calibration);
const node = (name: string): ExplainedNode => measured.nodes.find((one) => one.node === name)!;

describe("an explanation", () => {
  it("says how much is done in integers, and in what bytes", () => {
    expect(measured).toMatchObject({ version: 1, model: "digits.onnx", ranges: "measured" });
    expect(measured.coverage).toMatchObject({
      macs: { integer: 428_848, total: 429_488 },
      ops: { integer: 12, total: 13 },
    });
    expect(measured.constantBytes).toBeGreaterThan(5000);
  });

  it("names the rules that made a node, and what they made it from", () => {
    const stem = node("stem");
    expect(stem).toMatchObject({ op: "Conv2D", kind: "integer", macs: 56_448 });
    expect(stem.parts.map((part) => part.node)).toEqual(["stem", "stem_relu"]);
    expect(stem.rewrites.map(({ rule }) => rule)).toEqual([
      "FoldBatchNorm",
      "TransposeBelowUnary",
      "IntegerLayer",
    ]);
    expect(stem.rewrites[0]).toMatchObject({
      pass: "canonicalize",
      place: { file: "std/fold.qcfg", line: expect.any(Number) },
      from: expect.arrayContaining([
        { node: "stem_bn", op: "BatchNorm" },
        { node: "stem", op: "Conv2D" },
      ]),
    });
  });

  it("names who asked for a site, who lost, and why", () => {
    const output = node("stem").sites.find(({ slot }) => slot === "output")!;
    expect(output).toMatchObject({
      node: "stem_relu",
      claim: { request: "Percentile(99.9, int8, per: tensor, affine)", rule: "StemClipped" },
      group: 1,
    });
    const kernel = node("logits").sites.find(({ slot }) => slot === "kernel")!;
    expect(kernel).toMatchObject({
      claim: { request: "float", rule: "LogitsInFloat" },
      losers: [
        {
          request: "LastValue(int8, per: channel, symmetric, narrow)",
          rule: "LinearTo8Bits",
          because: "`LogitsInFloat` is an `override`",
        },
      ],
    });
    expect(kernel.scale).toBeUndefined();
  });

  it("follows a scale from the samples to the integers", () => {
    const { scale } = node("stem").sites.find(({ slot }) => slot === "output")!;
    const { observed, chosen, united, histogram } = scale!;
    expect(scale).toMatchObject({ from: "samples", samples: 300, dtype: "int8", count: 1 });
    expect(observed!.max).toBeGreaterThan(chosen!.max);
    expect(united!.max).toBeGreaterThanOrEqual(chosen!.max);
    expect(scale!.scale.max).toBeCloseTo((united!.max - united!.min) / 255, 6);
    expect(scale!.saturated).toBeGreaterThan(0);
    const counted = histogram!.counts.reduce((sum, count) => sum + count, 0);
    expect(counted).toBe(300 * 28 * 28 * 8);
    const kernel = node("stem").sites.find(({ slot }) => slot === "kernel")!.scale!;
    expect(kernel).toMatchObject({ from: "constant", count: 8, zeroPoint: { min: 0, max: 0 } });
    const bias = node("stem").sites.find(({ slot }) => slot === "bias")!.scale!;
    expect(bias).toMatchObject({ from: "derived", dtype: "int32", count: 8 });
  });

  it("says what is in float and why, and what the conversions cost", () => {
    expect(node("logits").reason).toContain("`LogitsInFloat` asks for float");
    expect(measured.borders).toContainEqual({
      node: "image_quantize",
      op: "Quantize",
      reads: "image",
      readBy: ["scaled"],
      bytes: 28 * 28 * 5,
      rules: ["InputReadIn8Bits"],
    });
  });

  it("lists what shares a scale, who tied it, and what is gone", () => {
    expect(measured.groups[1]).toMatchObject({
      members: ["stem_relu.output", "pool1.output"],
      tiedBy: ["MovementKeepsScale"],
    });
    expect(measured.gone.map(({ rule }) => rule)).toContain("CancelTransposes");
  });

  it("tells near misses with the clause and the value that fail it", () => {
    const misses = node("conv").nearMisses.filter(({ rule }) => rule === "StemClipped");
    expect(misses).toEqual([
      {
        rule: "StemClipped",
        place: { file: expect.stringMatching(/rules\.qcfg$/), line: 11 },
        reason: '`layer.name ~ /stem.*/` does not hold: layer.name = "conv"',
        at: "clause",
        node: "conv",
      },
    ]);
  });

  it("works without samples, and tells no scales then", async () => {
    const assumed: Explanation = await json("explain", model);
    expect(assumed.ranges).toBe("assumed");
    const told = assumed.nodes.flatMap(({ sites }) => sites).filter(({ scale }) => scale);
    expect(told.map(({ scale }) => scale!.from)).not.toContain("samples");
    expect(assumed.nodes.filter(({ type }) => type.includes("{"))).toEqual([]);
  });

  it("works where rules are at fault, which is reported, to the shell too", async () => {
    const faulty = at("faulty.qcfg");
    writeFileSync(
      faulty,
      'import "std/default8bit"\nquantize Wide {\n  match p: MaxPool2D { poolSize: [3, 3] }\n  set p.* = float\n}\n',
    );
    const { stdout, stderr, status } = await qcfg(
      ...["explain", model, "--rules", faulty, "--rule", "Wide"],
    );
    expect(status).toBe(1);
    expect(stderr).toContain("error[QC2110]: `Wide` matches nothing in the model");
    expect(stdout).toContain("matched nothing");
    expect(stdout).toContain("at pool1: `poolSize: [3, 3]`: `poolSize` is [2, 2]");
  });
});

describe("the text of an explanation", () => {
  it("begins with a summary", async () => {
    const { stdout } = await qcfg("explain", model, ...scheme);
    expect(stdout).toContain("12 in integers, 1 in float, 2 conversions");
    expect(stdout).toContain("99.85% of 429,488 multiply-accumulates, 12 of 13 ops");
    expect(stdout).toContain("logits, Dense: `LogitsInFloat` asks for float");
  });

  it("finds nodes by their names in the source, and by globs", async () => {
    const stem = await qcfg("explain", model, ...scheme, "--node", "stem_bn");
    expect(stem.stdout).toMatch(/^stem: Conv2D i8\[1, 28, 28, 8\] \(in integers/);
    const pools = await qcfg("explain", model, ...scheme, "--node", "pool*");
    expect(pools.stdout).toMatch(/^pool1: [\s\S]*^pool2: /m);
    const gone = await qcfg("explain", model, ...scheme, "--node", "pool1_transpose");
    expect(gone.stdout).toContain("not in the program: CancelTransposes");
  });

  it("says what a rule did", async () => {
    const { stdout } = await qcfg("explain", model, ...scheme, "--rule", "StemClipped");
    expect(stdout).toContain("matched once");
    expect(stdout).toContain("had a part in stem, pool1");
  });

  it.each([
    [["--node", "stemm"], "QC2620", "did you mean `stem`?"],
    [["--node", "*/st*"], "QC2620", "a glob such as"],
    [["--rule", "StemCliped"], "QC2621", "did you mean `StemClipped`?"],
  ])("rejects %j with the nearest name", async (args, code, help) => {
    const { status, stderr } = await qcfg("explain", model, ...scheme, ...args);
    expect(status).toBe(1);
    expect(stderr).toContain(`error[${code}]`);
    expect(stderr).toContain(help);
  });

  it("is the long form of a code, if one is named", async () => {
    const { stdout } = await qcfg("explain", "qc2110");
    expect(stdout).toMatch(/^QC2110: a rule that matches nothing\n[\s\S]*Right:/);
    expect((await qcfg("explain", "--code", "QC2500")).stdout).toContain("For example:");
    expect((await qcfg("explain", "--code", "QC2999")).stderr).toContain("error[QC2514]");
  });
});
