import { ByteBuffer } from "flatbuffers";
import { Rejected } from "../../../grammar/source/diagnostic.ts";
import { damagedFile } from "../diagnostics.ts";
import type { Field, ScalarField, TableFields, VectorField } from "./schema.ts";

/**
 * Reads flatbuffer tables of which nothing is believed: every offset and length is checked against the file before it
 * is followed, and what is read in all is bounded, since places of a hostile file may overlap without end.
 */

/** How often each byte of the file may be read on the average; an honest file is read about once. */
const readsPerByte = 8;

/** Even a tiny file shares its vtables and strings. */
const leastBudget = 2 ** 20;

/** Longer names are cut: they only name things. */
const longestString = 4096;

const scalarBytes = { byte: 1, bool: 1, int: 4, uint: 4, float: 4, long: 8 } as const;
const elementBytes = { ints: 4, longs: 8, floats: 4, bytes: 1 } as const;

type Names<F extends TableFields, K extends Field["kind"]> = {
  [N in keyof F]: F[N]["kind"] extends K ? N : never;
}[keyof F] &
  string;

/** The file, and how much of it may still be read. */
class FlatFile {
  readonly buffer: ByteBuffer;
  readonly bytes: Uint8Array;
  readonly model: string;
  #budget: number;

  constructor(bytes: Uint8Array, model: string) {
    this.bytes = bytes;
    this.model = model;
    this.buffer = new ByteBuffer(bytes);
    this.#budget = leastBudget + readsPerByte * bytes.length;
  }

  /** Checks that `length` bytes from `start` on are there, and that the file has not been read too often. */
  claim(start: number, length: number, what: string): void {
    const inside = 0 <= start && 0 <= length && start + length <= this.bytes.length;
    if (!inside) this.damaged(start, `${what} of ${length} bytes leads out of it`);
    this.#budget -= length + 4;
    if (this.#budget < 0) this.damaged(start, "its parts overlap");
  }

  damaged(offset: number, fault: string): never {
    throw new Rejected([damagedFile(this.model, `byte ${offset}`, fault)]);
  }

  /** Where the offset stored at `position` leads. */
  follow(position: number): number {
    this.claim(position, 4, "an offset");
    return position + this.buffer.readUint32(position);
  }
}

/** A table of the file with the fields of its type. Absent fields read as their defaults. */
export class FlatTable<F extends TableFields> {
  readonly #file: FlatFile;
  readonly #fields: F;
  readonly #slots: ReadonlyMap<string, number>;
  readonly #position: number;
  readonly #vtable: number;
  readonly #vtableLength: number;
  readonly #length: number;

  constructor(file: FlatFile, position: number, fields: F) {
    this.#file = file;
    this.#fields = fields;
    this.#slots = slotsOf(fields);
    this.#position = position;
    file.claim(position, 4, "a table");
    this.#vtable = position - file.buffer.readInt32(position);
    file.claim(this.#vtable, 4, "a vtable");
    this.#vtableLength = file.buffer.readUint16(this.#vtable);
    this.#length = file.buffer.readUint16(this.#vtable + 2);
    if (this.#vtableLength < 4 || this.#length < 4)
      file.damaged(this.#vtable, "a vtable is too short");
    file.claim(this.#vtable, this.#vtableLength, "a vtable");
    file.claim(position, this.#length, "a table");
  }

  /** The byte offset of the table in the file. */
  get position(): number {
    return this.#position;
  }

  has(name: keyof F & string): boolean {
    return this.#place(name, 1) !== undefined;
  }

  /** A number; 64-bit ones beyond 2⁵³ lose their last bits. */
  number(name: Names<F, ScalarField["kind"]>): number {
    const { kind, default: absent } = this.#fields[name] as ScalarField;
    const at = this.#place(name, scalarBytes[kind]);
    const { buffer } = this.#file;
    if (at === undefined) return absent;
    switch (kind) {
      case "byte":
        return buffer.readInt8(at);
      case "bool":
        return buffer.readInt8(at) === 0 ? 0 : 1;
      case "int":
        return buffer.readInt32(at);
      case "uint":
        return buffer.readUint32(at);
      case "float":
        return buffer.readFloat32(at);
      case "long":
        return Number(buffer.readInt64(at));
    }
  }

  numbers(name: Names<F, "ints" | "longs" | "floats">): readonly number[] {
    const { kind } = this.#fields[name] as VectorField;
    const { start, length } = this.#vector(name, elementBytes[kind]);
    const { buffer } = this.#file;
    const read = {
      ints: (at: number) => buffer.readInt32(at),
      longs: (at: number) => Number(buffer.readInt64(at)),
      floats: (at: number) => buffer.readFloat32(at),
      bytes: (at: number) => buffer.readUint8(at),
    }[kind];
    return Array.from({ length }, (_, i) => read(start + i * elementBytes[kind]));
  }

  /** A view of the file. */
  bytes(name: Names<F, "bytes">): Uint8Array {
    const { start, length } = this.#vector(name, 1);
    return this.#file.bytes.subarray(start, start + length);
  }

  /** A view of `length` bytes of the file that lie outside of its tables. */
  outside(offset: number, length: number): Uint8Array {
    this.#file.claim(offset, length, "data");
    return this.#file.bytes.subarray(offset, offset + length);
  }

  string(name: Names<F, "string">): string {
    const at = this.#place(name, 4);
    if (at === undefined) return "";
    const start = this.#file.follow(at);
    this.#file.claim(start, 4, "a string");
    const length = this.#file.buffer.readUint32(start);
    this.#file.claim(start + 4, Math.min(length, longestString), "a string");
    const end = start + 4 + Math.min(length, longestString);
    return new TextDecoder().decode(this.#file.bytes.subarray(start + 4, end));
  }

  table<G extends TableFields>(name: Names<F, "table">, fields: G): FlatTable<G> | undefined {
    const at = this.#place(name, 4);
    return at === undefined ? undefined : new FlatTable(this.#file, this.#file.follow(at), fields);
  }

  tables<G extends TableFields>(name: Names<F, "tables">, fields: G): readonly FlatTable<G>[] {
    const { start, length } = this.#vector(name, 4);
    return Array.from(
      { length },
      (_, i) => new FlatTable(this.#file, this.#file.follow(start + 4 * i), fields),
    );
  }

  #vector(
    name: keyof F & string,
    size: number,
  ): { readonly start: number; readonly length: number } {
    const at = this.#place(name, 4);
    if (at === undefined) return { start: 0, length: 0 };
    const start = this.#file.follow(at);
    this.#file.claim(start, 4, "a vector");
    const length = this.#file.buffer.readUint32(start);
    this.#file.claim(start + 4, length * size, `field \`${name}\``);
    return { start: start + 4, length };
  }

  /** Where a field's `size` bytes lie, or `undefined` if it is absent. */
  #place(name: keyof F & string, size: number): number | undefined {
    const entry = 4 + 2 * this.#slots.get(name)!;
    if (entry + 2 > this.#vtableLength) return undefined;
    const offset = this.#file.buffer.readUint16(this.#vtable + entry);
    if (offset === 0) return undefined;
    if (offset < 4 || offset + size > this.#length)
      this.#file.damaged(this.#vtable + entry, `field \`${name}\` lies outside of its table`);
    return this.#position + offset;
  }
}

const slotTables = new WeakMap<TableFields, ReadonlyMap<string, number>>();

function slotsOf(fields: TableFields): ReadonlyMap<string, number> {
  const known = slotTables.get(fields);
  if (known) return known;
  const slots = new Map(Object.keys(fields).map((name, slot) => [name, slot]));
  slotTables.set(fields, slots);
  return slots;
}

/** The table that a file begins with. Throws `Rejected`, as do all reads. */
export function rootTable<F extends TableFields>(
  bytes: Uint8Array,
  model: string,
  fields: F,
): FlatTable<F> {
  const file = new FlatFile(bytes, model);
  return new FlatTable(file, file.follow(0), fields);
}
