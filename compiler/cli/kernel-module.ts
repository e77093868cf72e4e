import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { packageRoot } from "./runtime-sources.ts";

/** Where the module of kernels is, that calibration and float evaluation run on; the package has it ready. */
export const kernelModulePath = new URL("build/kernels.wasm", packageRoot);

const builder = new URL("scripts/build-kernels.ts", packageRoot);
const sources = [
  ...["compiler/emit/assemble.ts", "compiler/emit/kernel-module.ts"],
  ...["compiler/emit/simd-sources.ts", "compiler/lower/kernel-exports.ts"],
];
const kernelFolder = new URL("runtime/simd/", packageRoot);

/** Whether the module is missing, or older than what it is made of. */
export function isKernelModuleStale(): boolean {
  if (!existsSync(kernelModulePath)) return true;
  const files = [
    ...sources.map((path) => new URL(path, packageRoot)),
    ...readdirSync(kernelFolder).map((name) => new URL(name, kernelFolder)),
  ];
  const built = statSync(kernelModulePath).mtimeMs;
  return files.some((file) => statSync(file).mtimeMs > built);
}

let bytes: Uint8Array | undefined;

/** The module's bytes. In the repository, which has the script that builds it, it is brought up to date first. */
export function kernelModule(): Uint8Array {
  if (bytes === undefined) {
    if (existsSync(builder) && isKernelModuleStale()) build();
    bytes = new Uint8Array(readFileSync(kernelModulePath));
  }
  return bytes;
}

function build(): void {
  const { status, stderr } = spawnSync(process.execPath, [fileURLToPath(builder)], {
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`internal: the kernels cannot be built: ${stderr}`);
}
