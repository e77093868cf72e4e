/** `qcfg`: the compiler as a library. Pure: bytes and texts in, files and diagnostics out. */

export { format, parse, renderDiagnostic } from "../grammar/index.ts";
export type { Checked, Diagnostic } from "../grammar/source/diagnostic.ts";
export { exportOnnx } from "./backends/onnx/export-onnx.ts";
export { parseStatistics, printStatistics } from "./calibrate/statistics-file.ts";
export {
  type Compiled,
  type CompileOptions,
  check,
  compile,
  type ExplainOptions,
  explainModel,
  type Host,
  type Samples,
  type StatisticsByName,
} from "./compile.ts";
export type { EmittedFiles, Manifest, Origin, Preprocessing, Target } from "./emit/manifest.ts";
export type { Explanation } from "./explain/explanation.ts";
export { type LockFile, parseLock, printLock } from "./explain/lock-file.ts";
export { type ImportedModel, type ImportOptions, importModel } from "./frontends/import-model.ts";
export type { Graph, Node, Value } from "./ir/graph.ts";
export type { DType, QuantParams, Tensor, TensorType } from "./ir/types.ts";
export { ops } from "./ops/index.ts";
export * from "./pipeline.ts";
export type { PortTypes } from "./quantize/choose-io.ts";
export { configOf, type RuleConfig, ruleSource } from "./quantize/rule-config.ts";
export type { Firing } from "./rewrite/driver.ts";
export type { Library, ResolveImport, RuleSource } from "./rewrite/load-rules.ts";
export type { QuantizeRule } from "./rewrite/rule.ts";
export { type TracedFiring, tracedFiring, traceText } from "./rewrite/trace.ts";
