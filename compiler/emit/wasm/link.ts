import { type Bytes, joined, list, sized, text, u32 } from "./bytes.ts";
import { type LibraryFunction, sections, type WasmLibrary } from "./library.ts";

/** Encoded, or a call of a function that the library exports. */
export type Instruction = Bytes | { readonly call: string };

/** A function that a program exports, without locals of its own; all parameters are i32, and it returns nothing. */
export interface ProgramFunction {
  readonly name: string;
  readonly parameters: number;
  /** Without the last `end`. */
  readonly instructions: readonly Instruction[];
}

/** A module of these functions and those of the library that they reach, on a memory that it imports as `env.memory`. */
export function linkModule(library: WasmLibrary, program: readonly ProgramFunction[]): Uint8Array {
  const { exported } = library;
  const called = program.flatMap(({ instructions }) => instructions).filter(isCall);
  const reached = reachedFrom(
    library,
    called.map(({ call }) => exported.get(call)!),
  );
  const indices = new Map(reached.map((index, i) => [index, program.length + i]));
  const encode = (one: Instruction): Bytes =>
    isCall(one) ? [0x10, ...u32(indices.get(exported.get(one.call)!)!)] : one;
  const kernels = reached.map((index) => library.functions[index]!);
  const types = new Map<string, number>();
  const encoded: Uint8Array[] = [];
  const typeIndex = (type: Bytes): Bytes => {
    const key = type.join();
    const known = types.get(key) ?? encoded.push(Uint8Array.from(type)) - 1;
    types.set(key, known);
    return u32(known);
  };
  const signatures = [
    ...program.map(({ parameters }) => typeIndex(signature(parameters))),
    ...kernels.map(({ type }) => typeIndex(type.encoded)),
  ];
  const bodies = [
    ...program.map(({ instructions }) => joined([[0], ...instructions.map(encode), [0x0b]])),
    ...kernels.map((kernel) => renumbered(kernel, indices)),
  ];
  const exports = program.map(({ name }, i) => joined([text(name), [0], u32(i)]));
  return joined([
    [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    section(sections.types, list(encoded)),
    section(sections.imports, list([importedMemory])),
    section(sections.functions, list(signatures)),
    ...(library.globals ? [section(sections.globals, library.globals)] : []),
    section(sections.exports, list(exports)),
    section(sections.code, list(bodies.map(sized))),
  ]);
}

const isCall = (one: Instruction): one is { readonly call: string } => "call" in one;

/** `env.memory` of any size. */
const importedMemory = joined([text("env"), text("memory"), [2, 0, 0]]);

/** `(i32, …) → ()`. */
const signature = (parameters: number): Bytes =>
  joined([[0x60], list(Array.from({ length: parameters }, () => [0x7f])), [0]]);

const section = (id: number, content: Bytes): Uint8Array => joined([[id], sized(content)]);

/** Indices of these functions and of all that they call, in the library's order. */
function reachedFrom({ functions }: WasmLibrary, roots: readonly number[]): readonly number[] {
  const found = new Set(roots);
  for (const index of found) for (const { callee } of functions[index]!.calls()) found.add(callee);
  return [...found].sort((a, b) => a - b);
}

/** The body, with calls of the functions' new indices. */
function renumbered(
  { body, calls }: LibraryFunction,
  indices: ReadonlyMap<number, number>,
): Uint8Array {
  const parts: Bytes[] = [];
  let from = 0;
  for (const { start, end, callee } of calls()) {
    parts.push(body.subarray(from, start), u32(indices.get(callee)!));
    from = end;
  }
  return joined([...parts, body.subarray(from)]);
}
