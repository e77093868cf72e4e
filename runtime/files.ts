import { kindOf, PlanError } from "./model.ts";

/** Bytes that the host has, or those of a file beside the program: `model.bin` or a `.wasm`. */
export async function bytesOf(
  name: string,
  given: ArrayBuffer | Uint8Array | undefined,
  path: string | URL | undefined,
  base: string,
): Promise<Uint8Array> {
  return given === undefined ? readBytes(name, path ?? name, base) : asBytes(name, given);
}

function asBytes(name: string, bytes: ArrayBuffer | Uint8Array): Uint8Array {
  const kind = kindOf(bytes);
  if (kind === "Uint8Array") return bytes as Uint8Array;
  if (kind === "ArrayBuffer" || kind === "SharedArrayBuffer") return new Uint8Array(bytes);
  throw new PlanError(codeOf(name), `${name}: an ArrayBuffer or a Uint8Array, not ${kind}`);
}

/** A file in Node, a fetch elsewhere: Node's `fetch` does not read files. */
async function readBytes(name: string, path: string | URL, base: string): Promise<Uint8Array> {
  try {
    const url = new URL(path, base);
    if (url.protocol === "file:") {
      const { readFile } = await import("node:fs/promises");
      return await readFile(url);
    }
    const response = await fetch(url);
    if (!response.ok) throw new Error(`the server answered ${response.status}`);
    return new Uint8Array(await response.arrayBuffer());
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new PlanError(codeOf(name), `${name} at ${path} cannot be read: ${reason}`);
  }
}

function codeOf(name: string): "bad-weights" | "bad-wasm" {
  return name === "model.bin" ? "bad-weights" : "bad-wasm";
}

/** Throws when these are not as many bytes as the program has constants. */
export function checkWeights(
  weights: Uint8Array,
  { constantBytes }: { readonly constantBytes: number },
): void {
  if (weights.length === constantBytes) return;
  const message = `model.bin has ${weights.length} bytes, the program needs ${constantBytes}`;
  throw new PlanError("bad-weights", message);
}

/** FNV-1a over the bytes: tells apart what is not the same, proves nothing. */
export function fingerprint(bytes: Uint8Array): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < bytes.length; i++) hash = Math.imul(hash ^ bytes[i]!, 0x01000193);
  return hash >>> 0;
}
