/** Assembles the kernels that calibration and float evaluation run on into `build/kernels.wasm`, unless they are there. */
import { mkdirSync, renameSync, utimesSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { isKernelModuleStale, kernelModulePath } from "../compiler/cli/kernel-module.ts";
import { runtimeSources } from "../compiler/cli/runtime-sources.ts";
import { assembleKernelModule } from "../compiler/emit/kernel-module.ts";

if (isKernelModuleStale()) {
  const started = new Date();
  const module = await assembleKernelModule(runtimeSources);
  mkdirSync(new URL(".", kernelModulePath), { recursive: true });
  const path = fileURLToPath(kernelModulePath);
  const part = `${path}.${process.pid}`;
  writeFileSync(part, module);
  // As old as the sources that were read, should they change meanwhile; whole, should another process read it.
  utimesSync(part, started, started);
  renameSync(part, path);
}
