/** Makes what the package has ready, unless it is there: the kernels and the loader of programs. */
import { mkdirSync, renameSync, utimesSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import {
  type BuiltFile,
  isStale,
  kernelLibraryFiles,
  loaderFile,
} from "../compiler/cli/built-files.ts";
import { runtimeSources } from "../compiler/cli/runtime-sources.ts";
import { assembleKernelLibrary } from "../compiler/emit/kernel-library.ts";
import { linkedLoader } from "../compiler/emit/link-javascript.ts";

for (const family of ["baseline", "relaxed"] as const) {
  await build(kernelLibraryFiles[family], () => assembleKernelLibrary(runtimeSources, family));
}
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
