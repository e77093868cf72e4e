import type { Bindings } from "../frontends/bindings.ts";
import type { Requantize } from "../ir/op.ts";
import { prepareModel, type QuantizedModel, quantizeModel, type RuleSet } from "../pipeline.ts";
import type { PortTypes } from "../quantize/choose-io.ts";
import { type CalibrationRequest, statisticsFor } from "./calibration.ts";
import { reject } from "./data/diagnostics.ts";
import { alreadyQuantized, optionUnused } from "./diagnostics.ts";
import { accept, type Listener } from "./listener.ts";
import { type OpenedModel, openModel } from "./model-file.ts";
import { openRules } from "./rule-files.ts";

/** From a model file to its Q/DQ form, as the command line says it. */
export interface QuantizeRequest extends CalibrationRequest, Bindings {
  readonly model: string;
  readonly rules?: string | undefined;
  readonly io?: PortTypes | undefined;
  /** Nothing is quantized. */
  readonly float?: boolean | undefined;
}

export interface QuantizedFiles {
  readonly opened: OpenedModel;
  readonly rules: RuleSet;
  readonly quantized: QuantizedModel;
}

/**
 * Opens a model and its rules, measures what the rules ask for, and quantizes. A model whose activations are quantized
 * stays as it is.
 * @param defaultIo the ports of a quantized program, where the request does not say
 */
export function quantizeFiles(
  request: QuantizeRequest,
  defaultIo: (opened: OpenedModel) => PortTypes,
  listener: Listener,
): QuantizedFiles {
  const opened = openModel(request.model, request, listener);
  const { quantized: isQuantized } = opened.model;
  const { float = false } = request;
  if (float && isQuantized) reject(alreadyQuantized(request.model));
  const rules = openRules(request.rules, listener);
  const prepared = accept(prepareModel(opened.model, rules, { float }), listener);
  if (float || isQuantized) listener.report(unusedOptions(request, isQuantized));
  const statistics =
    float || isQuantized ? new Map() : statisticsFor(prepared, request.model, request, listener);
  const io = float ? "same" : (request.io ?? defaultIo(opened));
  return {
    opened,
    rules,
    quantized: accept(quantizeModel(prepared, statistics, { io }), listener),
  };
}

/** How integers are requantized unless stated: a model from TensorFlow Lite as there. */
export function defaultRequantize({ model }: OpenedModel): Requantize {
  return model.quantized && model.format === "tflite" ? "tflite" : "onnx";
}

function unusedOptions(request: QuantizeRequest, isQuantized: boolean) {
  const { model, calib, stats, saveStats, io } = request;
  const reason = isQuantized
    ? "the activations of the model are quantized already"
    : "a float program needs no ranges";
  const given = { "--calib": calib, "--stats": stats, "--save-stats": saveStats };
  const unused = Object.entries(given).filter(([, value]) => value !== undefined);
  return [
    ...unused.map(([option]) => optionUnused(option, model, reason)),
    ...(!isQuantized && io !== undefined && io !== "float"
      ? [optionUnused("--io", model, "the inputs and outputs of a float program are float")]
      : []),
  ];
}
