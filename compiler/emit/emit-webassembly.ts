import { Rejected } from "../../grammar/source/diagnostic.ts";
import { fingerprint } from "../../runtime/files.ts";
import type { WebAssemblyDescription } from "../../runtime/load-webassembly.ts";
import { viewOf } from "../lower/kernel-exports.ts";
import { type MemoryPlan, planMemory } from "../lower/plan-memory.ts";
import type { PortPlan, Schedule } from "../lower/schedule.ts";
import { selectSimd } from "../lower/select-simd.ts";
import { type Assemble, assemble, type SimdFamily } from "./assemble.ts";
import { kernelsMissing } from "./diagnostics.ts";
import { emitProgram } from "./emit-program.ts";
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
import { dependsOnFamily, readSimdSources, type SimdSources, simdFolder } from "./simd-sources.ts";

/**
 * The files of a program in WebAssembly: the schedule with packed layers, assembled with the SIMD kernels that it calls, once for
 * baseline SIMD and, where that is not the same, once for relaxed SIMD. Rejects when a kernel is not in the family.
 */
export async function emitWebAssembly(
  reference: Schedule,
  origin: Origin,
  readSource: SourceReader,
  assembler: Assemble = assemble,
): Promise<EmittedFiles> {
  const schedule = selectSimd(reference);
  const sources = readSimdSources(readSource);
  checkKernels(schedule, sources);
  const plan = planMemory(schedule);
  const entry = "program.ts";
  const program = emitProgram(schedule, plan, {
    memory: `./${simdFolder}/memory`,
    kernelFile: (kernel) => `./${sources.kernels.get(kernel)!.file}`,
    assembly: true,
  });
  const files = new Map([...sources.files, [entry, program]]);
  const build = (family: SimdFamily) => assembler(files, entry, family);
  const isTwofold = dependsOnFamily(sources, kernelsUsed(schedule));
  const assembled = Promise.all([build("baseline"), isTwofold ? build("relaxed") : undefined]);
  // What else there is to do, while both are assembled.
  const weights = packWeights(schedule, plan);
  const manifest = manifestOf("wasm", schedule, plan, origin);
  const [[baseline, relaxed], { types, linked, linkLoader }] = await Promise.all([
    assembled,
    writeScripts(schedule, readSource),
  ]);
  const description: WebAssemblyDescription = {
    inputs: manifest.inputs as WebAssemblyDescription["inputs"],
    outputs: manifest.outputs as WebAssemblyDescription["outputs"],
    constantBytes: plan.constantBytes,
    memoryBytes: plan.constantBytes + plan.arenaBytes,
    steps: schedule.steps.length,
    places: {
      inputs: schedule.inputs.map((port) => placeOf(port, schedule, plan)),
      outputs: schedule.outputs.map((port) => placeOf(port, schedule, plan)),
    },
    programs: {
      baseline: fingerprint(baseline),
      ...(relaxed && { relaxed: fingerprint(relaxed) }),
    },
  };
  return new Map<FileName, string | Uint8Array>([
    ["model.js", linkLoader(linked, description)],
    ["model.wasm", baseline],
    ...(relaxed ? [["model.relaxed.wasm", relaxed] as const] : []),
    ["model.d.ts", types],
    ["model.bin", weights],
    ["model.json", printManifest(manifest)],
    packageFile,
  ]);
}

/** What is written in TypeScript beside the program; what reads and writes it takes long to load. */
async function writeScripts(schedule: Schedule, readSource: SourceReader) {
  const [{ emitTypes }, { linkedLoader, linkLoader }] = await Promise.all([
    import("./emit-types.ts"),
    import("./link-javascript.ts"),
  ]);
  return { types: emitTypes(schedule, "wasm"), linked: linkedLoader(readSource), linkLoader };
}

/** Every op that needs a kernel which the family does not have, in one report. */
function checkKernels(schedule: Schedule, { kernels }: SimdSources): void {
  const missing = new Set(kernelsUsed(schedule).filter((name) => !kernels.has(name)));
  if (missing.size === 0) return;
  const steps = schedule.steps.filter(({ kernel }) => missing.has(kernel));
  throw new Rejected([kernelsMissing(schedule.name, steps)]);
}

function placeOf({ buffer }: PortPlan, { buffers }: Schedule, { offsets }: MemoryPlan) {
  const { id, length } = buffers[buffer]!;
  return [viewOf(buffers[buffer]!.dtype), offsets[id]!, length] as const;
}
