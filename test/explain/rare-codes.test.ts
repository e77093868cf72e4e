import { cpSync, writeFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { rangeFrom } from "../../compiler/calibrate/range-from.ts";
import { Statistics } from "../../compiler/calibrate/statistics.ts";
import { parseStatistics } from "../../compiler/calibrate/statistics-file.ts";
import { host } from "../../compiler/cli/host.ts";
import { encodeNpy } from "../../compiler/cli/node.ts";
import { compile, explainModel } from "../../compiler/compile.ts";
import { type ImportedModel, importModel } from "../../compiler/frontends/import-model.ts";
import { tensor } from "../../compiler/ir/types.ts";
import { Rejected } from "../../grammar/source/diagnostic.ts";
import { model, qcfg, temporaryPaths } from "../cli/support.ts";
import { Sketch } from "../rewrite/support.ts";
import { importDigits } from "../support/models.ts";
import { tfliteBytes } from "../support/tflite-model.ts";

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

describe("TypeScript of rule files", () => {
  const scheme = (clauses: string) => {
    writeFileSync(at("scheme.qcfg"), clauses);
    return at("scheme.qcfg");
  };
  const rule = (clause: string) => `quantize Last {\n  match d: Dense\n  ${clause}\n}\n`;

  it("QC2652: a module that does not load", async () => {
    writeFileSync(at("broken.ts"), 'throw new Error("no");\n');
    const broken = scheme(
      `import { p } from "./broken.ts"\n${rule("require p(d)\n  set d.output = float")}`,
    );
    const { stderr } = await qcfg("check", broken, "--model", model);
    expect(stderr).toContain("error[QC2652]");
  });

  it("QC2661: a call that does not fit the signature", async () => {
    writeFileSync(
      at("typed.ts"),
      "export function even(n: number): boolean {\n  return n % 2 === 0;\n}\n",
    );
    const wrong = scheme(
      `import { even } from "./typed.ts"\n${rule('require even("2")\n  set d.output = float')}`,
    );
    expect((await qcfg("check", wrong)).stderr).toContain("error[QC2661]");
    expect((await qcfg("types", "--check", wrong)).stderr).toContain("error[QC2548]");
  });

  it("QC2660: TypeScript where nobody loads it", async () => {
    const rules = { path: "scheme.qcfg", text: rule("require ts{ true }\n  set d.output = float") };
    const { modules: _, ...bare } = host;
    const { diagnostics } = await explainModel(importDigits(), { host: bare, rules });
    expect(diagnostics.map(({ code }) => code)).toContain("QC2660");
  });
});

/** The codes of what is thrown. */
function codesOf(work: () => unknown): readonly string[] {
  try {
    work();
    return [];
  } catch (error) {
    if (error instanceof Rejected) return error.diagnostics.map(({ code }) => code);
    throw error;
  }
}

it("QC2263: no statistics", () => {
  expect(codesOf(() => parseStatistics("{}", "ranges.json"))).toEqual(["QC2263"]);
});

it("QC2265: a quantizer that chooses no range", () => {
  const seen = new Statistics();
  seen.observe(Float32Array.of(-1, 1));
  const own = { name: "Odd", parameters: "{}", range: () => ({ min: Number.NaN, max: 1 }) };
  const integers = { dtype: "int8", per: "tensor" } as const;
  const words = { symmetric: false, narrow: false, powerOfTwo: false };
  const choose = () => rangeFrom(seen, { observer: "Own", own, ...integers, ...words });
  expect(codesOf(choose)).toEqual(["QC2265"]);
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
