import type { Manifest, Preprocessing as Recorded } from "../emit/emit.ts";
import type { Requantize } from "../ir/op.ts";
import type { Summary } from "../lower/summary.ts";
import { emitModel, lowerModel } from "../pipeline.ts";
import { checkOutputFolder, sizesOf, writeCompiledFolder } from "./compiled-folder.ts";
import { accept, type Listener } from "./listener.ts";
import { defaultRequantize, type QuantizeRequest, quantizeFiles } from "./quantize-files.ts";
import { rulesDigest } from "./rule-files.ts";
import { runtimeSources } from "./runtime-sources.ts";

export interface CompileRequest extends QuantizeRequest {
  /** Where the program goes: a new folder, an empty one, or one compiled before. */
  readonly folder: string;
  /** `tflite` for quantized TFLite models and `onnx` for all others, unless stated. */
  readonly requantize?: Requantize | undefined;
}

export interface CompileReport extends Summary {
  readonly folder: string;
  /** Whether any node computes on integers. */
  readonly kind: "integer" | "float";
  readonly requantize: Requantize;
  /** Bytes of each file. */
  readonly files: Readonly<Record<string, number>>;
  readonly constantBytes: number;
  readonly arenaBytes: number;
  readonly arenaLowerBoundBytes: number;
  readonly seconds: number;
}

/** The whole way from files to a compiled folder: what `qcfg compile` does. Rejections are thrown. */
export function compileFiles(request: CompileRequest, listener: Listener): CompileReport {
  const started = performance.now();
  checkOutputFolder(request.folder);
  const { opened, rules, quantized } = quantizeFiles(
    request,
    ({ model }) => (model.quantized ? "same" : "float"),
    listener,
  );
  const requantize = request.requantize ?? defaultRequantize(opened);
  const lowered = accept(lowerModel(quantized, { requantize }), listener);
  const files = emitModel(lowered, {
    origin: {
      model: opened.name,
      modelDigest: opened.digest,
      rulesDigest: rulesDigest(rules),
      rules: lowered.summary.fired,
      preprocessing: (request.preprocessing ?? {}) satisfies Recorded,
    },
    readSource: runtimeSources,
  });
  writeCompiledFolder(request.folder, files);
  const { constantBytes, arenaBytes, arenaLowerBoundBytes }: Manifest = JSON.parse(
    files.get("model.json") as string,
  );
  return {
    folder: request.folder,
    kind: lowered.summary.integerNodes > 0 ? "integer" : "float",
    requantize,
    ...lowered.summary,
    files: sizesOf(request.folder),
    constantBytes,
    arenaBytes,
    arenaLowerBoundBytes,
    seconds: (performance.now() - started) / 1000,
  };
}
