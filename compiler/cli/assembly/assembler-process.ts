/** A process that assembles programs for the one that started it, and ends with it. */
import { enableCompileCache } from "node:module";
import {
  type AssemblyFiles,
  assemble,
  loadAssembler,
  type SimdFamily,
} from "../../emit/assemble.ts";
import { readSimdSources } from "../../emit/simd-sources.ts";
import { runtimeSources } from "../runtime-sources.ts";

/** What `assemble` takes but for the runtime's sources, under a number that the reply repeats. */
export interface AssemblyRequest {
  readonly id: number;
  readonly files: AssemblyFiles;
  readonly entry: string;
  readonly family: SimdFamily;
}

export type AssemblyReply = { readonly id: number } & (
  | { readonly binary: Uint8Array }
  | { readonly error: string }
);

enableCompileCache();
const sources = readSimdSources(runtimeSources);
process.on("disconnect", () => process.exit());
process.on("message", async ({ id, files, entry, family }: AssemblyRequest) => {
  const reply = await assemble(new Map([...sources.files, ...files]), entry, family).then(
    (binary): AssemblyReply => ({ id, binary }),
    (error: Error): AssemblyReply => ({ id, error: error.message }),
  );
  process.send!(reply);
});
// Before the first request comes.
await loadAssembler();
