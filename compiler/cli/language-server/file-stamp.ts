import { statSync } from "node:fs";

/** When a file was written, and how long it is; `undefined` where there is none. */
export function stampOf(path: string): string | undefined {
  try {
    const { mtimeMs, size } = statSync(path);
    return `${mtimeMs} ${size}`;
  } catch {
    return undefined;
  }
}
