import { type Command, Option } from "commander";
import { isFolder, openCompiled } from "../compiled-folder.ts";
import { readArray, readDataset } from "../data/dataset.ts";
import { reject } from "../data/diagnostics.ts";
import { type FittedDataset, fitDataset } from "../data/fit.ts";
import type { Preprocessing } from "../data/preprocessing.ts";
import { noSamplesToRun, notFiniteOutputs, unknownOutput } from "../diagnostics.ts";
import { type Metric, type MetricName, metricNames, metricOf, partOf } from "../metrics.ts";
import {
  type BindingOptions,
  bindingsOf,
  collected,
  common,
  type PreprocessingOptions,
  positiveInteger,
  preprocessingFrom,
  withBindings,
  withPreprocessing,
} from "../options.ts";
import { recordedOrStated } from "../recorded.ts";
import type { Runnable } from "../runnable.ts";
import type { Terminal } from "../terminal.ts";

interface EvalOptions extends BindingOptions, PreprocessingOptions {
  readonly data: readonly string[];
  readonly labels: string;
  readonly metric: MetricName;
  readonly output?: string;
  readonly limit?: number;
}

/** What is evaluated, and how. */
interface Subject {
  readonly runnable: Runnable;
  readonly kind: "float" | "simulated" | "compiled";
  readonly preprocessing: Preprocessing | undefined;
}

export function defineEval(bare: Command, terminal: Terminal): void {
  const command = bare
    .description(
      "Measures a compiled folder, or a model: a float model is evaluated in float, a quantized one is simulated.",
    )
    .argument("<model>", "ONNX or TFLite file, or compiled folder")
    .requiredOption(
      "--data <data>",
      "samples (.npy, .npz, input=X.npy); may be repeated",
      collected,
    )
    .requiredOption("--labels <file>", "labels (.npy)")
    .addOption(
      new Option("--metric <name>", "top-1 accuracy, or perplexity of logits")
        .choices(metricNames)
        .default("accuracy"),
    )
    .option("--output <name>", "the output to judge; the first one without it")
    .option("--limit <n>", "take the first n samples only", positiveInteger);
  withPreprocessing(withBindings(command));
  common(command, [
    "eval build/model --data x.npy --labels y.npy",
    "eval model.onnx --data x.npy --labels y.npy --limit 500",
    "eval build/text --data tokens.npy --labels next.npy --metric perplexity --json",
  ]).action(async (model: string, options: EvalOptions) => {
    const started = performance.now();
    const { runnable, kind, preprocessing } = await openSubject(model, options, terminal);
    const data = fitDataset(readDataset(options.data), runnable.inputs, preprocessing);
    if (data.count === 0) reject(noSamplesToRun(options.data[0]!));
    terminal.report(data.notes);
    const output = outputNamed(model, runnable, options.output);
    const labels = readArray(options.labels);
    const { count: samples, batch } = data;
    const metric = metricOf(options.metric, { labels, samples, output, batch });
    evaluate(runnable, output.name, data, metric, options.limit, terminal);
    const { values, text, notFinite } = metric.score();
    if (notFinite > 0) terminal.report([notFiniteOutputs(model, notFinite)]);
    const seconds = (performance.now() - started) / 1000;
    terminal.result(
      { ...values, kind, seconds },
      () => `${text}, ${kind}, ${seconds.toFixed(1)} s`,
    );
  });
}

async function openSubject(
  model: string,
  options: EvalOptions,
  terminal: Terminal,
): Promise<Subject> {
  const stated = preprocessingFrom(options);
  if (isFolder(model)) {
    const folder = await openCompiled(model);
    return {
      runnable: folder,
      kind: "compiled",
      preprocessing: recordedOrStated(model, folder.preprocessing, stated),
    };
  }
  // The compiler is loaded where it is needed.
  const { openRunnable } = await import("../model-runnable.ts");
  const runnable = openRunnable(model, bindingsOf(options), terminal);
  return { runnable, kind: runnable.kind, preprocessing: stated };
}

function outputNamed(model: string, { outputs }: Runnable, name: string | undefined) {
  if (name === undefined) return outputs[0]!;
  const names = outputs.map((output) => output.name);
  return (
    outputs.find((output) => output.name === name) ?? reject(unknownOutput(model, name, names))
  );
}

function evaluate(
  { run }: Runnable,
  output: string,
  data: FittedDataset,
  metric: Metric,
  limit: number | undefined,
  terminal: Terminal,
): void {
  const total = Math.min(data.count, limit ?? data.count);
  const progress = terminal.progress("evaluating", total);
  for (let sample = 0; sample < total; sample += data.batch) {
    const result = run(data.run(sample / data.batch)).get(output)!;
    const end = Math.min(total, sample + data.batch);
    for (let i = sample; i < end; i++) metric.add(partOf(result, i - sample, data.batch), i);
    progress(end);
  }
}
