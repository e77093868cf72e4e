/** `qcfg/node`: what the command line does with files, for programs. */
import type { Checked } from "../../grammar/source/diagnostic.ts";
import type { EmittedFiles } from "../emit/manifest.ts";
import type { Bindings } from "../frontends/bindings.ts";
import { asData } from "../listener.ts";
import { type CompileReport, type CompileRequest, compileFiles } from "./compile-to-folder.ts";
import {
  type CompiledFolder,
  checkOutputFolder,
  openCompiled,
  writeCompiledFolder,
} from "./compiled-folder.ts";
import { type OpenedModel, openModel } from "./model-file.ts";

export { type Dataset, readDataset } from "./data/dataset.ts";
export { type FittedDataset, fitDataset, type ModelInput } from "./data/fit.ts";
export { encodeNpy, type NpyArray, readNpy } from "./data/npy.ts";
export { type Preprocessing, parsePreprocessing } from "./data/preprocessing.ts";
export { readBytes, readText, writeFileAtomically } from "./files.ts";
export { host } from "./host.ts";
export { resolveRules, ruleSource } from "./rule-files.ts";
export { runtimeSources } from "./runtime-sources.ts";
export type { CompiledFolder, CompileReport, CompileRequest, OpenedModel };

/** Imports the ONNX or TFLite file at a path, and what it keeps in files beside it. */
export function readModel(path: string, bindings: Bindings = {}): Promise<Checked<OpenedModel>> {
  return asData((listener) => openModel(path, bindings, listener));
}

/** Compiles the model at a path into a folder, as `qcfg compile` does. */
export function compileToFolder(request: CompileRequest): Promise<Checked<CompileReport>> {
  return asData((listener) => compileFiles(request, listener));
}

/**
 * Writes what `compile` gives, as `compileToFolder` does: a new folder, an empty one, or one compiled before. The value is
 * the folder.
 */
export function writeFolder(folder: string, files: EmittedFiles): Promise<Checked<string>> {
  return asData(() => {
    checkOutputFolder(folder);
    writeCompiledFolder(folder, files);
    return folder;
  });
}

/** Loads a compiled folder: this runs its `model.js`. */
export function loadFolder(folder: string): Promise<Checked<CompiledFolder>> {
  return asData(() => openCompiled(folder));
}
