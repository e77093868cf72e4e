import { type DType, quantRange, type TypedArray } from "../ir/types.ts";

/**
 * How the element types of files become those of graphs. int64, uint64 and uint32 saturate to int32; float16,
 * bfloat16 and float64 become float32; 4-bit integers are unpacked, one per byte.
 */

/** Element types of files. */
export type WireType = DType | "float16" | "bfloat16" | "float64" | "int64" | "uint64" | "uint32";

/** Bits of one element in a file. */
const bits: Readonly<Record<WireType, number>> = {
  float32: 32,
  float16: 16,
  bfloat16: 16,
  float64: 64,
  int8: 8,
  uint8: 8,
  int16: 16,
  uint16: 16,
  int32: 32,
  uint32: 32,
  int64: 64,
  uint64: 64,
  bool: 8,
  int4: 4,
  uint4: 4,
};

/** The dtype that holds elements of `wire` in a graph. */
export function narrow(wire: WireType): DType {
  switch (wire) {
    case "float16":
    case "bfloat16":
    case "float64":
      return "float32";
    case "int64":
    case "uint64":
    case "uint32":
      return "int32";
    default:
      return wire;
  }
}

/** What a port states as `wire`: the file's element type where the graph's differs. */
export function wireOf(wire: WireType): { readonly wire?: string } {
  return narrow(wire) === wire ? {} : { wire };
}

/** Bytes of `length` elements in a file; 4-bit ones lie two in a byte. */
export function wireByteLength(wire: WireType, length: number): number {
  return Math.ceil((length * bits[wire]) / 8);
}

const views = {
  float32: Float32Array,
  int8: Int8Array,
  uint8: Uint8Array,
  int16: Int16Array,
  uint16: Uint16Array,
  int32: Int32Array,
} as const;

/**
 * `length` little-endian elements. Where nothing is to be converted and the alignment allows it, the result is a
 * view of `bytes`, which must not change any more. `bytes` has `wireByteLength(wire, length)` bytes.
 */
export function decode(wire: WireType, bytes: Uint8Array, length: number): TypedArray {
  switch (wire) {
    case "float16":
      return Float32Array.from(array(Uint16Array, bytes), halfToFloat);
    case "bfloat16":
      return bfloat16ToFloat(array(Uint16Array, bytes));
    case "float64":
      return Float32Array.from(array(Float64Array, bytes));
    case "int64":
      return saturateWords(array(Uint32Array, bytes), true);
    case "uint64":
      return saturateWords(array(Uint32Array, bytes), false);
    case "uint32":
      return Int32Array.from(array(Uint32Array, bytes), (x) => Math.min(x, quantRange.int32[1]));
    case "bool":
      return Uint8Array.from(bytes, (x) => (x === 0 ? 0 : 1));
    case "int4":
      return Int8Array.from({ length }, (_, i) => (nibble(bytes, i) << 28) >> 28);
    case "uint4":
      return Uint8Array.from({ length }, (_, i) => nibble(bytes, i));
    default:
      return array<TypedArray>(views[wire], bytes);
  }
}

/** The first of two elements lies in the low half of the byte. */
function nibble(bytes: Uint8Array, i: number): number {
  return (bytes[i >> 1]! >> (4 * (i & 1))) & 15;
}

interface ArrayType<A> {
  readonly BYTES_PER_ELEMENT: number;
  new (buffer: ArrayBufferLike, byteOffset: number, length: number): A;
}

function array<A>(type: ArrayType<A>, bytes: Uint8Array): A {
  const size = type.BYTES_PER_ELEMENT;
  const { buffer, byteOffset, byteLength } = byteOffsetFits(bytes, size)
    ? bytes
    : new Uint8Array(bytes);
  return new type(buffer, byteOffset, byteLength / size);
}

function byteOffsetFits(bytes: Uint8Array, size: number): boolean {
  return bytes.byteOffset % size === 0;
}

/** 64-bit integers as pairs of words, low word first. */
function saturateWords(words: Uint32Array, signed: boolean): Int32Array {
  const result = new Int32Array(words.length / 2);
  const [least, most] = quantRange.int32;
  for (let i = 0; i < result.length; i++) {
    const low = words[2 * i]! | 0;
    const high = words[2 * i + 1]! | 0;
    if (high === low >> 31 && (signed || high === 0)) result[i] = low;
    else result[i] = signed && high < 0 ? least : most;
  }
  return result;
}

/** A 64-bit integer as int32, saturating. */
export function saturateBigInt(x: bigint): number {
  const [least, most] = quantRange.int32;
  return x < BigInt(least) ? least : x > BigInt(most) ? most : Number(x);
}

/** The value of IEEE 754 binary16 bits. */
export function halfToFloat(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  return sign * (1024 + fraction) * 2 ** (exponent - 25);
}

/** bfloat16 is the upper half of a float32. */
export function bfloat16ToFloat(halves: ArrayLike<number>): Float32Array {
  const words = Uint32Array.from(halves, (half) => (half << 16) >>> 0);
  return new Float32Array(words.buffer);
}
