import type { SimdFamily } from "../emit/assemble.ts";
import { kernelLibraryFiles, readBuilt } from "./built-files.ts";

const libraries = new Map<SimdFamily, Uint8Array>();

/** The package's module of the SIMD kernels of a family: programs are linked with it, and calibration and float evaluation run on it. */
export function kernelLibrary(family: SimdFamily): Uint8Array {
  const known = libraries.get(family) ?? readBuilt(kernelLibraryFiles[family]);
  libraries.set(family, known);
  return known;
}
