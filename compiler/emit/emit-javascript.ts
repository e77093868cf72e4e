import { planMemory } from "../lower/plan-memory.ts";
import type { Schedule } from "../lower/schedule.ts";
import { emitProgram } from "./emit-program.ts";
import { emitTypes } from "./emit-types.ts";
import { kernelsUsed } from "./kernels-used.ts";
import { linkJavaScript } from "./link-javascript.ts";
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

/** The files of a program for places without WebAssembly: plain JavaScript on the reference kernels. */
export function emitJavaScript(
  schedule: Schedule,
  origin: Origin,
  readSource: SourceReader,
): EmittedFiles {
  const plan = planMemory(schedule);
  const manifest = manifestOf("js", schedule, plan, origin);
  const { inputs, outputs, constantBytes } = manifest;
  const memoryBytes = plan.constantBytes + plan.arenaBytes;
  const program = linkJavaScript({
    program: emitProgram(schedule, plan),
    kernels: kernelsUsed(schedule),
    readSource,
    description: { inputs, outputs, constantBytes, memoryBytes },
  });
  return new Map<FileName, string | Uint8Array>([
    ["model.js", program],
    ["model.d.ts", emitTypes(schedule, "js")],
    ["model.bin", packWeights(schedule, plan)],
    ["model.json", printManifest(manifest)],
    packageFile,
  ]);
}
