/** `qcfg/node`: what the command line does with files, for programs. */
import type { Checked } from "../../grammar/source/diagnostic.ts";
import type { Bindings } from "../frontends/bindings.ts";
import { type CompileReport, type CompileRequest, compileFiles } from "./compile-to-folder.ts";
import { type CompiledFolder, openCompiled } from "./compiled-folder.ts";
import { check } from "./listener.ts";
import { type OpenedModel, openModel } from "./model-file.ts";

export { type Dataset, readDataset } from "./data/dataset.ts";
export { type FittedDataset, fitDataset, type ModelInput } from "./data/fit.ts";
export { encodeNpy, type NpyArray, readNpy } from "./data/npy.ts";
export { type Preprocessing, parsePreprocessing } from "./data/preprocessing.ts";
export { readBytes, readText, writeFileAtomically } from "./files.ts";
export { resolveRules, ruleSource } from "./rule-files.ts";
export { runtimeSources } from "./runtime-sources.ts";
export type { CompiledFolder, CompileReport, CompileRequest, OpenedModel };

/** Imports the ONNX or TFLite file at a path, and what it keeps in files beside it. */
export function readModel(path: string, bindings: Bindings = {}): Checked<OpenedModel> {
  return check((listener) => openModel(path, bindings, listener));
}

/** Compiles the model at a path into a folder, as `qcfg compile` does. */
export function compileToFolder(request: CompileRequest): Checked<CompileReport> {
  return check((listener) => compileFiles(request, listener));
}

/** Loads a compiled folder. Throws `Rejected` when it is none. */
export const loadFolder: (folder: string) => Promise<CompiledFolder> = openCompiled;
