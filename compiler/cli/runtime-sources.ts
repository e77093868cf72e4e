import { readFileSync } from "node:fs";
import type { SourceReader } from "../emit/runtime-sources.ts";

/**
 * The package's root: this file is two folders below it in the repository, three where it is built (`dist/`).
 * The sources of the runtime are at the same place in both.
 */
export const packageRoot = new URL(
  import.meta.url.endsWith(".ts") ? "../../" : "../../../",
  import.meta.url,
);

/** Reads a source of the runtime, `runtime/load.ts`: the programs that the compiler emits are made of these. */
export const runtimeSources: SourceReader = (path) =>
  readFileSync(new URL(path, packageRoot), "utf8");
