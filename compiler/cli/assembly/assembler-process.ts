/** A process that assembles programs for the one that started it, and ends with it. */
import { enableCompileCache } from "node:module";
import { loadAssembler } from "../../emit/assemble.ts";
import type { ProgramCode, ProgramOutline } from "../../emit/assemble-program.ts";
import { runtimeSources } from "../runtime-sources.ts";

/** What `assembleProgram` takes, under a number that the reply repeats. */
export interface AssemblyRequest {
  readonly id: number;
  readonly outline: ProgramOutline;
}

export type AssemblyReply = { readonly id: number } & (
  | { readonly code: ProgramCode }
  | { readonly error: string }
);

enableCompileCache();
process.on("disconnect", () => process.exit());
process.on("message", async ({ id, outline }: AssemblyRequest) => {
  process.send!(await replyTo(id, outline));
});
// What takes time is done before the first request comes.
const program = import("../../emit/assemble-program.ts");
void loadAssembler();
const { linkedLoader } = await import("../../emit/link-javascript.ts");
linkedLoader(runtimeSources);

async function replyTo(id: number, outline: ProgramOutline): Promise<AssemblyReply> {
  try {
    const { assembleProgram } = await program;
    return { id, code: await assembleProgram(outline, runtimeSources) };
  } catch (error) {
    return { id, error: error instanceof Error ? error.message : String(error) };
  }
}
