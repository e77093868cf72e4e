import {
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { Model, Port, PortArray } from "../../runtime/model.ts";
import { type EmittedFiles, type FileName, type Manifest, packageFile } from "../emit/manifest.ts";
import type { Tensor } from "../ir/types.ts";
import { reject, unwritableFile } from "./data/diagnostics.ts";
import { type Preprocessing, preprocessingOf } from "./data/preprocessing.ts";
import { cannotLoad, folderInUse, notCompiled, simdMissing } from "./diagnostics.ts";
import { checkFolderWritable, makeFolders, readText } from "./files.ts";
import type { ModelPort, Runnable } from "./runnable.ts";

const manifestName = "model.json";
/** All that a compilation may leave in a folder. */
const ourFiles: readonly string[] = [
  ...["model.js", "model.wasm", "model.relaxed.wasm", "model.d.ts", "model.bin", "package.json"],
  manifestName,
];

/** A compiled folder, loaded. */
export interface CompiledFolder extends Runnable {
  readonly manifest: Manifest;
  /** What was recorded when the model was compiled. */
  readonly preprocessing: Preprocessing | undefined;
  /** Bytes of each of its files. */
  readonly files: Readonly<Record<string, number>>;
  readonly model: Model;
}

/** Whether a folder is there; `false` also where the system does not say: reading tells why. */
export function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}

/** Whether a path leads to a folder that looks as if `qcfg compile` had written it. */
export function isCompiled(path: string): boolean {
  return existsSync(join(path, "model.js")) && existsSync(join(path, manifestName));
}

/** Rejects a folder that cannot be written, or has other things in it and was not written by us; asked before the long work. */
export function checkOutputFolder(folder: string): void {
  if (folder === "") reject(unwritableFile(folder, "the name is empty"));
  try {
    const entry = statSync(folder, { throwIfNoEntry: false });
    if (entry?.isDirectory() === false) {
      reject(unwritableFile(folder, "it is a file, not a folder"));
    }
    checkFolderWritable(folder);
    if (entry === undefined) return;
  } catch (error) {
    rejectUnwritable(folder, error);
  }
  const names = readdirSync(folder);
  // Every project has a file of this name, and it is not ours to replace.
  const [packageName, packageText] = packageFile;
  if (names.includes(packageName) && readText(join(folder, packageName)) !== packageText)
    reject(folderInUse(folder, [packageName]));
  const others = names.filter((name) => !ourFiles.includes(name) && !isTemporary(name));
  if (others.length === 0 || isOurs(readManifestJson(folder))) return;
  reject(folderInUse(folder, others.slice(0, 3)));
}

/**
 * Writes a compiled folder: a new one under another name first; into one that exists, the files beside the old ones
 * first, then all are renamed, the manifest last. So a folder with a manifest is whole.
 */
export function writeCompiledFolder(folder: string, files: EmittedFiles): void {
  const path = resolve(folder);
  try {
    if (isFolder(path)) replaceFiles(path, files);
    else createFolder(path, files);
  } catch (error) {
    rejectUnwritable(folder, error);
  }
}

/** Rejects the folder for what the system said; throws on what was not the system's. */
function rejectUnwritable(folder: string, error: unknown): never {
  if (error instanceof Error && "code" in error) reject(unwritableFile(folder, String(error.code)));
  throw error;
}

function createFolder(path: string, files: EmittedFiles): void {
  const temporary = temporaryName(path);
  makeFolders(dirname(path));
  removeOnFailure([temporary], () => {
    mkdirSync(temporary);
    for (const [name, content] of files) writeFileSync(join(temporary, name), content);
    renameSync(temporary, path);
  });
}

function replaceFiles(path: string, files: EmittedFiles): void {
  const names = [...files.keys()].sort(
    (a, b) => Number(a === manifestName) - Number(b === manifestName),
  );
  const temporaryOf = (name: string) => temporaryName(join(path, name));
  removeOnFailure(names.map(temporaryOf), () => {
    for (const name of names) writeFileSync(temporaryOf(name), files.get(name)!);
    rmSync(join(path, manifestName), { force: true });
    const old = ourFiles.filter((name) => !files.has(name as FileName));
    for (const name of old) rmSync(join(path, name), { force: true });
    for (const name of names) renameSync(temporaryOf(name), join(path, name));
  });
}

function removeOnFailure(paths: readonly string[], work: () => void): void {
  try {
    work();
  } catch (error) {
    for (const path of paths) rmSync(path, { recursive: true, force: true });
    throw error;
  }
}

function temporaryName(path: string): string {
  return join(dirname(path), `.${basename(path)}.${process.pid}.tmp`);
}

function isTemporary(name: string): boolean {
  return /^\.(model|package)\.[\w.]+\.tmp$/.test(name);
}

/** The manifest of a compiled folder; a rejection when there is none. */
export function readManifest(folder: string): Manifest {
  if (!isFolder(folder)) {
    const isThere = existsSync(folder);
    return reject(notCompiled(folder, isThere ? "it is a file" : "there is no such folder"));
  }
  const json = readManifestJson(folder);
  if (json === undefined) return reject(notCompiled(folder, `there is no \`${manifestName}\``));
  if (!isManifest(json))
    return reject(notCompiled(folder, `\`${manifestName}\` is not of this version of qcfg`));
  return json;
}

function readManifestJson(folder: string): unknown {
  const path = join(folder, manifestName);
  if (statSync(path, { throwIfNoEntry: false }) === undefined) return undefined;
  try {
    return JSON.parse(readText(path));
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/** Whether a manifest is one of ours, be it of a part that we no longer write: its folder may be replaced. */
function isOurs(json: unknown): boolean {
  if (!isRecord(json)) return false;
  const { formatVersion, inputs, outputs } = json;
  return formatVersion === 1 && Array.isArray(inputs) && Array.isArray(outputs);
}

/** Whether every field that we read is there and of its kind: the file may have been edited. */
function isManifest(json: unknown): json is Manifest {
  if (!isRecord(json) || json.formatVersion !== 1) return false;
  const { inputs, outputs, steps, rules, floatNodes } = json;
  const texts = [json.model, json.target, json.requantize, json.modelDigest, json.rulesDigest];
  const sizes = [json.constantBytes, json.arenaBytes, json.arenaLowerBoundBytes];
  return (
    isListOf(inputs, isPort) &&
    isListOf(outputs, isPort) &&
    isListOf(steps, isStep) &&
    isListOf(floatNodes, isFloatNode) &&
    isRecord(rules) &&
    texts.every((text) => typeof text === "string") &&
    sizes.every(Number.isSafeInteger)
  );
}

function isPort(json: unknown): boolean {
  if (!isRecord(json)) return false;
  const { name, dtype, shape, quantization } = json;
  const isQuantized = isRecord(quantization)
    ? isListOf(quantization.scale, Number.isFinite) &&
      isListOf(quantization.zeroPoint, Number.isFinite)
    : quantization === undefined;
  return (
    typeof name === "string" &&
    typeof dtype === "string" &&
    isListOf(shape, Number.isSafeInteger) &&
    isQuantized
  );
}

function isStep(json: unknown): boolean {
  if (!isRecord(json)) return false;
  if (json.macs !== undefined && !Number.isSafeInteger(json.macs)) return false;
  const texts = [json.node, json.op, json.kernel];
  return [...texts, ...(Array.isArray(json.rules) ? json.rules : [0])].every(
    (text) => typeof text === "string",
  );
}

function isFloatNode(json: unknown): boolean {
  return (
    isRecord(json) && [json.node, json.op, json.reason].every((text) => typeof text === "string")
  );
}

function isListOf(json: unknown, isItem: (item: unknown) => boolean): boolean {
  return Array.isArray(json) && json.every((item) => isItem(item));
}

function isRecord(json: unknown): json is Readonly<Record<string, unknown>> {
  return typeof json === "object" && json !== null && !Array.isArray(json);
}

/** Bytes of each file of a compiled folder. */
export function sizesOf(folder: string): Readonly<Record<string, number>> {
  const present = ourFiles.flatMap((name) => {
    const size = statSync(join(folder, name), { throwIfNoEntry: false })?.size;
    return size === undefined ? [] : [[name, size] as const];
  });
  return Object.fromEntries(present);
}

/**
 * Loads the program of a compiled folder: this runs its `model.js`. `simd` chooses among the programs of a folder that has
 * them, and has no effect on one of JavaScript.
 */
export async function openCompiled(
  folder: string,
  options: { readonly simd?: "relaxed" | "baseline" } = {},
): Promise<CompiledFolder> {
  const manifest = readManifest(folder);
  const model = await loadModel(folder, options);
  return {
    manifest,
    preprocessing: preprocessingOf(manifest.preprocessing),
    files: sizesOf(folder),
    model,
    inputs: model.inputs.map(portOf),
    outputs: model.outputs.map(portOf),
    run: (inputs) => runModel(model, inputs),
  };
}

async function loadModel(folder: string, options: object): Promise<Model> {
  const { href } = pathToFileURL(resolve(folder, "model.js"));
  try {
    const { load }: { readonly load: (options: object) => Promise<Model> } = await import(href);
    return await load(options);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const isEngine = error instanceof Error && "code" in error && error.code === "no-simd";
    return reject(isEngine ? simdMissing(folder, reason) : cannotLoad(folder, reason));
  }
}

function runModel(model: Model, inputs: ReadonlyMap<string, Tensor>): ReadonlyMap<string, Tensor> {
  const arrays = [...inputs].map(([name, { data }]) => [name, data] as const);
  const results = model.run(Object.fromEntries<PortArray>(arrays));
  return new Map(
    model.outputs.map((port) => [port.name, { ...portOf(port), data: results[port.name]! }]),
  );
}

function portOf({ name, dtype, shape, quantization }: Port): ModelPort {
  return { name, dtype, shape, ...(quantization && { quant: quantization }) };
}
