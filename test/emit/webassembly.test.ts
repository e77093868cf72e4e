import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { kernelLibrary } from "../../compiler/cli/kernel-library.ts";
import { runtimeSources } from "../../compiler/cli/runtime-sources.ts";
import { emitWebAssembly } from "../../compiler/emit/emit-webassembly.ts";
import type { EmittedFiles } from "../../compiler/emit/manifest.ts";
import { GraphEditor } from "../../compiler/ir/edit.ts";
import { evaluate } from "../../compiler/ir/evaluate.ts";
import type { Value } from "../../compiler/ir/graph.ts";
import { type Tensor, tensor } from "../../compiler/ir/types.ts";
import { joinInPlace } from "../../compiler/lower/join-in-place.ts";
import { type Schedule, schedule } from "../../compiler/lower/schedule.ts";
import { ops } from "../../compiler/ops/index.ts";
import { relaxedDotSigns, type WebAssemblyLoadOptions } from "../../runtime/load-webassembly.ts";
import type { Model } from "../../runtime/model.ts";
import { kernels } from "../../runtime/reference/index.ts";
import { Sketch } from "../rewrite/support.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const origin = {
  model: "small",
  modelDigest: "",
  rulesDigest: "",
  rules: {},
  floatNodes: [],
  preprocessing: {},
};
const folder = temporaryFolder();

const emit = (program: Schedule) =>
  emitWebAssembly(program, origin, runtimeSources, { kernelLibrary });

describe.each([
  ["linked", { kernelLibrary }],
  ["assembled", {}],
] as const)("a program in WebAssembly that is %s", (_, ready) => {
  const folder = temporaryFolder();
  let files: EmittedFiles;
  let load: (options?: WebAssemblyLoadOptions) => Promise<Model>;

  beforeAll(async () => {
    const s = new Sketch();
    const graph = s.graph(s.node("ReLU", [s.input("x", [1, 6])], {}, "y"));
    files = await emitWebAssembly(schedule(graph, ops, "onnx"), origin, runtimeSources, ready);
    for (const [name, content] of files) writeFileSync(join(folder, name), content);
    ({ load } = await import(pathToFileURL(join(folder, "model.js")).href));
  });

  it("computes", async () => {
    const model = await load();
    const [y] = Object.values(model.run({ x: Float32Array.of(-1, 2, -3, 4, -0, Number.NaN) }));
    expect(y).toEqual(Float32Array.of(0, 2, 0, 4, -0, Number.NaN));
  });

  it("runs in parts, each from what those before it have left", async () => {
    const model = await load();
    expect(() => model.inParts!({})).toThrow("missing");
    const runPart = model.inParts!({ x: new Float32Array(6) });
    runPart(0, 0);
    runPart(0, 1);
  });

  it("has one program where relaxed SIMD has nothing to add, with a loader of a few kilobytes", () => {
    expect([...files.keys()].sort()).toEqual(
      ["model.bin", "model.d.ts", "model.js", "model.json", "model.wasm", "package.json"].sort(),
    );
    expect((files.get("model.js") as string).length).toBeLessThan(12_000);
  });

  it("imports its memory and nothing else", () => {
    const module = new WebAssembly.Module(files.get("model.wasm") as Uint8Array);
    expect(WebAssembly.Module.imports(module)).toEqual([
      { module: "env", name: "memory", kind: "memory" },
    ]);
    expect(WebAssembly.Module.exports(module)).toEqual([{ name: "run", kind: "function" }]);
  });

  it("takes bytes that the host has", async () => {
    const [weights, wasm] = ["model.bin", "model.wasm"].map((name) =>
      files.get(name as "model.bin"),
    ) as [Uint8Array, Uint8Array];
    const model = await load({ weights, wasm, simd: "baseline" });
    expect(model.family).toBe("baseline");
  });

  it.each([
    ["bad-wasm", { wasmUrl: "nowhere.wasm" }],
    ["bad-wasm", { wasm: new Uint8Array(8) }],
    ["bad-wasm", { wasm: Uint8Array.of(0, 0x61, 0x73, 0x6d, 9, 9, 9, 9) }],
    ["bad-option", { simd: "fast" as "auto" }],
    ["bad-weights", { weights: new Uint8Array(3) }],
  ])("is refused with %s", async (code, options) => {
    await expect(load(options)).rejects.toMatchObject({ code });
  });

  it("knows how this engine's relaxed dot product takes its second operand", () => {
    expect(["unsigned", "signed", undefined]).toContain(relaxedDotSigns());
  });
});

it("words that the language reserves are names like others, and nothing is a size, too", async () => {
  const s = new Sketch();
  const graph = s.graph(s.node("ReLU", [s.input("async", [0])], {}, "of"));
  const files = await emit(schedule(graph, ops, "onnx"));
  for (const [name, content] of files) writeFileSync(join(folder, name), content);
  const { load } = await import(`${pathToFileURL(join(folder, "model.js")).href}?words`);
  const model: Model = await load();
  expect(Object.values(model.run({ async: new Float32Array(0) }))).toEqual([new Float32Array(0)]);
});

it("the code grows with the steps and not with what they inline", async () => {
  const sizeOf = async (steps: number) => {
    const s = new Sketch();
    let x = s.input("x", [40]);
    for (let i = 0; i < steps; i++) x = s.node(i % 2 ? "Negative" : "ReLU", [x], {});
    const files = await emit(schedule(s.graph(x), ops, "onnx"));
    return (files.get("model.wasm") as Uint8Array).length;
  };
  expect(((await sizeOf(400)) - (await sizeOf(200))) / 200).toBeLessThan(40);
});

it("memory begins at address 0: a table there is read with negative indices", async () => {
  const editor = new GraphEditor(ops, "requantize");
  const quant = { scale: [0.5], zeroPoint: [3] };
  const x = editor.input("x", { dtype: "int8", shape: [4], quant });
  const attributes = { dtype: "uint8", scale: [0.7], zeroPoint: [0] };
  editor.output({
    name: "y",
    value: editor.value({ op: "Requantize", operands: [x], attributes }),
  });
  const files = await emit(schedule(editor.finish(), ops, "onnx"));
  for (const [name, content] of files) writeFileSync(join(folder, `table-${name}`), content);
  const { load } = await import(pathToFileURL(join(folder, "table-model.js")).href);
  const [weights, wasm] = [files.get("model.bin"), files.get("model.wasm")];
  const model: Model = await load({ weights, wasm, simd: "baseline" });
  expect(model.run({ x: Int8Array.of(-128, -1, 3, 127) }).y).toEqual(Uint8Array.of(0, 0, 0, 89));
});

it("a memory beyond 4 GiB is a diagnostic that names the largest array", async () => {
  const s = new Sketch();
  const x = s.input("x", [3, 2 ** 15, 2 ** 14]);
  const graph = s.graph(s.node("Add", [s.node("ReLU", [x], {}, "half"), x], {}, "sum"));
  await expect(emit(schedule(graph, ops, "onnx"))).rejects.toMatchObject({
    diagnostics: [
      {
        code: "QC2301",
        message: "the program needs 12.0 GiB of memory, and WebAssembly has 4 GiB",
        labels: [{ place: { path: "half" }, text: "an array of 6.0 GiB" }],
      },
    ],
  });
});

it("a memory that the engine does not give is an error with a code", async () => {
  const s = new Sketch();
  const graph = s.graph(s.node("ReLU", [s.input("x", [1, 6])], {}, "y"));
  const files = await emit(schedule(graph, ops, "onnx"));
  for (const [name, content] of files) writeFileSync(join(folder, name), content);
  const { load } = await import(`${pathToFileURL(join(folder, "model.js")).href}?memory`);
  const { Memory } = WebAssembly;
  WebAssembly.Memory = class {
    constructor() {
      throw new RangeError("WebAssembly.Memory(): could not allocate memory");
    }
  } as unknown as typeof Memory;
  try {
    await expect(load()).rejects.toMatchObject({ code: "no-memory" });
  } finally {
    WebAssembly.Memory = Memory;
  }
});

it("an op without SIMD kernel is a diagnostic that names it and its nodes", async () => {
  const s = new Sketch();
  const graph = s.graph(s.node("ReLU", [s.input("x", [1, 6])], {}, "y"));
  const plan = schedule(graph, ops, "onnx");
  const steps = plan.steps.map((step) => ({ ...step, kernel: "unheardOf" }));
  await expect(emit({ ...plan, steps })).rejects.toMatchObject({
    diagnostics: [{ code: "QC2300", message: expect.stringContaining("`ReLU`") }],
  });
});

it("a part of a concatenation is not lost to the addition behind it that is joined with a layer", async () => {
  const editor = new GraphEditor(ops, "parts");
  const real = (scale: number) => ({ dtype: "int8", scale: [scale], zeroPoint: [0] }) as const;
  const quant = { scale: [0.5], zeroPoint: [0] };
  const dense = (x: Value, seed: number) => {
    const stored = Array.from({ length: 256 }, (_, i) => ((i * 37 + seed * 11) % 255) - 127);
    const kernel = { ...tensor("int8", [16, 16], stored), quant: { ...quant, scale: [0.03] } };
    const operands = [x, editor.constant(kernel, `kernel${seed}`)];
    return editor.value({ op: "Dense", operands, attributes: real(2) });
  };
  const add = (...operands: readonly Value[]) =>
    editor.value({ op: "Add", operands, attributes: real(2.5) });
  const concat = (...operands: readonly Value[]) =>
    editor.value({ op: "Concat", operands, attributes: { axis: 0 } });
  // Takes more memory than all that follows, so that parts may be in place.
  const large = editor.input("large", { dtype: "float32", shape: [1, 4000] });
  const peak = editor.value({ op: "ReduceMax", operands: [large], attributes: { axes: [1] } });
  const a = dense(editor.input("x", { dtype: "int8", shape: [4, 16], quant }), 1);
  const b = dense(a, 2);
  const c = dense(b, 3);
  const sumOfResult = add(a, c);
  const result = dense(concat(c, b), 4);
  const d = dense(sumOfResult, 5);
  const e = dense(d, 6);
  const sumOfOther = add(dense(e, 7), d);
  const other = dense(concat(d, e), 8);
  for (const [name, value] of Object.entries({ peak, sumOfResult, result, sumOfOther, other }))
    editor.output({ name, value });
  const graph = editor.finish();
  const program = joinInPlace(schedule(graph, ops, "onnx"));
  expect(program.steps.map(({ kernel }) => kernel)).not.toContain("copyBlocks");
  const files = await emit(program);
  for (const [name, content] of files) writeFileSync(join(folder, `parts-${name}`), content);
  const { load } = await import(pathToFileURL(join(folder, "parts-model.js")).href);
  const [weights, wasm] = [files.get("model.bin"), files.get("model.wasm")];
  const model: Model = await load({ weights, wasm, simd: "baseline" });
  const inputs = {
    large: new Float32Array(4000),
    x: Int8Array.from({ length: 64 }, (_, i) => ((i * 53) % 251) - 125),
  };
  const tensors = new Map<string, Tensor>([
    ["large", { dtype: "float32", shape: [1, 4000], data: inputs.large }],
    ["x", { dtype: "int8", shape: [4, 16], quant, data: inputs.x }],
  ]);
  const expected = evaluate(graph, tensors, { ops, kernels, requantize: "onnx" });
  expect(model.run(inputs)).toEqual(
    Object.fromEntries([...expected].map(([name, { data }]) => [name, data])),
  );
});
