import { type CompileOptions, compileImported } from "../compile.ts";
import type { Target } from "../emit/manifest.ts";
import type { Requantize } from "../ir/op.ts";
import type { Listener } from "../listener.ts";
import type { Summary } from "../lower/summary.ts";
import type { RuleObserver } from "../pipeline.ts";
import { checkOutputFolder, sizesOf, writeCompiledFolder } from "./compiled-folder.ts";
import { openToQuantize, type QuantizeRequest } from "./quantize-files.ts";

export interface CompileRequest extends QuantizeRequest {
  /** Where the program goes: a new folder, an empty one, or one compiled before. */
  readonly folder: string;
  /** `tflite` for quantized TFLite models and `onnx` for all others, unless stated. */
  readonly requantize?: Requantize | undefined;
  /** WebAssembly unless stated. */
  readonly target?: Target | undefined;
  /** Sees each application of a rewrite rule. */
  readonly trace?: RuleObserver | undefined;
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
export async function compileFiles(
  request: CompileRequest,
  listener: Listener,
): Promise<CompileReport> {
  const started = performance.now();
  const { folder, requantize, target, preprocessing, trace } = request;
  checkOutputFolder(folder);
  const { opened, options: scheme } = openToQuantize(request, listener);
  const options: CompileOptions = { ...scheme, requantize, target, preprocessing, trace };
  const { files, manifest, summary } = await compileImported(opened.model, options, listener);
  writeCompiledFolder(folder, files);
  const { constantBytes, arenaBytes, arenaLowerBoundBytes } = manifest;
  return {
    folder,
    kind: summary.integerNodes > 0 ? "integer" : "float",
    requantize: manifest.requantize,
    ...summary,
    files: sizesOf(folder),
    constantBytes,
    arenaBytes,
    arenaLowerBoundBytes,
    seconds: (performance.now() - started) / 1000,
  };
}
