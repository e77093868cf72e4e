import { Rejected } from "../../grammar/source/diagnostic.ts";
import { fingerprint } from "../../runtime/files.ts";
import type { WebAssemblyDescription } from "../../runtime/load-webassembly.ts";
import { viewOf } from "../lower/kernel-exports.ts";
import { type MemoryPlan, planMemory } from "../lower/plan-memory.ts";
import type { PortPlan, Schedule, Step } from "../lower/schedule.ts";
import { selectSimd } from "../lower/select-simd.ts";
import { assemble, type SimdFamily } from "./assemble.ts";
import { kernelsMissing, memoryTooLarge } from "./diagnostics.ts";
import { emitProgram } from "./emit-program.ts";
import { emitTypes } from "./emit-types.ts";
import { kernelsUsed } from "./kernels-used.ts";
import { kernelsMissingFrom, linkProgram } from "./link-program.ts";
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
import { readLibrary, type WasmLibrary } from "./wasm/library.ts";

/** Parts of programs that are ready. What is not is made of the runtime's sources, which takes seconds. */
export interface ReadyParts {
  /** The kernels, as `assembleKernelLibrary` gives them. */
  readonly kernelLibrary?: ((family: SimdFamily) => Uint8Array) | undefined;
  /** The runtime of programs, as `linkedLoader` gives it. */
  readonly loader?: (() => string) | undefined;
}

/**
 * The files of a program in WebAssembly: the schedule with packed layers and the SIMD kernels that it calls, once for baseline SIMD and,
 * where that is not the same, once for relaxed SIMD. Rejects when a kernel is not in the family, and when the memory is too large.
 */
export async function emitWebAssembly(
  reference: Schedule,
  origin: Origin,
  readSource: SourceReader,
  { kernelLibrary, loader }: ReadyParts = {},
): Promise<EmittedFiles> {
  const schedule = selectSimd(reference);
  const sources = readSimdSources(readSource);
  checkKernels(schedule, sources);
  const plan = planMemory(schedule);
  checkMemory(schedule, plan);
  const isTwofold = dependsOnFamily(sources, kernelsUsed(schedule));
  const build = async (family: SimdFamily) => {
    const library = kernelLibrary && libraryOf(kernelLibrary(family));
    return library && kernelsMissingFrom(library, schedule).length === 0
      ? linkProgram(schedule, plan, library)
      : assembleProgram(schedule, plan, sources, family);
  };
  const baseline = await build("baseline");
  const relaxed = isTwofold ? await build("relaxed") : undefined;
  const weights = packWeights(schedule, plan);
  const manifest = manifestOf("wasm", schedule, plan, origin);
  const runtime = loader?.() ?? (await linkedHere(readSource));
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

/** The program as AssemblyScript, assembled with the sources of its kernels: for any element types, and slowly. */
function assembleProgram(
  schedule: Schedule,
  plan: MemoryPlan,
  sources: SimdSources,
  family: SimdFamily,
): Promise<Uint8Array> {
  const entry = "program.ts";
  const source = emitProgram(schedule, plan, {
    memory: `./${simdFolder}/memory`,
    kernelFile: (kernel) => `./${sources.kernels.get(kernel)!.file}`,
    assembly: true,
  });
  return assemble(new Map([...sources.files, [entry, source]]), entry, family);
}

const libraries = new WeakMap<Uint8Array, WasmLibrary>();

/** The library, read once for all programs. */
function libraryOf(binary: Uint8Array): WasmLibrary {
  const known = libraries.get(binary) ?? readLibrary(binary);
  libraries.set(binary, known);
  return known;
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

/** What 32 bits address. */
const mostBytes = 2 ** 32;

function checkMemory({ name, buffers, steps }: Schedule, plan: MemoryPlan): void {
  const bytes = plan.constantBytes + plan.arenaBytes;
  if (bytes <= mostBytes) return;
  const sizesOf = (step: Step) =>
    step.arguments.map((each) => (typeof each === "number" ? 0 : buffers[each.buffer]!.byteLength));
  const sizes = steps.map((step) => sizesOf(step).reduce((most, size) => Math.max(most, size), 0));
  const largestBytes = sizes.reduce((most, size) => Math.max(most, size), 0);
  const largest = steps[sizes.indexOf(largestBytes)]!;
  throw new Rejected([memoryTooLarge(name, { bytes, largest, largestBytes })]);
}

function placeOf({ buffer }: PortPlan, { buffers }: Schedule, { offsets }: MemoryPlan) {
  const { id, length } = buffers[buffer]!;
  return [viewOf(buffers[buffer]!.dtype), offsets[id]!, length] as const;
}
