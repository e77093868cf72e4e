import { closeSync, fstatSync, openSync, readSync, realpathSync } from "node:fs";
import { basename, dirname, isAbsolute, relative, resolve, sep } from "node:path";
import type { Bindings } from "../frontends/bindings.ts";
import { type ImportedModel, importModel } from "../frontends/import-model.ts";
import type { ReadExternal } from "../frontends/onnx/tensor.ts";
import { accept, type Listener } from "../listener.ts";
import { isCompiled, isFolder } from "./compiled-folder.ts";
import { reject } from "./data/diagnostics.ts";
import { folderForModel } from "./diagnostics.ts";
import { readBytes } from "./files.ts";

/** A model file, imported. */
export interface OpenedModel {
  readonly path: string;
  readonly model: ImportedModel;
  /** Of the file. */
  readonly byteLength: number;
}

/** Reads an ONNX or TFLite file, and what it keeps in files beside it; a rejection when it cannot be used. */
export function openModel(path: string, bindings: Bindings, listener: Listener): OpenedModel {
  if (isFolder(path)) reject(folderForModel(path, isCompiled(path)));
  const bytes = readBytes(path);
  const name = basename(path);
  const readExternal: ReadExternal = (...part) => readBeside(path, ...part);
  const model = accept(importModel(bytes, { ...bindings, name, readExternal }), listener);
  return { path, model, byteLength: bytes.length };
}

/**
 * A part of a file beside a model, as `ReadExternal` says. Links count as the files that they lead to. Throws for paths
 * that lead out of the model's folder: a model file is not to be trusted with the rest of the disk.
 */
export function readBeside(
  model: string,
  location: string,
  offset: number,
  length: number | undefined,
): Uint8Array | undefined {
  const file = resolve(dirname(model), location);
  if (isAbsolute(location) || !isBelow(file, resolve(dirname(model)))) throw outside();
  const real = realPath(file);
  if (real === undefined) return undefined;
  // A cache may keep a model and its data as links to files that are beside each other elsewhere.
  const folders = [realPath(dirname(model))!, dirname(realPath(model)!)];
  if (!folders.some((folder) => isBelow(real, folder))) throw outside();
  return readPart(real, offset, length);
}

/** Becomes the reason in the importer's diagnostic. */
function outside(): Error {
  return new Error("it lies outside of the model's folder");
}

function isBelow(file: string, folder: string): boolean {
  const path = relative(folder, file);
  return path !== "" && path.split(sep)[0] !== ".." && !isAbsolute(path);
}

function realPath(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}

/** `undefined` when the file does not hold that much: nothing is allocated for a length that is only claimed. */
function readPart(file: string, offset: number, length?: number): Uint8Array | undefined {
  const descriptor = openSync(file, "r");
  try {
    const available = fstatSync(descriptor).size - offset;
    const wanted = length ?? available;
    if (!(0 <= offset && 0 <= wanted && wanted <= available)) return undefined;
    const bytes = new Uint8Array(wanted);
    let read = 0;
    while (read < wanted) {
      const count = readSync(descriptor, bytes, read, wanted - read, offset + read);
      if (count === 0) return undefined;
      read += count;
    }
    return bytes;
  } finally {
    closeSync(descriptor);
  }
}
