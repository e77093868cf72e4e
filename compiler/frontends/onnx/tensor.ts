import {
  TensorProto_DataLocation as DataLocation,
  TensorProto_DataType as DataType,
  type SparseTensorProto,
  type TensorProto,
} from "onnx-buf";
import { Rejected } from "../../../grammar/source/diagnostic.ts";
import { allocate, sizeOf, type Tensor, type TypedArray } from "../../ir/types.ts";
import { missingExternalData, unsupportedType, unusableTensor } from "../diagnostics.ts";
import {
  bfloat16ToFloat,
  decode,
  halfToFloat,
  narrow,
  saturateBigInt,
  type WireType,
  wireByteLength,
} from "../wire-types.ts";

/** Bytes of a file beside the model; throws or gives `undefined` if there is none. The caller guards the path. */
export type ReadExternal = (
  location: string,
  offset: number,
  length: number | undefined,
) => Uint8Array | undefined;

/** What reading a tensor needs to know of its file. */
export interface TensorSource {
  /** The file's name in diagnostics. */
  readonly model: string;
  readonly readExternal?: ReadExternal | undefined;
}

const wireTypes: Readonly<Record<number, WireType>> = {
  [DataType.FLOAT]: "float32",
  [DataType.UINT8]: "uint8",
  [DataType.INT8]: "int8",
  [DataType.UINT16]: "uint16",
  [DataType.INT16]: "int16",
  [DataType.INT32]: "int32",
  [DataType.INT64]: "int64",
  [DataType.BOOL]: "bool",
  [DataType.FLOAT16]: "float16",
  [DataType.DOUBLE]: "float64",
  [DataType.UINT32]: "uint32",
  [DataType.UINT64]: "uint64",
  [DataType.BFLOAT16]: "bfloat16",
  [DataType.UINT4]: "uint4",
  [DataType.INT4]: "int4",
};

/** The element type that a file states by number. Rejects the ones that graphs cannot hold. */
export function wireType(model: string, value: string, dataType: number): WireType {
  const wire = wireTypes[dataType];
  if (wire === undefined)
    throw new Rejected([unsupportedType(model, value, DataType[dataType] ?? `${dataType}`)]);
  return wire;
}

/** A tensor of the file in a dtype of the graph. Throws `Rejected`. */
export function readTensor(proto: TensorProto, source: TensorSource, name = proto.name): Tensor {
  const wire = wireType(source.model, name, proto.dataType);
  const shape = readShape(proto.dims, source.model, name);
  const length = sizeOf(shape);
  const data =
    proto.dataLocation === DataLocation.EXTERNAL
      ? fromBytes(externalBytes(proto, source, name), wire, length, source.model, name)
      : proto.rawData.length > 0
        ? fromBytes(proto.rawData, wire, length, source.model, name)
        : fromFields(proto, wire, length);
  if (data.length !== length) {
    const fault = `it holds ${data.length} elements for a shape of [${shape}]`;
    throw new Rejected([unusableTensor(source.model, name, fault)]);
  }
  return { dtype: narrow(wire), shape, data };
}

/** Extents of a constant; a file may claim any number, so they are checked before anything is made of them. */
function readShape(dims: readonly bigint[], model: string, name: string): readonly number[] {
  const shape = dims.map(Number);
  if (!shape.every((size) => size >= 0) || !Number.isSafeInteger(sizeOf(shape)))
    throw new Rejected([unusableTensor(model, name, `it has the shape [${dims}]`)]);
  return shape;
}

function fromBytes(
  bytes: Uint8Array,
  wire: WireType,
  length: number,
  model: string,
  name: string,
): TypedArray {
  const wanted = wireByteLength(wire, length);
  if (bytes.length !== wanted) {
    const fault = `it holds ${bytes.length} bytes where ${wanted} are needed`;
    throw new Rejected([unusableTensor(model, name, fault)]);
  }
  return decode(wire, bytes, length);
}

function externalBytes(proto: TensorProto, source: TensorSource, name: string): Uint8Array {
  const entries = new Map(proto.externalData.map(({ key, value }) => [key, value]));
  const location = entries.get("location") ?? "";
  const fail = (reason: string) =>
    new Rejected([missingExternalData(source.model, name, location, reason)]);
  if (source.readExternal === undefined) throw fail("no reader of such files was given");
  const offset = Number(entries.get("offset") ?? 0);
  const length = entries.has("length") ? Number(entries.get("length")) : undefined;
  if (!(offset >= 0) || (length !== undefined && !(length >= 0)))
    throw fail("its place is invalid");
  let bytes: Uint8Array | undefined;
  try {
    bytes = source.readExternal(location, offset, length);
  } catch (error) {
    throw fail((error as Error).message);
  }
  if (bytes === undefined) throw fail("there is no such file");
  return bytes;
}

/** Elements that stand in the typed fields of the message. */
function fromFields(proto: TensorProto, wire: WireType, length: number): TypedArray {
  switch (wire) {
    case "float32":
      return Float32Array.from(proto.floatData);
    case "float64":
      return Float32Array.from(proto.doubleData);
    case "int64":
      return Int32Array.from(proto.int64Data, saturateBigInt);
    case "uint32":
    case "uint64":
      return Int32Array.from(proto.uint64Data, saturateBigInt);
    case "float16":
      return Float32Array.from(proto.int32Data, halfToFloat);
    case "bfloat16":
      return bfloat16ToFloat(proto.int32Data);
    case "int4":
    case "uint4": {
      const bytes = Uint8Array.from(proto.int32Data);
      return bytes.length === wireByteLength(wire, length)
        ? decode(wire, bytes, length)
        : allocate(wire, 0);
    }
    case "bool":
      return Uint8Array.from(proto.int32Data, (x) => (x === 0 ? 0 : 1));
    default: {
      const data = allocate(wire, proto.int32Data.length);
      data.set(proto.int32Data);
      return data;
    }
  }
}

/** The dense tensor that a sparse one stands for. `mostElements` bounds what it may grow to. */
export function readSparseTensor(
  proto: SparseTensorProto,
  source: TensorSource,
  mostElements: number,
): Tensor {
  const name = proto.values?.name ?? "";
  const fail = (fault: string) => new Rejected([unusableTensor(source.model, name, fault)]);
  if (!proto.values || !proto.indices) throw fail("it has no values or no indices");
  const shape = readShape(proto.dims, source.model, name);
  const values = readTensor(proto.values, source, name);
  const indices = readTensor(proto.indices, source, name);
  const count = values.data.length;
  if (sizeOf(shape) > mostElements) throw fail(`its dense shape [${shape}] is too large`);
  const linear = indices.shape.length === 1;
  if (indices.data.length !== count * (linear ? 1 : shape.length))
    throw fail("its indices do not fit");
  const data = allocate(values.dtype, sizeOf(shape));
  for (let i = 0; i < count; i++) {
    const at = linear
      ? indices.data[i]!
      : shape.reduce((sum, size, axis) => sum * size + indices.data[i * shape.length + axis]!, 0);
    if (!(0 <= at && at < data.length)) throw fail("an index lies outside of its shape");
    data[at] = values.data[i]!;
  }
  return { dtype: values.dtype, shape, data };
}
