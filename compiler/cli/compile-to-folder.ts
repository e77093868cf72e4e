import type { Code } from "../../grammar/source/diagnostic.ts";
import { type CompileOptions, compileImported } from "../compile.ts";
import type { Target } from "../emit/manifest.ts";
import type { LintName } from "../explain/lint-names.ts";
import { printLock } from "../explain/lock-file.ts";
import type { Severities } from "../explain/severities.ts";
import type { Requantize } from "../ir/op.ts";
import type { Listener } from "../listener.ts";
import type { Summary } from "../lower/summary.ts";
import type { RuleObserver } from "../pipeline.ts";
import { checkOutputFolder, sizesOf, writeCompiledFolder } from "./compiled-folder.ts";
import { checkWritable, writeFileAtomically } from "./files.ts";
import { inputFiles, openToQuantize, type QuantizeRequest } from "./quantize-files.ts";

export interface CompileRequest extends QuantizeRequest, Severities {
  /** Where the program goes: a new folder, an empty one, or one compiled before. */
  readonly folder: string;
  /** `tflite` for quantized TFLite models and `onnx` for all others, unless stated. */
  readonly requantize?: Requantize | undefined;
  /** WebAssembly unless stated. */
  readonly target?: Target | undefined;
  /** The least share of the multiply-accumulates that is to be done in integers, 0 to 1; 1 means every op. */
  readonly minCoverage?: number | undefined;
  /** Where every decision of the quantization is written, for `lock`. */
  readonly saveLock?: string | undefined;
  /** Sees each application of a rewrite rule. */
  readonly trace?: RuleObserver | undefined;
}

export interface CompileReport extends Summary {
  readonly folder: string;
  /** Whether any node computes on integers. */
  readonly kind: "integer" | "float";
  readonly requantize: Requantize;
  /** What happened to the model without anybody's asking. */
  readonly findings: readonly {
    readonly lint: LintName;
    readonly code: Code;
    readonly message: string;
  }[];
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
  const { folder, requantize, target, preprocessing, trace, saveLock } = request;
  checkOutputFolder(folder);
  if (saveLock !== undefined) checkWritable(saveLock, inputFiles(request));
  const { opened, options: scheme } = openToQuantize(request, listener);
  const options: CompileOptions = {
    ...scheme,
    ...{ requantize, target, preprocessing, trace },
    ...{ minCoverage: request.minCoverage, warn: request.warn, deny: request.deny },
  };
  const compiled = await compileImported(opened.model, options, listener);
  const { files, manifest, summary, findings, lock } = compiled;
  writeCompiledFolder(folder, files);
  if (saveLock !== undefined) writeFileAtomically(saveLock, printLock(lock));
  const { constantBytes, arenaBytes, arenaLowerBoundBytes } = manifest;
  return {
    folder,
    kind: summary.integerNodes > 0 ? "integer" : "float",
    requantize: manifest.requantize,
    ...summary,
    findings: findings.map(({ lint, diagnostic: { code, message } }) => ({ lint, code, message })),
    files: sizesOf(folder),
    constantBytes,
    arenaBytes,
    arenaLowerBoundBytes,
    seconds: (performance.now() - started) / 1000,
  };
}
