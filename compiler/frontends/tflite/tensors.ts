import { Rejected } from "../../../grammar/source/diagnostic.ts";
import {
  type QuantizedDType,
  type QuantParams,
  quantRange,
  sizeOf,
  type Tensor,
  type TensorType,
} from "../../ir/types.ts";
import { unsupportedFeature, unsupportedType, unusableTensor } from "../diagnostics.ts";
import { decode, narrow, type WireType, wireByteLength } from "../wire-types.ts";
import type { FlatTable } from "./flat-table.ts";
import {
  type bufferFields,
  quantizationFields,
  type tensorFields,
  tensorTypes,
  unsupportedTensorTypes,
} from "./schema.ts";

/** More axes than any kernel takes. */
const mostAxes = 16;

/** A tensor of the main subgraph as the file states it. */
export interface FileTensor {
  readonly name: string;
  readonly wire: WireType;
  readonly shape: readonly number[];
  /** The shape with −1 for what the file leaves open; empty where it says nothing of that. */
  readonly signature: readonly number[];
  /** Parameters, checked; absent for tensors that are not quantized. */
  readonly quant?: QuantParams;
  /** Parameters are stated, even if the dtype is one that only constants are quantized to. */
  readonly isVariable: boolean;
  /** Bytes of a constant; empty for values that are computed. */
  readonly data: Uint8Array;
}

const quantizedWires: ReadonlySet<WireType> = new Set(["int8", "uint8", "int16", "uint16", "int4"]);

/** Whether values of the tensor stand for reals; an int32 or int64 tensor is only if it is a constant. */
export function isQuantized({ quant, wire, data }: FileTensor): boolean {
  return quant !== undefined && (quantizedWires.has(wire) || data.length > 0);
}

/** The tensor's type in the graph. */
export function typeOf(tensor: FileTensor): TensorType {
  const { wire, shape, quant } = tensor;
  return { dtype: narrow(wire), shape, ...(isQuantized(tensor) && quant && { quant }) };
}

/** Reads a tensor's entry and finds its data. Throws `Rejected`. */
export function readFileTensor(
  table: FlatTable<typeof tensorFields>,
  buffers: readonly FlatTable<typeof bufferFields>[],
  index: number,
  model: string,
): FileTensor {
  const name = table.string("name") || `tensor_${index}`;
  const fail = (fault: string): never => {
    throw new Rejected([unusableTensor(model, name, fault)]);
  };
  const type = table.number("type");
  const wire = tensorTypes[type];
  if (wire === undefined)
    throw new Rejected([unsupportedType(model, name, unsupportedTensorTypes[type] ?? `${type}`)]);
  if (table.has("sparsity"))
    throw new Rejected([unsupportedFeature(model, name, "a sparse tensor is")]);
  const shape = table.numbers("shape");
  if (shape.length > mostAxes) fail(`it has ${shape.length} axes`);
  const data = dataOf(table, buffers, fail);
  const open = shape.some((size) => size < 0);
  if (open && data.length > 0) fail(`it has the shape [${shape}]`);
  const quant = readQuant(table, shape, wire, fail);
  return {
    name,
    wire,
    shape: shape.map((size) => (size < 0 ? 1 : size)),
    signature: table.has("shapeSignature") ? table.numbers("shapeSignature") : open ? shape : [],
    ...(quant && { quant }),
    isVariable: table.number("isVariable") === 1,
    data,
  };
}

function dataOf(
  table: FlatTable<typeof tensorFields>,
  buffers: readonly FlatTable<typeof bufferFields>[],
  fail: (fault: string) => never,
): Uint8Array {
  const index = table.number("buffer");
  const buffer = buffers[index];
  if (buffer === undefined)
    return buffers.length === 0 && index === 0
      ? new Uint8Array()
      : fail(`there is no buffer ${index}`);
  // Models of more than 2 GB keep their data behind the tables.
  const offset = buffer.number("offset");
  return offset > 1 ? buffer.outside(offset, buffer.number("size")) : buffer.bytes("data");
}

function readQuant(
  table: FlatTable<typeof tensorFields>,
  shape: readonly number[],
  wire: WireType,
  fail: (fault: string) => never,
): QuantParams | undefined {
  const quantization = table.table("quantization", quantizationFields);
  const scale = quantization?.numbers("scale") ?? [];
  const dtype = narrow(wire);
  if (quantization === undefined || scale.length === 0 || !(dtype in quantRange)) return undefined;
  const stated = quantization.numbers("zeroPoint");
  const zeroPoint = scale.map((_, i) => (stated.length === 1 ? stated[0]! : (stated[i] ?? 0)));
  const [low, high] = quantRange[dtype as QuantizedDType];
  const badScale = scale.find((s) => !(0 < s && s < Number.POSITIVE_INFINITY));
  if (badScale !== undefined) fail(`it has a scale of ${badScale}`);
  const badZero = zeroPoint.find((z) => !(low <= z && z <= high));
  if (badZero !== undefined) fail(`it has a zero point of ${badZero}`);
  if (scale.length === 1) return { scale, zeroPoint };
  const axis = quantization.number("quantizedDimension");
  if (shape[axis] !== scale.length)
    fail(`it has ${scale.length} scales for axis ${axis} of [${shape}]`);
  return { scale, zeroPoint, axis };
}

/** The constant behind a tensor with data. Throws `Rejected` when data and shape disagree. */
export function readConstant(tensor: FileTensor, model: string): Tensor {
  const { wire, shape, data, name } = tensor;
  const length = sizeOf(shape);
  const wanted = wireByteLength(wire, length);
  if (data.length !== wanted) {
    const fault = `it holds ${data.length} bytes where [${shape}] needs ${wanted}`;
    throw new Rejected([unusableTensor(model, name, fault)]);
  }
  return { ...typeOf(tensor), data: decode(wire, data, length) };
}
