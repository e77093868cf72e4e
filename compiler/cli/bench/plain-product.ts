import type { Model } from "../../../runtime/model.ts";
import type { EmittedFiles, Manifest } from "../../emit/manifest.ts";
import { GraphEditor } from "../../ir/edit.ts";
import type { Graph } from "../../ir/graph.ts";
import { tensor } from "../../ir/types.ts";
import { ops } from "../../ops/index.ts";
import { emitModel } from "../../pipeline.ts";
import { kernelLibrary } from "../kernel-library.ts";
import { runtimeSources } from "../runtime-sources.ts";
import { madeUpInputs } from "./latency.ts";
import type { SteppedProgram } from "./layers.ts";

/** A product of the size that a large layer has: its operands fit the second cache, its weights the first one nearly. */
const [rows, inputs, outputs] = [784, 256, 256];

export const plainProductMacs = rows * inputs * outputs;

/**
 * The program whose speed is what the kernels of a family reach in this engine where nothing hinders them: an int8 layer
 * of 784 × 256 × 256, compiled as every model is.
 */
export async function openPlainProduct(family: "relaxed" | "baseline"): Promise<SteppedProgram> {
  const files = await compileProduct();
  const { steps } = JSON.parse(files.get("model.json") as string) as Manifest;
  const model = await loadEmitted(files, family);
  return { model, inputs: madeUpInputs([inputPort]), steps: steps.length };
}

const quant = { scale: [1 / 64], zeroPoint: [3] };
const inputPort = { name: "x", dtype: "int8", shape: [rows, inputs], quant } as const;

function productGraph(): Graph {
  const editor = new GraphEditor(ops, "plain product");
  const x = editor.input(inputPort.name, inputPort);
  const weights = Int8Array.from({ length: outputs * inputs }, (_, i) => ((i * 89) % 255) - 127);
  const kernel = editor.constant({
    ...tensor("int8", [outputs, inputs], weights),
    quant: { scale: Array(outputs).fill(1 / 128), zeroPoint: Array(outputs).fill(0), axis: 0 },
  });
  const attributes = { dtype: "int8", scale: [1], zeroPoint: [0] };
  editor.output({
    name: "y",
    value: editor.value({ op: "Dense", operands: [x, kernel], attributes }),
  });
  return editor.finish();
}

function compileProduct(): Promise<EmittedFiles> {
  const graph = productGraph();
  const digests = { modelDigest: "", rulesDigest: "" };
  const origin = { model: graph.name, ...digests, rules: {}, floatNodes: [], preprocessing: {} };
  return emitModel(
    { graph, requantize: "onnx" },
    { origin, target: "wasm", readSource: runtimeSources, ready: { kernelLibrary } },
  );
}

/** The program of files that are nowhere but in memory. */
async function loadEmitted(files: EmittedFiles, simd: "relaxed" | "baseline"): Promise<Model> {
  const url = `data:text/javascript,${encodeURIComponent(files.get("model.js") as string)}`;
  const { load }: { readonly load: (options: object) => Promise<Model> } = await import(url);
  const relaxed = simd === "relaxed" && files.get("model.relaxed.wasm");
  return load({ simd, weights: files.get("model.bin"), wasm: relaxed || files.get("model.wasm") });
}
