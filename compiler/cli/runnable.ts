import { type Graph, type Port, typeOf } from "../ir/graph.ts";
import type { Tensor, TensorType } from "../ir/types.ts";

/** What an input or an output of a model is. */
export interface ModelPort extends TensorType {
  readonly name: string;
}

/** Anything that gives outputs for inputs, one run at a time: a graph, or a compiled program. */
export interface Runnable {
  readonly inputs: readonly ModelPort[];
  readonly outputs: readonly ModelPort[];
  readonly run: (inputs: ReadonlyMap<string, Tensor>) => ReadonlyMap<string, Tensor>;
}

export function inputsOf(graph: Graph): readonly ModelPort[] {
  return graph.inputs.map((port) => portOf(graph, port));
}

export function outputsOf(graph: Graph): readonly ModelPort[] {
  return graph.outputs.map((port) => portOf(graph, port));
}

function portOf(graph: Graph, { name, value }: Port): ModelPort {
  const { dtype, shape, quant } = typeOf(graph, value);
  return { name, dtype, shape, ...(quant && { quant }) };
}
