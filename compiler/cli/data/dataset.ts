import { existsSync } from "node:fs";
import { readBytes } from "../files.ts";
import { countsDiffer, noSampleAxis, reject } from "./diagnostics.ts";
import { type NpyArray, readNpy } from "./npy.ts";
import { isZip, readNpz } from "./npz.ts";

/** An array of samples and, where one is stated, the model's input that it is for. */
export interface NamedArray {
  readonly name?: string;
  readonly array: NpyArray;
}

/** Arrays whose first axis counts the samples, the same number in each. */
export interface Dataset {
  readonly count: number;
  readonly arrays: readonly NamedArray[];
}

/**
 * Reads data as the command line names it: `X.npy`, `X.npz`, `input=X.npy`, one or several. The arrays
 * of an archive have their own names, but for those that NumPy numbered (`arr_0`) and for an only one.
 */
export function readDataset(specifiers: readonly string[]): Dataset {
  return datasetOf(specifiers.flatMap(readSpecifier));
}

export function datasetOf(arrays: readonly NamedArray[]): Dataset {
  const first = arrays[0]?.array;
  for (const { array } of arrays) {
    if (array.shape.length === 0) reject(noSampleAxis(array.file));
    if (array.shape[0] !== first!.shape[0]) {
      reject(countsDiffer(array.file, array.shape[0]!, first!.file, first!.shape[0]!));
    }
  }
  return { count: first?.shape[0] ?? 0, arrays };
}

/** Reads a file that holds a single array: labels, or the data of a model's only input. */
export function readArray(path: string): NpyArray {
  return readSpecifier(path)[0]!.array;
}

function readSpecifier(specifier: string): readonly NamedArray[] {
  const { name, path } = splitSpecifier(specifier);
  const bytes = readBytes(path);
  const arrays: readonly NamedArray[] = isZip(bytes)
    ? [...readNpz(bytes, path)].map(([entry, array]) =>
        /^arr_\d+$/.test(entry) ? { array } : { name: entry, array },
      )
    : [{ array: readNpy(bytes, path) }];
  const [only, ...others] = arrays;
  if (only === undefined || others.length > 0) return arrays;
  return [name === undefined ? { array: only.array } : { name, array: only.array }];
}

/** `name=path`, unless there is a file of the whole name. */
function splitSpecifier(specifier: string): { readonly name?: string; readonly path: string } {
  const at = specifier.indexOf("=");
  if (at < 1 || existsSync(specifier)) return { path: specifier };
  return { name: specifier.slice(0, at), path: specifier.slice(at + 1) };
}
