import { kernelLibrary } from "../../compiler/cli/kernel-library.ts";
import { programLoader } from "../../compiler/cli/program-loader.ts";

/** Vitest calls it once, before the first worker starts: what is older than its sources is built once, and not within a test's time. */
export function setup(): void {
  for (const family of ["baseline", "relaxed"] as const) kernelLibrary(family);
  programLoader();
}
