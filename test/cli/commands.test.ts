import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import {
  calibration,
  json,
  labels,
  model,
  qcfg,
  rules,
  samples,
  shapeOfNpy,
  temporaryPaths,
} from "./support.ts";

const at = temporaryPaths();
const folder = at("int8");
const labelled = ["--data", samples, "--labels", labels];
let report: Record<string, unknown>;

beforeAll(async () => {
  report = await json(
    ...["compile", model, "--calib", calibration, "--save-stats", at("ranges.json")],
    ...["-o", folder],
  );
}, 60_000);

const manifestOf = (path: string) => JSON.parse(readFileSync(`${path}/model.json`, "utf8"));

describe("compile", () => {
  it("writes a folder and says what became of the model", () => {
    const names = [
      ...["model.bin", "model.d.ts", "model.js", "model.json"],
      ...["model.relaxed.wasm", "model.wasm", "package.json"],
    ];
    expect(readdirSync(folder).sort()).toEqual(names);
    expect(report).toMatchObject({ kind: "integer", requantize: "onnx", diagnostics: [] });
    expect(report.integerNodes).toBeGreaterThan(10);
    expect(Object.keys(report.files as object).sort()).toEqual(names);
    expect(report.arenaLowerBoundBytes).toBeLessThanOrEqual(report.arenaBytes as number);
    expect(manifestOf(folder)).toMatchObject({
      model: "digits.onnx",
      modelDigest: expect.stringMatching(/^[0-9a-f]{64}$/),
      rulesDigest: expect.stringMatching(/^[0-9a-f]{64}$/),
      preprocessing: {},
      arenaBytes: report.arenaBytes,
    });
  });

  it("writes the same bytes from saved statistics", async () => {
    await json("compile", model, "--stats", at("ranges.json"), "-o", at("again"));
    for (const name of readdirSync(folder)) {
      expect(readFileSync(at("again", name)).equals(readFileSync(`${folder}/${name}`))).toBe(true);
    }
  });

  it("keeps float inputs and outputs unless told otherwise", async () => {
    expect(manifestOf(folder).inputs[0].dtype).toBe("float32");
    const stats = ["--stats", at("ranges.json")];
    await json("compile", model, ...stats, "--io", "uint8", "--target", "js", "-o", at("uint8"));
    expect(manifestOf(at("uint8")).inputs[0]).toMatchObject({ dtype: "uint8" });
    expect(manifestOf(at("uint8")).inputs[0].quantization.scale).toHaveLength(1);
  });

  it("writes each application of a rewrite rule, to standard error or into a file", async () => {
    const ranges = ["--stats", at("ranges.json"), "--target", "js", "-o", at("traced")];
    const { stdout, stderr } = await qcfg("compile", model, ...ranges, "--trace-rules");
    expect(stderr).toMatch(
      /^canonicalize: FoldBatchNorm \(std\/fold\.qcfg:\d+\): stem_bn BatchNorm -> /m,
    );
    expect(stdout).not.toContain("FoldBatchNorm");
    const { fired } = await json("compile", model, ...ranges, `--trace-rules=${at("rules.log")}`);
    const lines = readFileSync(at("rules.log"), "utf8").trim().split("\n");
    const traced = lines.map((line) => JSON.parse(line));
    const folds = traced.filter(({ rule }) => rule === "FoldBatchNorm");
    expect(folds).toHaveLength(fired.FoldBatchNorm);
    expect(folds[0]).toMatchObject({ pass: "canonicalize", node: "stem_bn", op: "BatchNorm" });
  });

  it("compiles a float program", async () => {
    expect(
      await json("compile", model, "--float", "--target", "js", "-o", at("float")),
    ).toMatchObject({
      kind: "float",
      integerNodes: 0,
    });
  });

  it("wants ranges and names both ways to give them", async () => {
    const { status, stderr, stdout } = await qcfg("compile", model, "-o", at("none"));
    expect(status).toBe(1);
    expect(stdout).toBe("");
    expect(stderr).toMatch(/^error\[QC2500\].*\n.*digits\.onnx/);
    expect(stderr).toContain("--calib");
    expect(stderr).toContain("--stats");
  });

  it("leaves a folder with other things alone", async () => {
    mkdirSync(at("home"));
    writeFileSync(at("home", "thesis.txt"), "years of work");
    const { status, stderr } = await qcfg("compile", model, "--float", "-o", at("home"));
    expect(status).toBe(1);
    expect(stderr).toContain("QC2503");
    expect(stderr).toContain("thesis.txt");
    expect(readdirSync(at("home"))).toEqual(["thesis.txt"]);
  });

  it("reports faults of a rule file as code frames, and as JSON", async () => {
    writeFileSync(
      at("wrong.qcfg"),
      "quantize A {\n  match layer: Konv2D\n  set layer.kernel = w8\n}\n",
    );
    const outcome = await qcfg(
      ...["compile", model, "--rules", at("wrong.qcfg"), "--calib", calibration],
      ...["-o", at("never"), "--json"],
    );
    expect(outcome.status).toBe(1);
    expect(outcome.stderr).toContain("Konv2D");
    expect(outcome.stderr).toContain("^^^^^^");
    const { diagnostics } = JSON.parse(outcome.stdout);
    expect(diagnostics[0]).toMatchObject({
      severity: "error",
      labels: [{ line: 2, column: 16, endLine: 2, endColumn: 22 }],
    });
  });
});

describe("eval", () => {
  it("measures a compiled folder, and a model in float", async () => {
    const int8 = await json("eval", folder, ...labelled);
    const float = await json("eval", model, ...labelled, "--limit", "200");
    expect(int8).toMatchObject({ samples: 1000, kind: "compiled" });
    expect(float).toMatchObject({ samples: 200, kind: "float" });
    expect(int8.accuracy).toBeGreaterThan(0.97);
    expect(float.accuracy).toBeGreaterThan(0.97);
  });

  it("says when the labels do not fit", async () => {
    const { status, stderr } = await qcfg(
      "eval",
      folder,
      "--data",
      samples,
      "--labels",
      calibration,
    );
    expect(status).toBe(1);
    expect(stderr).toContain("QC2507");
  });
});

describe("run", () => {
  it("stacks the results of all samples", async () => {
    await json("run", folder, "--input", `image=${samples}`, "--output", at("logits.npy"));
    expect(shapeOfNpy(at("logits.npy"))).toEqual([1000, 10]);
  });

  it("says when it quantizes data on entry", async () => {
    const { status, stderr, stdout } = await qcfg(
      "run",
      at("uint8"),
      "--input",
      calibration,
      "--json",
    );
    expect(status).toBe(0);
    expect(JSON.parse(stdout).outputs.logits).toMatchObject({ dtype: "uint8", shape: [300, 10] });
    // Pixels are uint8 and so is the input: taken as they are.
    expect(stderr).toBe("");
    expect(await qcfg("run", folder, "--input", `picture=${samples}`)).toMatchObject({ status: 1 });
  });

  it("refuses what is no compiled folder", async () => {
    const { status, stderr } = await qcfg("run", at("home"), "--input", samples);
    expect(status).toBe(1);
    expect(stderr).toContain("QC2504");
  });
});

describe("preprocessing", () => {
  const stated = ["--scale", "1/2", "--mean", "10", "--std", "0.5"];

  it("is recorded, applied, and not to be contradicted", async () => {
    await json("compile", model, "--float", ...stated, "--target", "js", "-o", at("prepared"));
    const preprocessing = { scale: 0.5, mean: [10], std: [0.5] };
    expect(manifestOf(at("prepared"))).toMatchObject({ preprocessing });
    const few = [...labelled, "--limit", "50"];
    const recorded = await json("eval", at("prepared"), ...few);
    expect((await json("eval", model, ...stated, ...few)).accuracy).toBe(recorded.accuracy);
    const other = await qcfg("eval", at("prepared"), "--scale", "1/3", ...few);
    expect(other.status).toBe(1);
    expect(other.stderr).toContain("QC2506");
  });
});

describe("the other commands", () => {
  it("bench gives latencies in milliseconds", async () => {
    const { runs, min, median, p95 } = await json("bench", folder, "--runs", "5");
    expect(runs).toBe(5);
    expect(0 < min && min <= median && median <= p95).toBe(true);
  });

  it("inspect shows a model, with open dimensions by name", async () => {
    expect(await json("inspect", model)).toMatchObject({
      format: "onnx",
      quantized: false,
      inputs: [{ name: "image", dtype: "float32", shape: [1, 1, 28, 28] }],
      outputs: [{ name: "logits", shape: [1, 10] }],
      dimensions: [{ name: "N", size: 1 }],
      ops: { Conv2D: 4, BatchNorm: 6 },
    });
    expect((await qcfg("inspect", model, "--graph")).stdout).toMatch(
      /^graph ".*" {\n {2}input %image/,
    );
  });

  it("inspect shows a compiled folder", async () => {
    expect(await json("inspect", folder)).toMatchObject({ model: "digits.onnx", target: "wasm" });
    expect((await qcfg("inspect", folder)).stdout).toContain("requantized as onnx");
  });

  it("export writes a model that is quantized", async () => {
    const file = at("quantized.onnx");
    await json("export", model, "--stats", at("ranges.json"), "--format", "onnx", "-o", file);
    expect(await json("inspect", file)).toMatchObject({
      quantized: true,
      inputs: [{ dtype: "float32" }],
    });
  });

  it("check reads rule files and what they import", async () => {
    expect(await qcfg("check", rules)).toMatchObject({ status: 0, stderr: "" });
    writeFileSync(at("lost.qcfg"), 'import "./nowhere.qcfg"\n');
    const { status, stderr } = await qcfg("check", rules, at("lost.qcfg"));
    expect(status).toBe(1);
    expect(stderr).toContain("nowhere.qcfg");
  });

  it("explain gives the long form of a code", async () => {
    expect((await qcfg("explain", "--code", "QC1201")).stdout).toMatch(
      /^QC1201: .*\n\n.*\n\nWrong:\n {4}/,
    );
    expect(await qcfg("explain", "--code", "QC9999")).toMatchObject({ status: 1 });
  });

  it("fmt formats in place and has nothing to do the second time", async () => {
    const file = at("loose.qcfg");
    writeFileSync(file, 'import   "std/default8bit"\n');
    expect(await qcfg("fmt", "--check", file)).toMatchObject({ status: 1 });
    expect((await json("fmt", file)).changed).toEqual([file]);
    expect(await qcfg("fmt", "--check", file)).toMatchObject({ status: 0 });
    expect(readFileSync(file, "utf8")).toBe('import "std/default8bit"\n');
  });
});
