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
import { emitTypes } from "./emit-types.ts";
import { kernelsUsed } from "./kernels-used.ts";
import { entryOf } from "./loader-entry.ts";
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

/** Parts of the work that are done elsewhere, or are done already. */
export interface Beside {
  /** Assembles in place of this process. */
  readonly assemble?: Assemble | undefined;
  /** The runtime of programs, as `linkedLoader` gives it. */
  readonly loader?: (() => string) | undefined;
}

/**
 * The files of a program in WebAssembly: the schedule with packed layers, assembled with the SIMD kernels that it calls, once for
 * baseline SIMD and, where that is not the same, once for relaxed SIMD. Rejects when a kernel is not in the family.
 */
export async function emitWebAssembly(
  reference: Schedule,
  origin: Origin,
  readSource: SourceReader,
  { assemble: assembler = assemble, loader }: Beside = {},
): Promise<EmittedFiles> {
  const schedule = selectSimd(reference);
  const sources = readSimdSources(readSource);
  checkKernels(schedule, sources);
  const plan = planMemory(schedule);
  const entry = "program.ts";
  const source = emitProgram(schedule, plan, {
    memory: `./${simdFolder}/memory`,
    kernelFile: (kernel) => `./${sources.kernels.get(kernel)!.file}`,
    assembly: true,
  });
  const files = new Map([...sources.files, [entry, source]]);
  const build = (family: SimdFamily) => assembler(files, entry, family);
  const isTwofold = dependsOnFamily(sources, kernelsUsed(schedule));
  const assembled = Promise.all([build("baseline"), isTwofold ? build("relaxed") : undefined]);
  // What else there is to do, while both are assembled.
  const weights = packWeights(schedule, plan);
  const manifest = manifestOf("wasm", schedule, plan, origin);
  const [[baseline, relaxed], runtime] = await Promise.all([
    assembled,
    loader?.() ?? linkedHere(readSource),
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
    [
      "model.js",
      runtime + entryOf("loadWebAssembly", [`const program = ${JSON.stringify(description)};`]),
    ],
    ["model.wasm", baseline],
    ...(relaxed ? [["model.relaxed.wasm", relaxed] as const] : []),
    ["model.d.ts", emitTypes(schedule, "wasm")],
    ["model.bin", weights],
    ["model.json", printManifest(manifest)],
    packageFile,
  ]);
}

/** Links what the package has ready: what reads TypeScript takes long to load. */
async function linkedHere(readSource: SourceReader): Promise<string> {
  return (await import("./link-javascript.ts")).linkedLoader(readSource);
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
