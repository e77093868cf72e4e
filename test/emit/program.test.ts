import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { runInNewContext } from "node:vm";
import { Project } from "ts-morph";
import { describe, expect, it } from "vitest";
import { runtimeSources } from "../../compiler/cli/runtime-sources.ts";
import { emitJavaScript } from "../../compiler/emit/emit-javascript.ts";
import { emitProgram } from "../../compiler/emit/emit-program.ts";
import type { EmittedFiles } from "../../compiler/emit/manifest.ts";
import { GraphEditor } from "../../compiler/ir/edit.ts";
import type { Graph } from "../../compiler/ir/graph.ts";
import { tensor } from "../../compiler/ir/types.ts";
import { planMemory } from "../../compiler/lower/plan-memory.ts";
import { schedule } from "../../compiler/lower/schedule.ts";
import { ops } from "../../compiler/ops/index.ts";
import type { Model } from "../../runtime/model.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

/** A convolution, an activation in place, a reshape that costs nothing, a second output. */
function smallGraph(): Graph {
  const editor = new GraphEditor(ops, "small");
  const x = editor.input("image", { dtype: "float32", shape: [1, 2, 2, 1] });
  const kernel = editor.constant(tensor("float32", [2, 1, 1, 1], [1, -1]), "kernel");
  const conv = editor.value({ op: "Conv2D", operands: [x, kernel], name: "conv" });
  const relu = editor.value({ op: "ReLU", operands: [conv], name: "relu" });
  editor.output({
    name: "flat",
    value: editor.value({ op: "Reshape", operands: [relu], attributes: { shape: [1, -1] } }),
  });
  editor.output({
    name: "top class",
    value: editor.value({ op: "ReduceMax", operands: [relu], attributes: { axes: [1, 2] } }),
  });
  return editor.finish();
}

function emit(graph: Graph): EmittedFiles {
  const origin = {
    model: "small.onnx",
    modelDigest: "",
    rulesDigest: "",
    rules: {},
    floatNodes: [],
    preprocessing: {},
  };
  return emitJavaScript(schedule(graph, ops, "onnx"), origin, runtimeSources);
}

async function load(files: EmittedFiles): Promise<{ load: (options?: object) => Promise<Model> }> {
  const folder = temporaryFolder();
  for (const [name, content] of files) writeFileSync(join(folder, name), content);
  return import(pathToFileURL(join(folder, "model.js")).href);
}

describe("the emitted program", () => {
  it("is straight-line TypeScript that names its memory", async () => {
    const plan = schedule(smallGraph(), ops, "onnx");
    const text = emitProgram(plan, planMemory(plan));
    await expect(text).toMatchFileSnapshot("golden/small-program.ts.txt");
  });

  it("declares its inputs and outputs by name, and the declarations are valid on their own", () => {
    const declarations = emit(smallGraph()).get("model.d.ts") as string;
    const project = new Project({
      compilerOptions: { strict: true, lib: ["lib.es2024.d.ts", "lib.dom.d.ts"] },
    });
    project.createSourceFile("/virtual/model.d.ts", declarations);
    project.createSourceFile(
      "/virtual/use.ts",
      `import { load } from "./model.js";
       const model = await load();
       const result: Float32Array = model.run({ image: new Float32Array(4) })["top class"];
       // @ts-expect-error there is no such input
       model.run({ picture: new Float32Array(4) });
       // @ts-expect-error int8 data for a float input
       model.run({ image: new Int8Array(4) });
       export { result };`,
    );
    const found = project
      .getPreEmitDiagnostics()
      .filter((d) => d.getCode() !== 1378 && d.getCode() !== 1375);
    expect(found.map((d) => JSON.stringify(d.getMessageText()))).toEqual([]);
  });

  it("is a `Model` of `qcfg/runtime` too, for hosts that take any model", () => {
    const project = new Project({
      compilerOptions: { strict: true, exactOptionalPropertyTypes: true, noEmit: true },
    });
    const files = emit(smallGraph());
    project.createSourceFile("/virtual/model.d.ts", files.get("model.d.ts") as string);
    project.createSourceFile("/virtual/runtime.ts", readFileSync("runtime/model.ts", "utf8"));
    const use = project.createSourceFile(
      "/virtual/use.ts",
      `import type { Model } from "./runtime.js";
       import type { Model as Own } from "./model.js";
       export const host = (own: Own): Model => own;`,
    );
    expect(use.getPreEmitDiagnostics().map((d) => JSON.stringify(d.getMessageText()))).toEqual([]);
  });

  it("computes, returns fresh arrays, and shares nothing between two loaded models", async () => {
    const module = await load(emit(smallGraph()));
    const [one, two] = [await module.load(), await module.load()];
    const image = Float32Array.of(1, -2, 3, -4);
    const first = one.run({ image });
    expect(first).toEqual({
      flat: Float32Array.of(1, 0, 0, 2, 3, 0, 0, 4),
      "top class": Float32Array.of(3, 4),
    });
    two.run({ image: new Float32Array(4) });
    first.flat!.fill(9);
    expect(one.run({ image }).flat).toEqual(Float32Array.of(1, 0, 0, 2, 3, 0, 0, 4));
  });

  it("is the same bytes for the same graph", () => {
    expect([...emit(smallGraph())]).toEqual([...emit(smallGraph())]);
  });

  it("takes weights as bytes, and refuses others than its own", async () => {
    const files = emit(smallGraph());
    const module = await load(files);
    const weights = files.get("model.bin") as Uint8Array;
    await expect(module.load({ weights })).resolves.toBeDefined();
    await expect(module.load({ weights: weights.slice(1) })).rejects.toMatchObject({
      code: "bad-weights",
    });
  });

  const expected = '"image" (Float32Array of 4 elements, float32 [1, 2, 2, 1])';
  it.each([
    ["missing-input", {}],
    ["unknown-input", { image: new Float32Array(4), picture: new Float32Array(4) }],
    ["wrong-type", { image: new Int8Array(4) }],
    ["wrong-length", { image: new Float32Array(5) }],
    ["wrong-type", undefined],
    ["wrong-type", null],
    ["wrong-type", 4],
    ["wrong-type", new Float32Array(4)],
    ["wrong-type", [new Float32Array(4)]],
    ["wrong-type", new Map([["image", new Float32Array(4)]])],
    ["missing-input", { image: undefined }],
    ["wrong-type", { image: null }],
    ["wrong-type", { image: [1, 2, 3, 4] }],
    ["wrong-type", { image: "1234" }],
    ["wrong-type", { image: new BigInt64Array(4) }],
    ["wrong-type", { image: { length: 4 } }],
  ])("refuses inputs with code %s: %s", async (code, inputs) => {
    const model = await (await load(emit(smallGraph()))).load();
    const refusal = { name: "PlanError", code, message: expect.stringContaining(expected) };
    expect(() => model.run(inputs as never)).toThrow(expect.objectContaining(refusal));
  });

  it.each([
    [{ weights: "model.bin" }],
    [{ weights: new Float32Array(8) }],
    [{ weights: null }],
    [{ weightsUrl: "elsewhere.bin" }],
    [{ weightsUrl: "http://" }],
  ])("refuses weights %j", async (options) => {
    const module = await load(emit(smallGraph()));
    const refusal = { name: "PlanError", code: "bad-weights" };
    await expect(module.load(options as never)).rejects.toMatchObject(refusal);
  });

  it("takes arrays of another realm, and a `Buffer` for bytes", async () => {
    const model = await (await load(emit(smallGraph()))).load();
    const image: Float32Array = runInNewContext("Float32Array.of(1, -2, 3, -4)");
    expect(model.run({ image })).toEqual(model.run({ image: Float32Array.from(image) }));
  });

  it("ships only the functions that it reaches", () => {
    const text = emit(smallGraph()).get("model.js") as string;
    const functions = [...text.matchAll(/^(?:async )?function (\w+)/gm)].map(([, name]) => name);
    expect(functions).toEqual(
      expect.arrayContaining(["conv2d", "relu", "loadProgram", "instantiate"]),
    );
    expect(functions).not.toContain("conv2dInteger");
    expect(text).not.toMatch(/^import /m);
  });
});
