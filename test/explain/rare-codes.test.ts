import { cpSync, writeFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { parseStatistics } from "../../compiler/calibrate/statistics-file.ts";
import { host } from "../../compiler/cli/host.ts";
import { encodeNpy } from "../../compiler/cli/node.ts";
import { compile } from "../../compiler/compile.ts";
import { type ImportedModel, importModel } from "../../compiler/frontends/import-model.ts";
import { tensor } from "../../compiler/ir/types.ts";
import type { Rejected } from "../../grammar/source/diagnostic.ts";
import { model, temporaryPaths } from "../cli/support.ts";
import { Sketch } from "../rewrite/support.ts";
import { tfliteBytes } from "../support/tflite-model.ts";
import { qcfg } from "./in-process.ts";

/** Diagnostics of which no other test makes an example. */

const at = temporaryPaths();
const folder = at("program");

function npy(name: string, shape: readonly number[], values: number): string {
  const size = shape.reduce((product, n) => product * n, 1);
  writeFileSync(at(name), encodeNpy(new Float32Array(size).fill(values), shape));
  return at(name);
}

/** A compiled folder with another program in it. */
function program(name: string, source: string): string {
  cpSync(folder, at(name), { recursive: true });
  writeFileSync(at(name, "model.js"), source);
  return at(name);
}

beforeAll(async () => {
  const compiled = await qcfg("compile", model, "--float", "--target", "js", "-o", folder);
  expect(compiled.status).toBe(0);
}, 30_000);

const port = (name: string, shape: readonly number[]) =>
  JSON.stringify({ name, dtype: "float32", shape });
const inputs = `[${port("image", [1, 1, 28, 28])}]`;

describe("a compiled folder", () => {
  it.each([
    ["QC2517", "const e = new Error('no SIMD'); e.code = 'no-simd'; throw e;"],
    ["QC2505", "throw new Error('gone');"],
  ])("%s: its program does not load", async (code, body) => {
    const broken = program(code, `export function load() { ${body} }\n`);
    const data = npy("x.npy", [1, 1, 28, 28], 0);
    const { stderr } = await qcfg("run", broken, "--input", data);
    expect(stderr).toContain(`error[${code}]`);
  });

  it("QC2510, QC2511: outputs have names, and a file each", async () => {
    const data = npy("x.npy", [1, 1, 28, 28], 0);
    const one = await qcfg("run", folder, "--input", data, "--output", `scores=${at("y.npy")}`);
    expect(one.stderr).toContain("error[QC2510]");
    const outputs = `[${port("a", [1, 2])}, ${port("b", [1, 2])}]`;
    const two = program(
      "two",
      `export const load = () => ({ inputs: ${inputs}, outputs: ${outputs}, run: () => ({}) });\n`,
    );
    const several = await qcfg("run", two, "--input", data, "--output", at("y.npy"));
    expect(several.stderr).toContain("error[QC2511]");
  });

  it("QC2509: outputs that are not finite", async () => {
    const odd = program(
      "odd",
      `const run = () => ({ logits: new Float32Array(10).fill(NaN) });
export const load = () => ({ inputs: ${inputs}, outputs: [${port("logits", [1, 10])}], run });\n`,
    );
    const data = npy("x.npy", [1, 1, 28, 28], 0);
    writeFileSync(at("y.npy"), encodeNpy(Int32Array.of(1), [1]));
    const { stderr } = await qcfg("eval", odd, "--data", data, "--labels", at("y.npy"));
    expect(stderr).toContain("warning[QC2509]");
  });

  it("QC2513: no samples", async () => {
    const { stderr } = await qcfg("run", folder, "--input", npy("none.npy", [0, 1, 28, 28], 0));
    expect(stderr).toContain("error[QC2513]");
  });
});

it("QC2512: a rule file that is not in canonical form", async () => {
  writeFileSync(at("a.qcfg"), 'import   "std/fold"\n');
  expect((await qcfg("fmt", "--check", at("a.qcfg"))).stderr).toContain("error[QC2512]");
});

it("QC2263: no statistics", () => {
  const codes = () => {
    try {
      parseStatistics("{}", "ranges.json");
      return [];
    } catch (error) {
      return (error as Rejected).diagnostics.map(({ code }) => code);
    }
  };
  expect(codes()).toEqual(["QC2263"]);
});

it("QC2019: further subgraphs of a TFLite file", () => {
  const bytes = tfliteBytes({
    tensors: { x: { shape: [1, 2] }, y: { shape: [1, 2] } },
    operators: [{ op: "RELU", inputs: ["x"], outputs: ["y"] }],
    inputs: ["x"],
    outputs: ["y"],
    copies: 2,
  });
  const { value, diagnostics } = importModel(bytes, { name: "m.tflite" });
  expect(value).toBeDefined();
  expect(diagnostics.map(({ code }) => code)).toEqual(["QC2019"]);
});

describe("a compilation", () => {
  const imported = (graph: ImportedModel["graph"], quantized = false): ImportedModel => ({
    name: "sketch",
    sources: [],
    graph,
    format: "onnx",
    quantized,
    dimensions: [],
    metadata: {},
  });

  it("QC2502: there is no float model in a quantized one", async () => {
    const s = new Sketch();
    const graph = s.graph(s.node("ReLU", [s.input("x", [1, 4])]));
    const { diagnostics } = await compile(imported(graph, true), { host, float: true });
    expect(diagnostics.map(({ code }) => code)).toEqual(["QC2502"]);
  });

  it("QC2271: a bias that is large beside the weights of its channel", async () => {
    const s = new Sketch();
    const kernel = s.constant([2, 2], [1, 1, 1e-9, 1e-9], "kernel");
    const graph = s.graph(s.node("Dense", [s.input("x", [1, 2]), kernel, s.constant([2], [1, 8])]));
    const samples = [new Map([["x", tensor("float32", [1, 2], [-1, 1])]])];
    const { value, diagnostics } = await compile(imported(graph), { host, samples, target: "js" });
    expect(value).toBeDefined();
    expect(diagnostics.map(({ code }) => code)).toEqual(["QC2271"]);
  });
});
