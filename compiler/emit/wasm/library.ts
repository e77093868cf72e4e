import { ByteReader } from "./bytes.ts";
import { type CallSite, callsOf } from "./calls.ts";

/** Functions on one memory that they import, to take programs' functions from. */
export interface WasmLibrary {
  readonly functions: readonly LibraryFunction[];
  /** Indices of functions by the names of their exports. */
  readonly exported: ReadonlyMap<string, number>;
  /** The content of the section of globals, which refer to nothing. */
  readonly globals: Uint8Array | undefined;
}

export interface LibraryFunction {
  readonly type: FunctionType;
  /** Locals and instructions. */
  readonly body: Uint8Array;
  /** Calls of others of the library, in order. */
  readonly calls: () => readonly CallSite[];
}

export interface FunctionType {
  readonly parameters: readonly ValueType[];
  readonly encoded: Uint8Array;
}

export type ValueType = "i32" | "i64" | "f32" | "f64" | "v128";

/** Numbers of sections, WebAssembly Core Specification 3.0, section 5.5.2. */
export const sections = {
  types: 1,
  imports: 2,
  functions: 3,
  globals: 6,
  exports: 7,
  code: 10,
} as const;

const valueTypes: Readonly<Record<number, ValueType>> = {
  127: "i32",
  126: "i64",
  125: "f32",
  124: "f64",
  123: "v128",
};

/** Length of the magic number and the version. */
export const preambleLength = 8;

/**
 * Reads a module that `assemble` made. Throws where it has more than functions and globals: tables, data or a start function would be lost
 * in programs that take functions from it, and functions that it imports would come before its own.
 */
export function readLibrary(binary: Uint8Array): WasmLibrary {
  const content = readSections(binary);
  if (each(content.get(sections.imports), readImportedKind).some((kind) => kind !== memoryKind))
    throw new Error("internal: a library imports more than its memory");
  const types = each(content.get(sections.types), readType);
  const signatures = each(content.get(sections.functions), (reader) => reader.u32());
  const bodies = each(content.get(sections.code), (reader) => reader.sized());
  return {
    functions: bodies.map((body, i): LibraryFunction => {
      let calls: readonly CallSite[] | undefined;
      return { type: types[signatures[i]!]!, body, calls: () => (calls ??= callsOf(body)) };
    }),
    exported: new Map(each(content.get(sections.exports), readExport)),
    globals: content.get(sections.globals),
  };
}

/** Contents by their numbers. */
function readSections(binary: Uint8Array): ReadonlyMap<number, Uint8Array> {
  const known: readonly number[] = Object.values(sections);
  const found = new Map<number, Uint8Array>();
  const reader = new ByteReader(binary, preambleLength);
  while (!reader.isAtEnd) {
    const id = reader.byte();
    if (!known.includes(id)) throw new Error(`internal: a library with a section ${id}`);
    found.set(id, reader.sized());
  }
  return found;
}

function each<T>(content: Uint8Array | undefined, read: (reader: ByteReader) => T): readonly T[] {
  if (content === undefined) return [];
  const reader = new ByteReader(content);
  return reader.list(() => read(reader));
}

function readType(reader: ByteReader): FunctionType {
  const start = reader.at;
  reader.byte();
  const parameters = reader.list(() => valueTypes[reader.byte()]!);
  reader.list(() => reader.byte());
  return { parameters, encoded: reader.bytes.subarray(start, reader.at) };
}

const memoryKind = 2;

/** What is imported: a function, whose type follows, or a memory, with its limits. */
function readImportedKind(reader: ByteReader): number {
  reader.text();
  reader.text();
  const kind = reader.byte();
  const numbers = kind === memoryKind ? 1 + (reader.byte() & 1) : 1;
  for (let i = 0; i < numbers; i++) reader.u32();
  return kind;
}

function readExport(reader: ByteReader): readonly [name: string, index: number] {
  const name = reader.text();
  if (reader.byte() !== 0) throw new Error(`internal: a library exports more than functions`);
  return [name, reader.u32()];
}
