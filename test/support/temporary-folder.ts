import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const prefix = "qcfg-test-";

/** A new folder, in that of the run, with which it goes. */
export function temporaryFolder(): string {
  return mkdtempSync(join(tmpdir(), prefix));
}

/**
 * Vitest calls it once, before the first worker starts. One folder takes what a run writes, the commands that it starts
 * too, and what Node compiles, so that not every process compiles the same. Gone after the run, whatever its result.
 */
export function setup(): () => void {
  const folder = temporaryFolder();
  const variables = { TMPDIR: folder, TEMP: folder, NODE_COMPILE_CACHE: join(folder, "compiled") };
  Object.assign(process.env, variables);
  return () => rmSync(folder, { recursive: true, force: true });
}
