// What runs in every engine: it needs nothing of Node and nothing of a page.
import { relaxedDotSigns, type WebAssemblyLoadOptions } from "../../runtime/load-webassembly.ts";
import type { Model, PortArray } from "../../runtime/model.ts";

/** A folder `name` with the programs `js` and `wasm`, and the inputs that they are run on. */
export interface ProgramCase {
  readonly name: string;
  readonly samples: readonly Readonly<Record<string, readonly number[]>>[];
}

export const families = ["js", "baseline", "relaxed"] as const;
export type Family = (typeof families)[number];

/** What an engine says: its relaxed dot product, and for each case the digest of its outputs by family. */
export interface EngineReport {
  readonly signs: "unsigned" | "signed" | "not exact";
  readonly digests: Readonly<Record<string, Partial<Record<Family, string>>>>;
}

/** Runs all programs under `base`, a URL that ends in a slash. The relaxed ones only where they are exact. */
export async function runPrograms(
  base: string,
  cases: readonly ProgramCase[],
): Promise<EngineReport> {
  const signs = relaxedDotSigns();
  const digests: Record<string, Partial<Record<Family, string>>> = {};
  for (const { name, samples } of cases) {
    const found: Partial<Record<Family, string>> = {};
    for (const family of families) {
      if (family === "relaxed" && signs === undefined) continue;
      const folder = `${base}${encodeURIComponent(name)}/${family === "js" ? "js" : "wasm"}`;
      const options = family === "js" ? {} : { simd: family };
      found[family] = await digestOf(`${folder}/model.js`, options, samples).catch(
        (error) => `failed: ${error}`,
      );
    }
    digests[name] = found;
  }
  return { signs: signs ?? "not exact", digests };
}

async function digestOf(
  url: string,
  options: WebAssemblyLoadOptions,
  samples: ProgramCase["samples"],
): Promise<string> {
  const { load } = (await import(url)) as {
    load: (options: WebAssemblyLoadOptions) => Promise<Model>;
  };
  const model = await load(options);
  const results = samples.map((sample) => model.run(inputsOf(model, sample)));
  return sha256(results.flatMap((outputs) => model.outputs.map(({ name }) => outputs[name]!)));
}

/** The digest of the bytes of arrays, one behind the other, in hex. */
export async function sha256(arrays: readonly PortArray[]): Promise<string> {
  const bytes = new Blob(arrays.map((array) => array.slice().buffer as ArrayBuffer));
  const digest = await crypto.subtle.digest("SHA-256", await bytes.arrayBuffer());
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function inputsOf({ inputs }: Model, sample: ProgramCase["samples"][number]) {
  return Object.fromEntries(
    inputs.map(({ name, dtype }) => [name, arrays[dtype]!.from(sample[name]!)]),
  );
}

const arrays: Readonly<Record<string, { from(values: readonly number[]): PortArray }>> = {
  float32: Float32Array,
  int8: Int8Array,
  uint8: Uint8Array,
  int16: Int16Array,
  uint16: Uint16Array,
  int32: Int32Array,
  bool: Uint8Array,
};
