/**
 * Element types inside a graph. Frontends narrow what the wire formats have beyond these: int64,
 * uint64 and uint32 become int32 (saturating, which keeps the meaning of "to the end" sentinels),
 * float16, bfloat16 and float64 become float32. The wire type stays known at the graph's border.
 */
export type DType =
  | "float32"
  | "int8"
  | "uint8"
  | "int16"
  | "uint16"
  | "int32"
  | "bool"
  | "int4"
  | "uint4";

/** Extents, outermost first. Graphs are specialised: a symbolic dimension is fixed while importing. */
export type Shape = readonly number[];

/**
 * `real = scale · (q − zeroPoint)`. One element: per tensor. Several: one for each index of `axis`, or one for each
 * `group` of successive elements; then `axis` is the last one. Scales are positive finite float32 numbers.
 */
export interface QuantParams {
  readonly scale: readonly number[];
  readonly zeroPoint: readonly number[];
  /** Present if and only if the parameters are per channel or per group. */
  readonly axis?: number;
  /** Elements of a group, a divisor of the extent of `axis`; the groups are counted row-major. */
  readonly group?: number;
}

export interface TensorType {
  readonly dtype: DType;
  readonly shape: Shape;
  /** What the integers mean; absent for real values, indices and raw accumulators. */
  readonly quant?: QuantParams;
}

export type TypedArray =
  | Float32Array
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array;

/** A constant or a run-time value. 4-bit elements are held one per byte. */
export interface Tensor extends TensorType {
  readonly data: TypedArray;
}

/** The inclusive range of the integers of a quantized dtype. */
export const quantRange = {
  int4: [-8, 7],
  uint4: [0, 15],
  int8: [-128, 127],
  uint8: [0, 255],
  int16: [-32768, 32767],
  uint16: [0, 65535],
  int32: [-(2 ** 31), 2 ** 31 - 1],
} as const satisfies Partial<Record<DType, readonly [number, number]>>;

export type QuantizedDType = keyof typeof quantRange;

const arrayOf = {
  float32: Float32Array,
  int8: Int8Array,
  uint8: Uint8Array,
  int16: Int16Array,
  uint16: Uint16Array,
  int32: Int32Array,
  bool: Uint8Array,
  int4: Int8Array,
  uint4: Uint8Array,
} as const;

/** Zeroed storage for `length` elements. */
export function allocate(dtype: DType, length: number): TypedArray {
  return new arrayOf[dtype](length);
}

/** Bytes that an element takes in memory: 1 also for `bool` and the 4-bit dtypes. */
export function bytesPerElement(dtype: DType): number {
  return arrayOf[dtype].BYTES_PER_ELEMENT;
}

/** The number of elements of a shape; 1 for a scalar. */
export function sizeOf(shape: Shape): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** Whether rank and all extents agree. */
export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((size, i) => size === b[i]);
}

/** The shape of two operands together, aligned at the last axis, where an extent of 1 stretches (NumPy); `undefined` if they have none. */
export function broadcastTwo(a: Shape, b: Shape): Shape | undefined {
  if (sameShape(a, b)) return a;
  const rank = Math.max(a.length, b.length);
  const sizes = new Array<number>(rank);
  for (let axis = 0; axis < rank; axis++) {
    const x = a[axis - rank + a.length] ?? 1;
    const y = b[axis - rank + b.length] ?? 1;
    if (x !== y && x !== 1 && y !== 1) return undefined;
    sizes[axis] = x === 1 ? y : x;
  }
  return sizes;
}

/** How the scales of parameters lie: one, along their axis, or in the tensor's shape with its axis in groups. */
export function parameterShape(shape: Shape, { axis, group }: QuantParams): Shape {
  if (axis === undefined) return [];
  return group === undefined
    ? [shape[axis]!]
    : shape.map((size, i) => (i === axis ? size / group : size));
}

/** Whether scales, zero points, axis and group agree, or both are absent. */
export function sameQuant(a: QuantParams | undefined, b: QuantParams | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return (
    a.axis === b.axis &&
    a.group === b.group &&
    sameShape(a.scale, b.scale) &&
    sameShape(a.zeroPoint, b.zeroPoint)
  );
}

/** Whether dtype, shape and quantization agree. */
export function sameType(a: TensorType, b: TensorType): boolean {
  return a.dtype === b.dtype && sameShape(a.shape, b.shape) && sameQuant(a.quant, b.quant);
}

/** A tensor from plain numbers. */
export function tensor(dtype: DType, shape: Shape, values: ArrayLike<number>): Tensor {
  const data = allocate(dtype, sizeOf(shape));
  data.set(values as ArrayLike<number>);
  return { dtype, shape, data };
}

/** `f32[1, 28, 28, 8]`, `i8[16]{0.5, -3}`, `i8[4]{[0.5, 1], [0, 0], axis 0, group 2}`: the text form's and messages' notation. */
export function printType({ dtype, shape, quant }: TensorType): string {
  const plain = `${dtypeNotation[dtype]}[${shape.join(", ")}]`;
  if (quant === undefined) return plain;
  const list = (values: readonly number[]) =>
    values.length === 1 ? `${values[0]}` : `[${values.join(", ")}]`;
  const axis = quant.axis === undefined ? "" : `, axis ${quant.axis}`;
  const group = quant.group === undefined ? "" : `, group ${quant.group}`;
  return `${plain}{${list(quant.scale)}, ${list(quant.zeroPoint)}${axis}${group}}`;
}

/** Names in the text form and in rule files. */
export const dtypeNotation = {
  float32: "f32",
  int8: "i8",
  uint8: "u8",
  int16: "i16",
  uint16: "u16",
  int32: "i32",
  bool: "bool",
  int4: "i4",
  uint4: "u4",
} as const satisfies Record<DType, string>;
