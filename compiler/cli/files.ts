import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { Rejected } from "../../grammar/source/diagnostic.ts";
import { reject, unreadableFile, unwritableFile } from "./data/diagnostics.ts";

/** The bytes of a file; a rejection when it cannot be read. */
export function readBytes(path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (error) {
    reject(unreadableFile(path, reasonOf(error)));
  }
}

/** The text of a file in UTF-8; a rejection when it cannot be read. */
export function readText(path: string): string {
  return new TextDecoder().decode(readBytes(path));
}

/**
 * Writes a file so that whoever reads it, also after a crash, sees the old content or the new, never a
 * part: into a temporary file beside it, then renamed. Makes missing folders. What is no regular file
 * (`/dev/stdout`, a pipe) is written to directly. A rejection when it cannot be written.
 */
export function writeFileAtomically(path: string, content: Uint8Array | string): void {
  try {
    const target = resolveLink(path);
    const existing = statSync(target, { throwIfNoEntry: false });
    if (existing !== undefined && !existing.isFile()) writeFileSync(target, content);
    else replaceFile(target, content);
  } catch (error) {
    reject(unwritableFile(path, reasonOf(error)));
  }
}

/**
 * Asked before long work whose result goes to a file: rejects what `writeFileAtomically` could not write, and what is one of the
 * files that the work begins with.
 */
export function checkWritable(path: string, inputs: readonly string[] = []): void {
  try {
    const target = resolveLink(path);
    if (
      existsSync(target) &&
      inputs.some((input) => resolveLink(resolve(input)) === resolveLink(resolve(target)))
    )
      reject(unwritableFile(path, "it is a file that the command reads"));
    const existing = statSync(target, { throwIfNoEntry: false });
    if (existing?.isDirectory()) reject(unwritableFile(path, "EISDIR"));
    if (existing === undefined || existing.isFile()) checkFolderWritable(dirname(resolve(target)));
    else accessSync(target, constants.W_OK);
  } catch (error) {
    if (error instanceof Rejected) throw error;
    reject(unwritableFile(path, reasonOf(error)));
  }
}

/** Throws what the system says against a folder's being there and taking files; leaves nothing behind. */
export function checkFolderWritable(folder: string): void {
  for (const made of makeFolders(folder).reverse()) rmdirSync(made);
  if (existsSync(folder)) accessSync(folder, constants.W_OK);
}

/**
 * Makes a folder and those above it that are missing; gives the new ones, the uppermost first. Node's own recursive
 * `mkdir` never returns where the system refuses with `ENOENT`, as below `/proc`.
 */
export function makeFolders(path: string): string[] {
  const missing: string[] = [];
  for (let folder = resolve(path); !existsSync(folder); folder = dirname(folder)) {
    missing.push(folder);
  }
  missing.reverse();
  const made: string[] = [];
  try {
    for (const folder of missing) {
      mkdirSync(folder);
      made.push(folder);
    }
  } catch (error) {
    for (const folder of made.reverse()) rmdirSync(folder);
    throw error;
  }
  return made;
}

let temporaryFiles = 0;

function replaceFile(path: string, content: Uint8Array | string): void {
  const folder = dirname(path);
  makeFolders(folder);
  const name = `.${basename(path)}.${process.pid}.${temporaryFiles++}.tmp`;
  const temporary = join(folder, name);
  try {
    writeFileSync(temporary, content, { flag: "wx", flush: true });
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

/** A link stays a link: the file that it leads to is replaced. */
function resolveLink(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : String(error);
}
