import {
  mkdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
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

let temporaryFiles = 0;

function replaceFile(path: string, content: Uint8Array | string): void {
  const folder = dirname(path);
  mkdirSync(folder, { recursive: true });
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
