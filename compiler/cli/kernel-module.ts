import { kernelModuleFile, readBuilt } from "./built-files.ts";

let bytes: Uint8Array | undefined;

/** The bytes of the module of kernels that calibration and float evaluation run on. */
export function kernelModule(): Uint8Array {
  bytes ??= readBuilt(kernelModuleFile);
  return bytes;
}
