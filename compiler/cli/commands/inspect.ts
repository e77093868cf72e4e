import type { Command } from "commander";
import { type Graph, isTensor, type Port } from "../../ir/graph.ts";
import { printGraph } from "../../ir/print.ts";
import type { Tensor } from "../../ir/types.ts";
import { ops } from "../../ops/index.ts";
import { isFolder, readManifest, sizesOf } from "../compiled-folder.ts";
import { preprocessingOf } from "../data/preprocessing.ts";
import { openModel } from "../model-file.ts";
import { type BindingOptions, bindingsOf, common, withBindings } from "../options.ts";
import { asOptions } from "../recorded.ts";
import { inputsOf, type ModelPort, outputsOf } from "../runnable.ts";
import type { Terminal } from "../terminal.ts";
import { byteText, floatRows, portText, rowsText } from "../text.ts";

interface InspectOptions extends BindingOptions {
  readonly graph?: boolean;
}

type Row = readonly [string, string];

export function defineInspect(bare: Command, terminal: Terminal): void {
  const command = bare
    .description("Shows inputs, outputs, ops, parameters and quantization.")
    .argument("<model>", "ONNX or TFLite file, or compiled folder")
    .option("--graph", "print the imported graph as text");
  common(withBindings(command), [
    "inspect model.onnx",
    "inspect model.tflite --graph",
    "inspect build/model --json",
  ]).action((model: string, options: InspectOptions) => {
    if (isFolder(model)) inspectFolder(model, terminal);
    else inspectModel(model, options, terminal);
  });
}

function inspectModel(path: string, options: InspectOptions, terminal: Terminal): void {
  const { model, byteLength } = openModel(path, bindingsOf(options), terminal);
  const { graph, format, quantized, dimensions, metadata } = model;
  if (options.graph) {
    const text = printGraph(graph, ops, "short");
    terminal.result({ graph: text }, () => text.trimEnd());
    return;
  }
  const [inputs, outputs] = [inputsOf(graph), outputsOf(graph)];
  const counts = opCounts(graph);
  const { parameters, parameterBytes, dtypes } = parametersOf(graph);
  const facts = {
    format,
    quantized,
    bytes: byteLength,
    inputs: inputs.map((port, i) => portJson(port, graph.inputs[i]!)),
    outputs: outputs.map((port, i) => portJson(port, graph.outputs[i]!)),
    dimensions,
    ops: counts,
    parameters,
    parameterBytes,
    parameterDTypes: dtypes,
    metadata,
  };
  terminal.result(facts, () => {
    const open = dimensions.map(
      ({ name, size, inputs }) => `${name} = ${size} (in ${inputs.join(", ")})`,
    );
    return rowsText([
      ["format", `${format}, ${byteText(byteLength)}, ${quantized ? "quantized" : "float"}`],
      ...portRows(inputs, outputs),
      ...(open.length > 0 ? [["open", open.join(", ")] as const] : []),
      [
        "parameters",
        `${parameters.toLocaleString("en")} (${countsText(dtypes)}), ${byteText(parameterBytes)}`,
      ],
      ["ops", countsText(counts)],
      ...Object.entries(metadata).map(
        ([key, value]): Row => [key, value.replaceAll(/\s+/g, " ").slice(0, 100)],
      ),
    ]);
  });
}

function inspectFolder(folder: string, terminal: Terminal): void {
  const manifest = readManifest(folder);
  const files = sizesOf(folder);
  const port = ({ name, dtype, shape, quantization }: (typeof manifest.inputs)[number]) =>
    ({ name, dtype, shape, ...(quantization && { quant: quantization }) }) as ModelPort;
  const kernels = count(manifest.steps.map(({ kernel }) => kernel));
  const recorded = preprocessingOf(manifest.preprocessing);
  terminal.result({ ...manifest, files, kernels }, () =>
    rowsText([
      [
        "model",
        `${manifest.model}, target ${manifest.target}, requantized as ${manifest.requantize}`,
      ],
      ...portRows(manifest.inputs.map(port), manifest.outputs.map(port)),
      ...(recorded ? [["input", asOptions(recorded)] as const] : []),
      ...Object.entries(files).map(([name, bytes]): Row => [name, byteText(bytes)]),
      [
        "arena",
        `${byteText(manifest.arenaBytes)}, at least ${byteText(manifest.arenaLowerBoundBytes)} needed`,
      ],
      ["kernels", countsText(kernels)],
      ["rules", countsText(manifest.rules)],
      ...floatRows(manifest.floatNodes),
    ]),
  );
}

function portRows(inputs: readonly ModelPort[], outputs: readonly ModelPort[]): readonly Row[] {
  return [
    ...inputs.map((port): Row => ["input", portText(port)]),
    ...outputs.map((port): Row => ["output", portText(port)]),
  ];
}

/** As in `model.json`. */
function portJson({ name, dtype, shape, quant }: ModelPort, { wire }: Port) {
  return { name, dtype, shape, ...(wire && { wire }), ...(quant && { quantization: quant }) };
}

function opCounts({ nodes }: Graph): Readonly<Record<string, number>> {
  const computing = [...nodes.values()].map(({ op }) => op);
  return count(computing.filter((op) => op !== "Input" && op !== "Constant"));
}

/** How often each name occurs, the most frequent first. */
function count(names: readonly string[]): Readonly<Record<string, number>> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return Object.fromEntries([...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1)));
}

function countsText(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .map(([name, n]) => `${name} ${n}`)
    .join(", ");
}

/** The elements of all constants: how many, in how many bytes, and how many of each dtype. */
function parametersOf({ nodes }: Graph) {
  let parameters = 0;
  let parameterBytes = 0;
  const dtypes: Record<string, number> = {};
  for (const { attributes } of nodes.values()) {
    for (const value of Object.values(attributes).filter(isTensor) as readonly Tensor[]) {
      parameters += value.data.length;
      parameterBytes += value.data.byteLength;
      dtypes[value.dtype] = (dtypes[value.dtype] ?? 0) + value.data.length;
    }
  }
  return { parameters, parameterBytes, dtypes };
}
