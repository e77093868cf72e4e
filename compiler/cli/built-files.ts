import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { SimdFamily } from "../emit/assemble.ts";
import { packageRoot } from "./runtime-sources.ts";

/** A file that is made of the package's sources; the package has it ready. */
export interface BuiltFile {
  readonly path: URL;
  /** What it is made of: paths from the package's root, and folders, which end with a slash. */
  readonly sources: readonly string[];
}

/** The kernels that programs are linked with. */
export const kernelLibraryFiles: Readonly<Record<SimdFamily, BuiltFile>> = {
  baseline: kernelLibraryFile("baseline"),
  relaxed: kernelLibraryFile("relaxed"),
};

function kernelLibraryFile(family: SimdFamily): BuiltFile {
  return {
    path: new URL(`build/kernels.${family}.wasm`, packageRoot),
    sources: [
      ...["compiler/emit/assemble.ts", "compiler/emit/kernel-library.ts", "runtime/simd/"],
      ...["compiler/emit/kernel-instances.ts", "compiler/emit/simd-sources.ts"],
      "compiler/lower/kernel-exports.ts",
    ],
  };
}

/** The runtime of programs in WebAssembly, linked. */
export const loaderFile: BuiltFile = {
  path: new URL("build/loader.js", packageRoot),
  sources: [
    ...["compiler/emit/link-javascript.ts", "compiler/emit/runtime-sources.ts", "runtime/"],
    "runtime/reference/index.ts",
  ],
};

const builder = new URL("scripts/build-runtime.ts", packageRoot);

/** Whether a file is missing, or older than what it is made of. */
export function isStale({ path, sources }: BuiltFile): boolean {
  if (!existsSync(path)) return true;
  const built = statSync(path).mtimeMs;
  return sources
    .map((source) => new URL(source, packageRoot))
    .flatMap((url) => (url.href.endsWith("/") ? filesIn(url) : [url]))
    .some((file) => statSync(file).mtimeMs > built);
}

function filesIn(folder: URL): readonly URL[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name }) => new URL(name, folder));
}

/** Its bytes. In the repository, which has the script that builds it, it is brought up to date first. */
export function readBuilt(file: BuiltFile): Uint8Array {
  if (existsSync(builder) && isStale(file)) build();
  return new Uint8Array(readFileSync(file.path));
}

function build(): void {
  const { status, stderr } = spawnSync(process.execPath, [fileURLToPath(builder)], {
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`internal: the runtime cannot be built: ${stderr}`);
}
