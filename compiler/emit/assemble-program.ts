import { fingerprint } from "../../runtime/files.ts";
import type { WebAssemblyDescription } from "../../runtime/load-webassembly.ts";
import type { MemoryPlan } from "../lower/plan-memory.ts";
import type { Schedule } from "../lower/schedule.ts";
import { assemble, type SimdFamily } from "./assemble.ts";
import { emitProgram } from "./emit-program.ts";
import { emitTypes } from "./emit-types.ts";
import { kernelsUsed } from "./kernels-used.ts";
import { linkLoader } from "./link-javascript.ts";
import type { SourceReader } from "./runtime-sources.ts";
import { dependsOnFamily, readSimdSources, simdFolder } from "./simd-sources.ts";

/** All of a program in WebAssembly but its weights: plain data, which can be sent to another process. */
export interface ProgramOutline {
  /** Without the contents of constants. */
  readonly schedule: Schedule;
  readonly plan: MemoryPlan;
  readonly description: Omit<WebAssemblyDescription, "programs">;
}

/** The code of a program: its modules, and `model.js`, which loads them, with its declarations. */
export interface ProgramCode {
  readonly loader: string;
  readonly types: string;
  readonly baseline: Uint8Array;
  /** Absent where it would be the same. */
  readonly relaxed?: Uint8Array;
}

/** How programs are assembled: `assembleProgram`, in this process or in another. */
export type AssembleProgram = (outline: ProgramOutline) => Promise<ProgramCode>;

/**
 * The schedule with packed layers, assembled with the SIMD kernels that it calls, once for baseline SIMD and, where that is not
 * the same, once for relaxed SIMD.
 */
export async function assembleProgram(
  { schedule, plan, description }: ProgramOutline,
  readSource: SourceReader,
): Promise<ProgramCode> {
  const sources = readSimdSources(readSource);
  const program = emitProgram(schedule, plan, {
    memory: `./${simdFolder}/memory`,
    kernelFile: (kernel) => `./${sources.kernels.get(kernel)!.file}`,
    assembly: true,
  }).getFullText();
  const entry = "program.ts";
  const files = new Map([...sources.files, [entry, program]]);
  const build = (family: SimdFamily) => assemble(files, entry, family);
  const baseline = await build("baseline");
  const isTwofold = dependsOnFamily(sources, kernelsUsed(schedule));
  const relaxed = isTwofold ? await build("relaxed") : undefined;
  const programs = {
    baseline: fingerprint(baseline),
    ...(relaxed && { relaxed: fingerprint(relaxed) }),
  };
  const loader = linkLoader({ readSource, description: { ...description, programs } });
  const types = emitTypes(schedule, "wasm");
  return { loader, types, baseline, ...(relaxed && { relaxed }) };
}
