/** Makes what the package has ready, unless it is there: the kernels of calibration and float evaluation, and the loader of programs. */
import { mkdirSync, renameSync, utimesSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import {
  type BuiltFile,
  isStale,
  kernelModuleFile,
  loaderFile,
} from "../compiler/cli/built-files.ts";
import { runtimeSources } from "../compiler/cli/runtime-sources.ts";
import { assembleKernelModule } from "../compiler/emit/kernel-module.ts";
import { linkedLoader } from "../compiler/emit/link-javascript.ts";

await build(kernelModuleFile, () => assembleKernelModule(runtimeSources));
await build(loaderFile, () => linkedLoader(runtimeSources));

async function build(file: BuiltFile, make: () => string | Promise<Uint8Array>): Promise<void> {
  if (!isStale(file)) return;
  const started = new Date();
  const contents = await make();
  mkdirSync(new URL(".", file.path), { recursive: true });
  const path = fileURLToPath(file.path);
  const part = `${path}.${process.pid}`;
  writeFileSync(part, contents);
  // As old as the sources that were read, should they change meanwhile; whole, should another process read it.
  utimesSync(part, started, started);
  renameSync(part, path);
}
