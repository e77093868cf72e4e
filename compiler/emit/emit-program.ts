import { printType } from "../ir/types.ts";
import { UniqueNames } from "../ir/unique-names.ts";
import { viewOf } from "../lower/kernel-exports.ts";
import type { MemoryPlan } from "../lower/plan-memory.ts";
import type { Buffer, Schedule, Step } from "../lower/schedule.ts";
import { allSteps, kernelsUsed, preparationOf, setDotSigns } from "./kernels-used.ts";

/** An identifier for each buffer that the program mentions, by buffer id. */
type BufferNames = ReadonlyMap<number, string>;

/** The modules that a program imports, and whether it is AssemblyScript, where memory is known by offsets alone. */
export interface KernelFamily {
  readonly memory: string;
  /** The module of a kernel. */
  readonly kernelFile: (kernel: string) => string;
  readonly assembly?: boolean;
}

const referenceFamily: KernelFamily = {
  memory: "./memory.ts",
  kernelFile: () => "./kernels.ts",
};

/**
 * The schedule as a straight-line TypeScript program. It names its memory (`int8(offset, length)`) and calls kernels
 * with constant numbers; what `int8` gives, a view or an offset, is the kernel family's business. It is written as text,
 * as what reads and writes TypeScript takes half a second to load.
 *
 * ```ts
 * const conv1 = int8(4096, 6272);
 * export function run(): void {
 *   // conv1: Conv2D
 *   conv2dInteger(input, conv1_kernel, …, conv1, 1, 28, 28, …);
 * }
 * ```
 */
export function emitProgram(
  schedule: Schedule,
  plan: MemoryPlan,
  { memory, kernelFile, assembly = false }: KernelFamily = referenceFamily,
): string {
  const names = nameBuffers(schedule, assembly ? "$" : "");
  const imports = [
    [memory, viewsUsed(schedule, names)] as const,
    ...importsOf(schedule, kernelFile),
  ];
  const lines = [
    ...imports.map(([file, some]) => `import { ${some.join(", ")} } from "${file}";`),
    "",
    ...[...names].map(
      ([id, name]) => `const ${name} = ${view(schedule.buffers[id]!, plan.offsets[id]!)};`,
    ),
    ...(assembly ? [] : portList("inputs", schedule.inputs, names)),
    ...(assembly ? [] : portList("outputs", schedule.outputs, names)),
    "",
    ...documentation([
      `One inference of ${schedule.name}, requantized in mode \`${schedule.requantize}\`.`,
      ...(assembly
        ? ["The steps from one to before another: what lies between is measured so."]
        : []),
    ]),
    ...(assembly
      ? exportedFunction("run(from: i32, to: i32)", partsOf(schedule.steps, names))
      : exportedFunction("run()", callsOf(schedule.steps, names))),
    ...(assembly && preparationOf(schedule).length > 0 ? ["", ...prepare(schedule, names)] : []),
  ];
  return `${lines.join("\n")}\n`;
}

function prepare(schedule: Schedule, names: BufferNames): readonly string[] {
  return [
    ...documentation([
      "Called once, when the constants are in memory. `unsigned`: how the engine's relaxed dot product takes its second operand.",
    ]),
    ...exportedFunction("prepare(unsigned: i32)", [
      `${setDotSigns}(unsigned);`,
      ...callsOf(preparationOf(schedule), names),
    ]),
  ];
}

function exportedFunction(signature: string, statements: readonly string[]): readonly string[] {
  return [
    `export function ${signature}: void {`,
    ...statements.map((statement) => `    ${statement}`),
    "}",
  ];
}

function documentation(lines: readonly string[]): readonly string[] {
  const [first, ...others] = lines.map(inComment);
  if (others.length === 0) return [`/** ${first} */`];
  return ["/**", ...[first, ...others].map((line) => ` * ${line}`), " */"];
}

/** Kernels by the module that they come from. */
function importsOf(
  schedule: Schedule,
  kernelFile: KernelFamily["kernelFile"],
): readonly (readonly [file: string, kernels: readonly string[]])[] {
  const prepares = preparationOf(schedule).length > 0 ? [setDotSigns] : [];
  const files = new Map<string, string[]>();
  for (const kernel of [...kernelsUsed(schedule), ...prepares]) {
    const names = files.get(kernelFile(kernel)) ?? [];
    files.set(kernelFile(kernel), [...names, kernel]);
  }
  return [...files];
}

/** `switch (from) { case 0: …; if (to == 1) return; case 1: …`: a run from any step to any other. */
function partsOf(steps: readonly Step[], names: BufferNames): string[] {
  return [
    "if (to <= from) return;",
    "switch (from) {",
    ...steps.flatMap((step, i) => [
      `case ${i}: // ${comment(step)}`,
      call(step, names),
      `if (to == ${i + 1}) return;`,
    ]),
    "}",
  ];
}

function callsOf(steps: readonly Step[], names: BufferNames): string[] {
  return steps.flatMap((step) => [`// ${comment(step)}`, call(step, names)]);
}

function viewsUsed({ buffers }: Schedule, names: BufferNames): string[] {
  return [...new Set([...names.keys()].map((id) => viewOf(buffers[id]!.dtype)))].sort();
}

function view(buffer: Buffer, offset: number): string {
  return `${viewOf(buffer.dtype)}(${offset}, ${buffer.length})`;
}

function call({ kernel, arguments: list }: Step, names: BufferNames): string {
  const printed = list.map((argument) =>
    typeof argument === "number" ? number(argument) : names.get(argument.buffer)!,
  );
  return `${kernel}(${printed.join(", ")});`;
}

function number(value: number): string {
  if (Number.isFinite(value)) return Object.is(value, -0) ? "-0" : String(value);
  return Number.isNaN(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity";
}

function comment({ node, op }: Step): string {
  return inComment(`${node}: ${op}`);
}

/** One line that ends no comment. */
function inComment(text: string): string {
  return text.replaceAll(/\s+/g, " ").replaceAll("*/", "* /");
}

function portList(
  name: "inputs" | "outputs",
  ports: Schedule["inputs"],
  names: BufferNames,
): readonly string[] {
  return [
    ...documentation(ports.map((port) => `${port.name}: ${printType(port.type)}`)),
    `export const ${name} = [${ports.map((port) => names.get(port.buffer)).join(", ")}];`,
  ];
}

/** What a program mentions beside its buffers, and the words that strict code may not use as names. */
const reserved = (
  "run prepare from to unsigned setDotSigns i32 inputs outputs memory float32 int8 uint8 int16 uint16 int32 Float32Array Int8Array Uint8Array Int16Array Uint16Array Int32Array " +
  "break case catch class const continue debugger default delete do else enum export extends false finally for function if import in " +
  "instanceof let new null return static super switch this throw true try typeof var void while with yield await arguments eval " +
  "implements interface package private protected public undefined NaN Infinity"
).split(" ");

/** Identifiers from the names of the model, made unique and with a prefix where the language has words that are not ours, for the buffers that some step or port mentions. */
function nameBuffers(schedule: Schedule, prefix: string): BufferNames {
  const { buffers, inputs, outputs } = schedule;
  const steps = allSteps(schedule);
  const used = new Set<number>([...inputs, ...outputs].map((port) => port.buffer));
  for (const step of steps) {
    for (const argument of step.arguments)
      if (typeof argument !== "number") used.add(argument.buffer);
  }
  const taken = new UniqueNames([...reserved, ...steps.map((step) => step.kernel)]);
  const names = new Map<number, string>();
  for (const { id, name } of buffers) {
    if (used.has(id)) names.set(id, `${prefix}${taken.take(identifier(name))}`);
  }
  return names;
}

function identifier(name: string): string {
  const short = name
    .replaceAll(/[^A-Za-z0-9_]+/g, "_")
    .replace(/^_+|_+$/g, "")
    .slice(-40);
  return /^[A-Za-z_]/.test(short) ? short : `v${short}`;
}
