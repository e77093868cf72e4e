import { create, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import {
  type AttributeProtoSchema,
  AttributeProto_AttributeType as AttributeType,
  TensorProto_DataType as DataType,
  ModelProtoSchema,
  type NodeProtoSchema,
  type TensorProtoSchema,
} from "onnx-buf";

/** A small language to write ONNX models in: `node("Conv", ["x", "w"], "y", { group: 3 })`. */

export type Node = MessageInitShape<typeof NodeProtoSchema>;
type Attribute = number | string | readonly number[] | readonly string[];

const dataType = {
  float32: DataType.FLOAT,
  uint8: DataType.UINT8,
  int8: DataType.INT8,
  int32: DataType.INT32,
  int64: DataType.INT64,
  int4: DataType.INT4,
} as const;

type Wire = keyof typeof dataType;

const arrayOf = {
  float32: Float32Array,
  uint8: Uint8Array,
  int8: Int8Array,
  int32: Int32Array,
  int64: BigInt64Array,
  int4: Int8Array,
} as const;

/** A named constant, graph input or graph output. */
export interface Value {
  readonly dtype: Wire;
  readonly shape: readonly number[];
  readonly values?: ArrayLike<number>;
}

/** Numbers become `i` where they are integral; use `{ alpha: 0.5 }` and `float` for the others. */
export function node(
  opType: string,
  input: readonly string[],
  output: string | readonly string[],
  attributes: Readonly<Record<string, Attribute | { float: number }>> = {},
  domain = "",
): Node {
  const attribute = Object.entries(attributes).map(([name, value]) => toAttribute(name, value));
  return { opType, domain, input: [...input], output: [output].flat() as string[], attribute };
}

function toAttribute(
  name: string,
  value: Attribute | { float: number },
): MessageInitShape<typeof AttributeProtoSchema> {
  if (typeof value === "string") {
    return { name, type: AttributeType.STRING, s: new TextEncoder().encode(value) };
  }
  if (typeof value === "number") return { name, type: AttributeType.INT, i: BigInt(value) };
  if ("float" in value) return { name, type: AttributeType.FLOAT, f: value.float };
  const words = value.filter((item) => typeof item === "string");
  if (words.length > 0) {
    const strings = words.map((word) => new TextEncoder().encode(word));
    return { name, type: AttributeType.STRINGS, strings };
  }
  return { name, type: AttributeType.INTS, ints: value.map(BigInt) };
}

export interface ModelText {
  readonly opset?: number;
  readonly inputs: Readonly<Record<string, Value>>;
  readonly outputs: Readonly<Record<string, Value>>;
  readonly constants?: Readonly<Record<string, Value>>;
  readonly nodes: readonly Node[];
}

export function modelBytes({
  opset = 17,
  inputs,
  outputs,
  constants = {},
  nodes,
}: ModelText): Uint8Array {
  const port = ([name, { dtype, shape }]: readonly [string, Value]) => {
    const dim = shape.map((size) => ({
      value: { case: "dimValue", value: BigInt(size) } as const,
    }));
    const tensorType = { elemType: dataType[dtype], shape: { dim } };
    return { name, type: { value: { case: "tensorType", value: tensorType } as const } };
  };
  const model = create(ModelProtoSchema, {
    irVersion: opset < 21 ? 8n : 10n,
    opsetImport: [
      { domain: "", version: BigInt(opset) },
      { domain: "com.microsoft", version: 1n },
    ],
    graph: {
      name: "one-op",
      node: [...nodes],
      input: Object.entries(inputs).map(port),
      output: Object.entries(outputs).map(port),
      initializer: Object.entries(constants).map(toInitializer),
    },
  });
  return toBinary(ModelProtoSchema, model);
}

function toInitializer([name, value]: readonly [string, Value]): MessageInitShape<
  typeof TensorProtoSchema
> {
  const { dtype, shape, values = [] } = value;
  const data =
    dtype === "int64"
      ? BigInt64Array.from(Array.from(values, BigInt))
      : new arrayOf[dtype](values as ArrayLike<number>);
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  const rawData = dtype === "int4" ? packNibbles(bytes) : bytes;
  return { name, dataType: dataType[dtype], dims: shape.map(BigInt), rawData };
}

/** Two elements to a byte, the first in the low nibble. */
function packNibbles(values: Uint8Array): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(
    { length: Math.ceil(values.length / 2) },
    (_, i) => (values[2 * i]! & 15) | (((values[2 * i + 1] ?? 0) & 15) << 4),
  );
}
