import { Rejected } from "../../grammar/source/diagnostic.ts";
import type { WebAssemblyDescription } from "../../runtime/load-webassembly.ts";
import { viewOf } from "../lower/kernel-exports.ts";
import { type MemoryPlan, planMemory } from "../lower/plan-memory.ts";
import type { PortPlan, Schedule } from "../lower/schedule.ts";
import { selectSimd } from "../lower/select-simd.ts";
import type { AssembleProgram } from "./assemble-program.ts";
import { kernelsMissing } from "./diagnostics.ts";
import { kernelsUsed } from "./kernels-used.ts";
import {
  type EmittedFiles,
  type FileName,
  manifestOf,
  type Origin,
  packageFile,
  printManifest,
} from "./manifest.ts";
import { packWeights } from "./pack-weights.ts";
import type { SourceReader } from "./runtime-sources.ts";
import { readSimdSources } from "./simd-sources.ts";

/**
 * The files of a program in WebAssembly: its code, as `assembleProgram` makes it, and its packed weights. Rejects when a kernel is
 * not in the family.
 *
 * @param assembleBeside makes the code elsewhere
 */
export async function emitWebAssembly(
  reference: Schedule,
  origin: Origin,
  readSource: SourceReader,
  assembleBeside?: AssembleProgram,
): Promise<EmittedFiles> {
  const schedule = selectSimd(reference);
  checkKernels(schedule, readSource);
  const plan = planMemory(schedule);
  const manifest = manifestOf("wasm", schedule, plan, origin);
  const description: Omit<WebAssemblyDescription, "programs"> = {
    inputs: manifest.inputs as WebAssemblyDescription["inputs"],
    outputs: manifest.outputs as WebAssemblyDescription["outputs"],
    constantBytes: plan.constantBytes,
    memoryBytes: plan.constantBytes + plan.arenaBytes,
    steps: schedule.steps.length,
    places: {
      inputs: schedule.inputs.map((port) => placeOf(port, schedule, plan)),
      outputs: schedule.outputs.map((port) => placeOf(port, schedule, plan)),
    },
  };
  const outline = { schedule: withoutContents(schedule), plan, description };
  const assembled = assembleBeside?.(outline) ?? assembleHere(outline, readSource);
  // Meanwhile.
  const weights = packWeights(schedule, plan);
  const { loader, types, baseline, relaxed } = await assembled;
  return new Map<FileName, string | Uint8Array>([
    ["model.js", loader],
    ["model.wasm", baseline],
    ...(relaxed ? [["model.relaxed.wasm", relaxed] as const] : []),
    ["model.d.ts", types],
    ["model.bin", weights],
    ["model.json", printManifest(manifest)],
    packageFile,
  ]);
}

/** What writes TypeScript and assembles it takes a second to load: only who needs it here loads it. */
async function assembleHere(
  outline: Parameters<AssembleProgram>[0],
  readSource: SourceReader,
): ReturnType<AssembleProgram> {
  const { assembleProgram } = await import("./assemble-program.ts");
  return assembleProgram(outline, readSource);
}

function withoutContents(schedule: Schedule): Schedule {
  const buffers = schedule.buffers.map(({ constant: _, ...buffer }) => buffer);
  return { ...schedule, buffers, values: [] };
}

/** Every op that needs a kernel which the family does not have, in one report. */
function checkKernels(schedule: Schedule, readSource: SourceReader): void {
  const { kernels } = readSimdSources(readSource);
  const missing = new Set(kernelsUsed(schedule).filter((name) => !kernels.has(name)));
  if (missing.size === 0) return;
  const steps = schedule.steps.filter(({ kernel }) => missing.has(kernel));
  throw new Rejected([kernelsMissing(schedule.name, steps)]);
}

function placeOf({ buffer }: PortPlan, { buffers }: Schedule, { offsets }: MemoryPlan) {
  const { id, length } = buffers[buffer]!;
  return [viewOf(buffers[buffer]!.dtype), offsets[id]!, length] as const;
}
