/** A process that assembles programs for the one that started it, and ends with it. */
import { enableCompileCache } from "node:module";
import {
  type AssemblyFiles,
  assemble,
  loadAssembler,
  type SimdFamily,
} from "../../emit/assemble.ts";

/** What `assemble` takes, under a number that the reply repeats. */
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
process.on("disconnect", () => process.exit());
process.on("message", async ({ id, files, entry, family }: AssemblyRequest) => {
  const reply = await assemble(files, entry, family).then(
    (binary): AssemblyReply => ({ id, binary }),
    (error: Error): AssemblyReply => ({ id, error: error.message }),
  );
  process.send!(reply);
});
// Before the first request comes.
await loadAssembler();
