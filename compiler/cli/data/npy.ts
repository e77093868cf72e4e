// Arrays of NumPy: the `.npy` format.
// @source NumPy enhancement proposal 1, and the documentation of `numpy.lib.format`
import { float16ToFloat32, parse } from "npyjs";
import type { Shape } from "../../ir/types.ts";
import { malformedNpy, reject, truncatedNpy, unsupportedNpyDType } from "./diagnostics.ts";

/** Elements as they lie in the file; `float16` by its bits. */
export type NpyData =
  | Float32Array
  | Float64Array
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array;

const arrayOf = {
  f2: Uint16Array,
  f4: Float32Array,
  f8: Float64Array,
  i1: Int8Array,
  i2: Int16Array,
  i4: Int32Array,
  i8: BigInt64Array,
  u1: Uint8Array,
  u2: Uint16Array,
  u4: Uint32Array,
  u8: BigUint64Array,
  b1: Uint8Array,
} as const;

const nameOf = {
  f2: "float16",
  f4: "float32",
  f8: "float64",
  i1: "int8",
  i2: "int16",
  i4: "int32",
  i8: "int64",
  u1: "uint8",
  u2: "uint16",
  u4: "uint32",
  u8: "uint64",
  b1: "bool",
} as const;

type Code = keyof typeof arrayOf;

export type NpyDType = (typeof nameOf)[Code];

/** An array of a file, row-major. */
export interface NpyArray {
  readonly file: string;
  readonly dtype: NpyDType;
  readonly shape: Shape;
  readonly data: NpyData;
}

/** NumPy itself refuses headers above 10,000 bytes. */
const longestHeader = 2 ** 14;

/**
 * Reads an array. The elements are a view of `bytes` where their alignment allows; nothing is allocated
 * beyond the size of the file. Fortran order is turned into row-major order. Rejects what is malformed,
 * cut off, big-endian, or not of a numeric dtype; bytes after the data are passed over, as NumPy does.
 * @param file the path, for messages
 */
export function readNpy(bytes: Uint8Array, file: string): NpyArray {
  const { text, end } = headerOf(bytes, file);
  const { code, shape, isFortran } = fieldsOf(text, file);
  const count = countOf(shape);
  const itemSize = arrayOf[code].BYTES_PER_ELEMENT;
  const found = bytes.length - end;
  if (!(count * itemSize <= found)) {
    return reject(truncatedNpy(file, shape, count * itemSize, found));
  }
  const rows = viewOf(bytes, end, code, count);
  const data = isFortran && shape.length > 1 ? toRowMajor(rows, shape) : rows;
  return { file, dtype: nameOf[code], shape, data };
}

/** The header's dictionary, and where the data begins. */
function headerOf(bytes: Uint8Array, file: string): { text: Uint8Array; end: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const magic = [0x93, ...new TextEncoder().encode("NUMPY")];
  if (bytes.length < 12 || magic.some((byte, i) => bytes[i] !== byte)) {
    return reject(malformedNpy(file, "it does not begin as one"));
  }
  const major = bytes[6]!;
  if (major < 1 || major > 3) return reject(malformedNpy(file, `unknown version ${major}`));
  const start = major === 1 ? 10 : 12;
  const length = major === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  if (length > longestHeader) return reject(malformedNpy(file, `a header of ${length} bytes`));
  const end = start + length;
  if (end > bytes.length) return reject(malformedNpy(file, "the header is cut off"));
  return { text: bytes.subarray(start, end), end };
}

function fieldsOf(
  text: Uint8Array,
  file: string,
): { readonly code: Code; readonly shape: Shape; readonly isFortran: boolean } {
  const { dtype, shape, fortranOrder } = parseHeader(text, file);
  if (!(dtype in arrayOf)) return reject(unsupportedNpyDType(file, dtype));
  if (!shape.every((size) => Number.isSafeInteger(size) && size >= 0)) {
    return reject(malformedNpy(file, "the shape holds something else than sizes"));
  }
  return { code: dtype as Code, shape, isFortran: fortranOrder };
}

/**
 * Lets npyjs read the dictionary alone, as a file without data: it does not compare the shape with the
 * size of the file, and views the data only where the header's length happens to align it.
 */
function parseHeader(text: Uint8Array, file: string): ReturnType<typeof parse> {
  const dictionary = new TextDecoder("latin1").decode(text);
  for (const field of ["'descr'", "'fortran_order'", "'shape'"]) {
    if (!dictionary.includes(field)) return reject(malformedNpy(file, `no ${field} in the header`));
  }
  const aligned = new Uint8Array(Math.ceil((12 + text.length) / 16) * 16).fill(0x20);
  aligned.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 2, 0]);
  new DataView(aligned.buffer).setUint32(8, aligned.length - 12, true);
  aligned.set(text, 12);
  try {
    return parse(aligned.buffer);
  } catch (error) {
    const dtype = /'descr'\s*:\s*'([^']{1,40})'/.exec(dictionary)?.[1];
    const isDType = dtype !== undefined && String(error).includes("dtype");
    return reject(
      isDType ? unsupportedNpyDType(file, dtype) : malformedNpy(file, "malformed header"),
    );
  }
}

/** The number of elements; may be inexact or infinite for sizes that no file has. */
function countOf(shape: Shape): number {
  return shape.includes(0) ? 0 : shape.reduce((product, size) => product * size, 1);
}

function viewOf(bytes: Uint8Array, start: number, code: Code, count: number): NpyData {
  const type = arrayOf[code];
  const end = start + count * type.BYTES_PER_ELEMENT;
  const isAligned = (bytes.byteOffset + start) % type.BYTES_PER_ELEMENT === 0;
  const aligned = isAligned
    ? bytes.subarray(start, end)
    : Uint8Array.from(bytes.subarray(start, end));
  return new type(aligned.buffer as ArrayBuffer, aligned.byteOffset, count);
}

/** From Fortran's order, where the first index runs fastest. */
function toRowMajor<T extends NpyData>(columns: T, shape: Shape): T {
  const rows = columns.slice() as T;
  const strides = shape.map((_, axis) => countOf(shape.slice(0, axis)));
  const index = shape.map(() => 0);
  let from = 0;
  for (let to = 0; to < rows.length; to++) {
    rows[to] = columns[from]!;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      from += strides[axis]!;
      if (++index[axis]! < shape[axis]!) break;
      from -= strides[axis]! * shape[axis]!;
      index[axis] = 0;
    }
  }
  return rows;
}

/**
 * The elements from `start` to `end` as numbers: a view of the data where it holds such, else converted.
 * 64-bit integers beyond 2^53 are rounded; bools are 0 and 1.
 */
export function numbersOf(array: NpyArray, start = 0, end = array.data.length): ArrayLike<number> {
  const part = array.data.subarray(start, end);
  if (part instanceof BigInt64Array || part instanceof BigUint64Array) {
    return Float64Array.from(part as Iterable<bigint>, Number);
  }
  if (array.dtype === "float16") return Float32Array.from(part, float16ToFloat32);
  if (array.dtype === "bool") return Uint8Array.from(part, (x) => (x === 0 ? 0 : 1));
  return part;
}

/** An array as a `.npy` file of version 1.0, its data aligned to 64 bytes. */
export function encodeNpy(data: NpyData, shape: Shape): Uint8Array {
  if (countOf(shape) !== data.length) {
    throw new Error(`internal: ${data.length} elements for [${shape.join(", ")}]`);
  }
  const sizes = shape.map((size) => `${size},`).join(" ");
  const fields = `{'descr': '${descrOf(data)}', 'fortran_order': False, 'shape': (${sizes}), }`;
  const length = Math.ceil((10 + fields.length + 1) / 64) * 64;
  const bytes = new Uint8Array(length + data.byteLength);
  bytes.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, (length - 10) & 255, (length - 10) >> 8]);
  bytes.set(new TextEncoder().encode(`${fields.padEnd(length - 11)}\n`), 10);
  bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), length);
  return bytes;
}

function descrOf(data: NpyData): string {
  const codes = (Object.keys(arrayOf) as Code[]).filter((code) => code !== "f2" && code !== "b1");
  const code = codes.find((candidate) => data instanceof arrayOf[candidate])!;
  return `${data.BYTES_PER_ELEMENT === 1 ? "|" : "<"}${code}`;
}
