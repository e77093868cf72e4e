import type { Bindings } from "../frontends/bindings.ts";
import type { Graph } from "../ir/graph.ts";
import { evaluator, lowerModel } from "../pipeline.ts";
import { accept, type Listener } from "./listener.ts";
import { openModel } from "./model-file.ts";
import { defaultRequantize, quantizeFiles } from "./quantize-files.ts";
import { inputsOf, outputsOf, type Runnable } from "./runnable.ts";

/** A model file that can be run without being compiled: in float, or simulated if it is quantized. */
export interface ModelRunnable extends Runnable {
  readonly kind: "float" | "simulated";
}

/** A float model is taken as the file has it: no rule has a part in the figure that others are compared with. */
export function openRunnable(model: string, bindings: Bindings, listener: Listener): ModelRunnable {
  const opened = openModel(model, bindings, listener);
  if (opened.model.quantized) return simulated(model, bindings, listener);
  const { graph } = opened.model;
  return { kind: "float", ...portsOf(graph), run: evaluator(graph) };
}

/** A quantized model on the integers that it carries, rounded as where it comes from. */
function simulated(model: string, bindings: Bindings, listener: Listener): ModelRunnable {
  const { opened, quantized } = quantizeFiles({ model, ...bindings }, () => "same", listener);
  const requantize = defaultRequantize(opened);
  const { graph } = accept(lowerModel(quantized, { requantize }), listener);
  return { kind: "simulated", ...portsOf(graph), run: evaluator(graph, requantize) };
}

function portsOf(graph: Graph): Pick<Runnable, "inputs" | "outputs"> {
  return { inputs: inputsOf(graph), outputs: outputsOf(graph) };
}
