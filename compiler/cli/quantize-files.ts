import type { NamedLock, QuantizeOptions } from "../compile.ts";
import { parseLock } from "../explain/lock-file.ts";
import type { Bindings } from "../frontends/bindings.ts";
import type { Listener } from "../listener.ts";
import type { PortTypes } from "../quantize/choose-io.ts";
import { type CalibrationRequest, statisticsFrom } from "./calibration.ts";
import { optionUnused } from "./diagnostics.ts";
import { checkWritable, readText } from "./files.ts";
import { host } from "./host.ts";
import { type OpenedModel, openModel } from "./model-file.ts";
import { ruleSource } from "./rule-files.ts";

/** From a model file to its Q/DQ form, as the command line says it. */
export interface QuantizeRequest extends CalibrationRequest, Bindings {
  readonly model: string;
  readonly rules?: string | undefined;
  readonly io?: PortTypes | undefined;
  /** A file that `--save-lock` wrote, in place of samples and statistics. */
  readonly lock?: string | undefined;
  /** Nothing is quantized. */
  readonly float?: boolean | undefined;
}

/** Opens a model, and says of its quantization what the request says; warns of options that the model has no use for. */
export function openToQuantize(
  request: QuantizeRequest,
  listener: Listener,
): { readonly opened: OpenedModel; readonly options: QuantizeOptions } {
  const { float = false, io } = request;
  const opened = openModel(request.model, request, listener);
  const { quantized } = opened.model;
  if (float !== quantized) listener.report(unusedOptions(request, quantized));
  if (request.saveStats !== undefined) checkWritable(request.saveStats, inputFiles(request));
  const rules = request.rules === undefined ? undefined : ruleSource(request.rules);
  const statistics = statisticsFrom(request, listener);
  const lock = request.lock === undefined ? undefined : readLock(request.lock);
  return { opened, options: { host, rules, statistics, lock, float, io } };
}

/** The files that a request reads, but for the lock file: that one may be renewed. */
export function inputFiles({
  model,
  rules,
  stats,
  calib = [],
}: Pick<QuantizeRequest, "model" | "rules" | "stats" | "calib">): readonly string[] {
  const samples = calib.map((data) => data.slice(data.indexOf("=") + 1));
  return [model, ...samples, ...[rules, stats].filter((file) => file !== undefined)];
}

function readLock(file: string): NamedLock {
  return { file, contents: parseLock(readText(file), file) };
}

function unusedOptions(request: QuantizeRequest, isQuantized: boolean) {
  const { model, calib, stats, saveStats, lock, io } = request;
  const reason = isQuantized
    ? "the activations of the model are quantized already"
    : "a float program needs no ranges";
  const given = { "--calib": calib, "--stats": stats, "--save-stats": saveStats, "--lock": lock };
  const unused = Object.entries(given).filter(([, value]) => value !== undefined);
  return [
    ...unused.map(([option]) => optionUnused(option, model, reason)),
    ...(!isQuantized && io !== undefined && io !== "float"
      ? [optionUnused("--io", model, "the inputs and outputs of a float program are float")]
      : []),
  ];
}
