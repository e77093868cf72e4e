import { defaultRequantize, quantizeImported } from "../compile.ts";
import type { Bindings } from "../frontends/bindings.ts";
import type { ImportedModel } from "../frontends/import-model.ts";
import type { Graph } from "../ir/graph.ts";
import { accept, type Listener } from "../listener.ts";
import { evaluator, loadRules, lowerModel, withExactLayout } from "../pipeline.ts";
import { host } from "./host.ts";
import { kernelLibrary } from "./kernel-library.ts";
import { openModel } from "./model-file.ts";
import { resolveRules } from "./rule-files.ts";
import { inputsOf, outputsOf, type Runnable } from "./runnable.ts";

/** A model file that can be run without being compiled: in float, or simulated if it is quantized. */
export interface ModelRunnable extends Runnable {
  readonly kind: "float" | "simulated";
}

/**
 * A float model is taken as the file has it, without its transposes: no rule that could change a bit has a part in the
 * figure that others are compared with.
 */
export function openRunnable(path: string, bindings: Bindings, listener: Listener): ModelRunnable {
  const { model } = openModel(path, bindings, listener);
  if (model.quantized) return simulated(model, listener);
  const graph = withExactLayout(model.graph, accept(loadRules(undefined, resolveRules), listener));
  return {
    kind: "float",
    ...portsOf(graph),
    run: evaluator(graph, "onnx", kernelLibrary("baseline")),
  };
}

/** A quantized model on the integers that it carries, rounded as where it comes from. */
function simulated(model: ImportedModel, listener: Listener): ModelRunnable {
  const quantized = quantizeImported(model, { host }, listener);
  const requantize = defaultRequantize(model);
  const { graph } = accept(lowerModel(quantized, { requantize }), listener);
  return {
    kind: "simulated",
    ...portsOf(graph),
    run: evaluator(graph, requantize, kernelLibrary("baseline")),
  };
}

function portsOf(graph: Graph): Pick<Runnable, "inputs" | "outputs"> {
  return { inputs: inputsOf(graph), outputs: outputsOf(graph) };
}
