import { ByteReader } from "./bytes.ts";

/** Where a body names a function: bytes `start` to before `end` are its index. */
export interface CallSite {
  readonly start: number;
  readonly end: number;
  readonly callee: number;
}

/**
 * Every call in the body of a function: its instructions are read one by one, as only who knows what follows each opcode knows where the
 * next begins. Throws on instructions that refer to more than functions, locals, globals and the one memory: the kernels have none.
 * Source: WebAssembly Core Specification 3.0, section 5.4.
 *
 * @param body locals and instructions, without the length
 */
export function callsOf(body: Uint8Array): readonly CallSite[] {
  const reader = new ByteReader(body);
  const calls: CallSite[] = [];
  reader.list(() => [reader.u32(), reader.byte()]);
  while (!reader.isAtEnd) {
    const opcode = reader.byte();
    const start = reader.at;
    if (opcode === 0x10) calls.push({ start, callee: reader.u32(), end: reader.at });
    else skip(immediatesOf(opcode, reader), reader);
  }
  return calls;
}

/** What follows an opcode: numbers in LEB128, then single bytes. */
type Immediates = readonly [numbers: number, bytes: number];

function skip([numbers, bytes]: Immediates, reader: ByteReader): void {
  for (let i = 0; i < numbers; i++) reader.skipNumber();
  reader.take(bytes);
}

const nothing: Immediates = [0, 0];
const number: Immediates = [1, 0];
/** Alignment and offset. */
const place: Immediates = [2, 0];

function immediatesOf(opcode: number, reader: ByteReader): Immediates {
  const isIn = (first: number, last: number) => opcode >= first && opcode <= last;
  if (isIn(0x00, 0x01) || opcode === 0x05 || opcode === 0x0b || opcode === 0x0f) return nothing;
  // block, loop, if: what they give. br, br_if.
  if (isIn(0x02, 0x04) || isIn(0x0c, 0x0d)) return number;
  // br_table: as many labels, and the default.
  if (opcode === 0x0e) return [reader.u32() + 1, 0];
  if (isIn(0x1a, 0x1b)) return nothing; // drop, select
  if (isIn(0x20, 0x24)) return number; // locals and globals
  if (isIn(0x28, 0x3e)) return place; // loads and stores
  if (isIn(0x3f, 0x42)) return number; // memory.size, memory.grow, integer constants
  if (opcode === 0x43) return [0, 4];
  if (opcode === 0x44) return [0, 8];
  if (isIn(0x45, 0xc4)) return nothing; // arithmetic
  if (opcode === 0xfc) return bulk(reader.u32());
  if (opcode === 0xfd) return vector(reader.u32());
  throw unknown(opcode);
}

/** After the prefix 0xfc: conversions that saturate, memory.copy and memory.fill. */
function bulk(opcode: number): Immediates {
  if (opcode <= 7) return nothing;
  if (opcode === 10) return [2, 0];
  if (opcode === 11) return number;
  throw unknown(opcode);
}

/** After the prefix 0xfd: SIMD, and from 0x100 on relaxed SIMD. */
function vector(opcode: number): Immediates {
  if (opcode <= 11 || opcode === 92 || opcode === 93) return place;
  if (opcode === 12 || opcode === 13) return [0, 16]; // constants and shuffles
  if (opcode >= 21 && opcode <= 34) return [0, 1]; // a lane
  return opcode >= 84 && opcode <= 91 ? [2, 1] : nothing; // a lane in memory
}

function unknown(opcode: number): Error {
  return new Error(`internal: a kernel has an instruction that is not linked: ${opcode}`);
}
