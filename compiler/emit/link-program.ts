import { kernelExport } from "../lower/kernel-exports.ts";
import type { MemoryPlan } from "../lower/plan-memory.ts";
import type { Schedule, Step } from "../lower/schedule.ts";
import { allSteps, preparationOf, setDotSigns } from "./kernels-used.ts";
import { type Bytes, float, s32 } from "./wasm/bytes.ts";
import type { ValueType, WasmLibrary } from "./wasm/library.ts";
import { type Instruction, linkModule, type ProgramFunction } from "./wasm/link.ts";

/** What a program calls that a library does not have: kernels on element types that are rare. */
export function kernelsMissingFrom(
  { exported }: WasmLibrary,
  schedule: Schedule,
): readonly string[] {
  const called = new Set(allSteps(schedule).map((step) => exportOf(step, schedule)));
  return [...called].filter((name) => !exported.has(name));
}

/**
 * The schedule as a straight-line WebAssembly program with the library's kernels that it calls, which has them all. The functions are those
 * of `emitProgram`, of which an assembler would need a second to make a module.
 */
export function linkProgram(
  schedule: Schedule,
  plan: MemoryPlan,
  library: WasmLibrary,
): Uint8Array {
  const callOf = (step: Step) => call(step, schedule, plan, library);
  const preparation = preparationOf(schedule);
  return linkModule(library, [
    {
      name: "run",
      parameters: 2,
      instructions: schedule.steps.flatMap((step, i) => [
        ...betweenArguments(i),
        ...callOf(step),
        end,
      ]),
    },
    ...(preparation.length === 0 ? [] : [prepare(preparation.flatMap(callOf))]),
  ]);
}

/** Called once, when the constants are in memory, with how the engine's relaxed dot product takes its second operand. */
function prepare(calls: readonly Instruction[]): ProgramFunction {
  const instructions: Instruction[] = [
    [0x20, 0],
    { call: kernelExport(setDotSigns, []) },
    ...calls,
  ];
  return { name: "prepare", parameters: 1, instructions };
}

const end: Bytes = [0x0b];

/** `if (from <= step && step < to)` */
function betweenArguments(step: number): readonly Bytes[] {
  const [from, to, number] = [[0x20, 0], [0x20, 1], constant("i32", step)];
  const [lessEqual, greater, and, then] = [[0x4c], [0x4a], [0x71], [0x04, 0x40]];
  return [from, number, lessEqual, to, number, greater, and, then];
}

function exportOf(step: Step, { buffers }: Schedule): string {
  const arrays = step.arguments.filter((each) => typeof each === "object");
  return kernelExport(
    step.kernel,
    arrays.map(({ buffer }) => buffers[buffer]!.dtype),
  );
}

/** The kernel on its numbers, and on the offsets of its buffers. */
function call(
  step: Step,
  schedule: Schedule,
  plan: MemoryPlan,
  { exported, functions }: WasmLibrary,
): readonly Instruction[] {
  const name = exportOf(step, schedule);
  const { parameters } = functions[exported.get(name)!]!.type;
  if (parameters.length !== step.arguments.length)
    throw new Error(`internal: ${name} with ${step.arguments.length} arguments`);
  const values = step.arguments.map((each) =>
    typeof each === "number" ? each : plan.offsets[each.buffer]!,
  );
  return [...values.map((value, i) => constant(parameters[i]!, value)), { call: name }];
}

function constant(type: ValueType, value: number): readonly number[] {
  if (type === "f32") return [0x43, ...float(32, value)];
  if (type === "f64") return [0x44, ...float(64, value)];
  // Offsets reach 2³² − 1, and are the same bits.
  if (type !== "i32" || !Number.isInteger(value) || value < -(2 ** 31) || value >= 2 ** 32)
    throw new Error(`internal: ${value} as ${type}`);
  return [0x41, ...s32(value | 0)];
}
