import { create, toBinary } from "@bufbuild/protobuf";
import {
  type AttributeProto,
  AttributeProto_AttributeType,
  AttributeProtoSchema,
  ModelProtoSchema,
  type NodeProto,
  NodeProtoSchema,
  type TensorProto,
  TensorProto_DataType,
  TensorProtoSchema,
  type ValueInfoProto,
  ValueInfoProtoSchema,
} from "onnx-buf";
import type { ExportedValue, OnnxAttribute, OnnxExportBuilder } from "../../ir/op.ts";
import {
  parameterShape,
  type QuantParams,
  sameType,
  type Tensor,
  type TensorType,
  tensor,
} from "../../ir/types.ts";
import { UniqueNames } from "../../ir/unique-names.ts";
import { permuteTensor, permuteType, toChannelFirst, toChannelLast } from "./layout.ts";

/** A node has no form in ONNX; the message says why. Caught where all obstacles are collected. */
export class NodeRejected extends Error {}

type Layout = ExportedValue["layout"];

/** What stands behind a value until an op reads it. */
type Source =
  /** The output of a node, or an input. */
  | { readonly kind: "named" }
  /** A constant; integers with parameters stand for the reals that they mean when `real` is set. */
  | { readonly kind: "constant"; readonly tensor: Tensor; readonly wire?: "int64" }
  /** The reals of quantized integers: each reader gets a DequantizeLinear of its own (O-21). */
  | { readonly kind: "dequantized"; readonly integers: ExportedValue }
  /** The elements of another value in the same order, seen as a value of another layout. */
  | { readonly kind: "view"; readonly of: ExportedValue };

const elementTypes: Readonly<Record<string, TensorProto_DataType>> = {
  float32: TensorProto_DataType.FLOAT,
  int8: TensorProto_DataType.INT8,
  uint8: TensorProto_DataType.UINT8,
  int4: TensorProto_DataType.INT4,
  uint4: TensorProto_DataType.UINT4,
  int16: TensorProto_DataType.INT16,
  uint16: TensorProto_DataType.UINT16,
  int32: TensorProto_DataType.INT32,
  int64: TensorProto_DataType.INT64,
  bool: TensorProto_DataType.BOOL,
};

/** The operator sets that are written, and the version of the file format that came with each. */
export type Opset = 17 | 21;
const irVersions = { 17: 8n, 21: 10n } as const;

/** Writes one ONNX model: the builder that op exporters see, and what the backend itself needs. */
export class ModelBuilder implements OnnxExportBuilder {
  readonly #name: string;
  readonly #nodes: NodeProto[] = [];
  readonly #initializers: TensorProto[] = [];
  readonly #inputs: ValueInfoProto[] = [];
  readonly #inputNames = new Set<string>();
  readonly #outputs: ValueInfoProto[] = [];
  readonly #sources = new Map<string, Source>();
  readonly #names = new UniqueNames();
  /** The other layout of a value, once it has been written. */
  readonly #transposed = new Map<string, ExportedValue>();
  readonly #written = new Map<string, string>();
  #node = "";
  readonly opset: Opset;

  constructor(name: string, opset: Opset) {
    this.#name = name;
    this.opset = opset;
  }

  /** Names of what is added next derive from the graph node `name`. */
  at(name: string): void {
    this.#node = name;
  }

  /** An input of a wire type that graphs do not have (`int64`) is converted where it comes in. */
  input(name: string, type: TensorType, wire?: string): ExportedValue {
    this.#inputs.push(valueInfo(name, type, wire));
    this.#inputNames.add(name);
    this.#names.take(name);
    const value = this.#value({ kind: "named" }, name, type, "asIs");
    if (wireTypeOf(type, wire) === elementTypes[type.dtype]) return value;
    this.at(name);
    return this.add("Cast", [value], { to: elementTypes[type.dtype]! }, [type])[0]!;
  }

  /** Keeps the name of an output from the values inside. */
  reserve(name: string): void {
    if (!this.#inputNames.has(name)) this.#names.take(name);
  }

  /** An input may be an output itself; another value of an input's name gets one of its own. */
  output(port: string, value: ExportedValue, wire?: string): void {
    const written = this.#read(this.asIs(value));
    const to = wireTypeOf(value.type, wire);
    const converts = to !== elementTypes[value.type.dtype];
    if (written === port && !converts) {
      this.#outputs.push(valueInfo(port, value.type, wire));
      return;
    }
    const name = this.#inputNames.has(port) ? this.#names.take(port) : port;
    this.#nodes.push(
      converts ? node("Cast", [written], [name], { to }) : node("Identity", [written], [name], {}),
    );
    this.#outputs.push(valueInfo(name, value.type, wire));
  }

  add(
    opType: string,
    inputs: readonly (ExportedValue | undefined)[],
    attributes: Readonly<Record<string, OnnxAttribute>>,
    results: readonly TensorType[],
    layout: Layout = "asIs",
  ): readonly ExportedValue[] {
    const values = results.map((type) =>
      this.#value({ kind: "named" }, this.#names.take(this.#node), type, layout),
    );
    const read = inputs.map((input) => (input ? this.#read(input) : ""));
    this.#nodes.push(
      node(
        opType,
        read,
        values.map((value) => value.name),
        attributes,
      ),
    );
    return values;
  }

  constant(value: Tensor, wire?: "int64"): ExportedValue {
    const { dtype, shape, quant } = value;
    const type: TensorType = { dtype, shape, ...(quant && { quant }) };
    const source: Source = { kind: "constant", tensor: value, ...(wire && { wire }) };
    return this.#value(source, this.#names.take(this.#node), type, "asIs");
  }

  /** A constant behind a `Dequantize` gives its integers, with their parameters. */
  constantOf(value: ExportedValue): Tensor | undefined {
    const source = this.#sources.get(value.name)!;
    if (source.kind === "dequantized") return this.constantOf(source.integers);
    return source.kind === "constant" ? source.tensor : undefined;
  }

  /** The integers that `x` is the reals of, where they are the wanted ones: ONNX Runtime 1.30 fails on some such pairs. */
  quantize(x: ExportedValue, type: TensorType): ExportedValue {
    const source = this.#sources.get(x.name)!;
    if (source.kind === "dequantized" && sameType(source.integers.type, type))
      return source.integers;
    const { inputs, attributes } = this.#parameters(type, x.layout);
    return this.add("QuantizeLinear", [x, ...inputs], attributes, [type], x.layout)[0]!;
  }

  dequantize(integers: ExportedValue, type: TensorType): ExportedValue {
    return this.#value(
      { kind: "dequantized", integers },
      this.#names.take(this.#node),
      type,
      integers.layout,
    );
  }

  channelFirst(value: ExportedValue): ExportedValue {
    return value.layout === "channelFirst" || value.type.shape.length < 3
      ? value
      : this.#inLayout(value, "channelFirst");
  }

  asIs(value: ExportedValue): ExportedValue {
    return value.layout === "asIs" ? value : this.#inLayout(value, "asIs");
  }

  transpose(value: ExportedValue, permutation: readonly number[]): ExportedValue {
    const plain = this.asIs(value);
    const source = this.#sources.get(plain.name)!;
    const type = permuteType(plain.type, permutation);
    if (source.kind === "dequantized")
      return this.dequantize(this.transpose(source.integers, permutation), type);
    if (source.kind === "constant") {
      return this.#value(
        { ...source, tensor: permuteTensor(source.tensor, permutation) },
        this.#names.take(plain.name),
        type,
        "asIs",
      );
    }
    return this.add("Transpose", [plain], { perm: permutation }, [type])[0]!;
  }

  /**
   * A value of which another layout is what a transpose asks for: `[N, H, W, C]` that is written channel-first is
   * `[N, C, H, W]` as it is, and the other way round. No node is written.
   */
  turnedView(value: ExportedValue, permutation: readonly number[]): ExportedValue | undefined {
    const rank = permutation.length;
    if (rank < 3 || this.#sources.get(value.name)!.kind === "constant") return undefined;
    const [wanted, layout] =
      value.layout === "channelFirst"
        ? ([toChannelFirst(rank), "asIs"] as const)
        : ([toChannelLast(rank), "channelFirst"] as const);
    if (permutation.join() !== wanted.join()) return undefined;
    const source = this.#sources.get(value.name)!;
    const type = permuteType(value.type, permutation);
    if (source.kind === "dequantized") {
      const integers = this.turnedView(source.integers, permutation);
      return integers && this.dequantize(integers, type);
    }
    return this.#value({ kind: "view", of: value }, this.#names.take(value.name), type, layout);
  }

  reject(message: string): never {
    throw new NodeRejected(message);
  }

  finish(): Uint8Array {
    const model = create(ModelProtoSchema, {
      irVersion: irVersions[this.opset],
      producerName: "qcfg",
      opsetImport: [{ domain: "", version: BigInt(this.opset) }],
      graph: {
        name: this.#name,
        node: this.#nodes,
        initializer: this.#initializers,
        input: this.#inputs,
        output: this.#outputs,
      },
    });
    return toBinary(ModelProtoSchema, model);
  }

  #inLayout(value: ExportedValue, layout: Layout): ExportedValue {
    const known = this.#transposed.get(value.name);
    if (known) return known;
    const other = this.#transpose(value, layout);
    this.#transposed.set(value.name, other);
    return other;
  }

  #transpose(value: ExportedValue, layout: Layout): ExportedValue {
    const source = this.#sources.get(value.name)!;
    if (source.kind === "dequantized") {
      return this.dequantize(
        layout === "asIs" ? this.asIs(source.integers) : this.channelFirst(source.integers),
        value.type,
      );
    }
    if (source.kind === "constant" && layout === "channelFirst") {
      const moved = {
        ...source,
        tensor: permuteTensor(source.tensor, toChannelFirst(source.tensor.shape.length)),
      };
      return this.#value(moved, this.#names.take(value.name), value.type, layout);
    }
    const rank = value.type.shape.length;
    const perm = layout === "channelFirst" ? toChannelFirst(rank) : toChannelLast(rank);
    return this.add("Transpose", [value], { perm }, [value.type], layout)[0]!;
  }

  /** The name under which an op reads a value: written now, if it was only planned. */
  #read(value: ExportedValue): string {
    const source = this.#sources.get(value.name)!;
    switch (source.kind) {
      case "named":
        return value.name;
      case "constant":
        return source.tensor.quant
          ? this.#readDequantized(value, value)
          : this.#initializer(value.name, source);
      case "dequantized":
        return this.#readDequantized(value, source.integers);
      case "view":
        return this.#read(source.of);
    }
  }

  #readDequantized(value: ExportedValue, integers: ExportedValue): string {
    const { inputs, attributes } = this.#parameters(integers.type, integers.layout);
    const name = this.#names.take(`${value.name}_dq`);
    const read = [this.#readIntegers(integers), ...inputs.map((input) => this.#read(input))];
    this.#nodes.push(node("DequantizeLinear", read, [name], attributes));
    return isTakenForChannels(integers.type) ? this.#readReshaped(name, integers) : name;
  }

  /** The reals `name` in a shape that they have already. */
  #readReshaped(name: string, { type, layout }: ExportedValue): string {
    const { shape } =
      layout === "channelFirst" ? permuteType(type, toChannelFirst(type.shape.length)) : type;
    const stated = this.#read(this.constant(tensor("int32", [shape.length], shape), "int64"));
    const reshaped = this.#names.take(`${name}_reshape`);
    this.#nodes.push(node("Reshape", [name, stated], [reshaped], {}));
    return reshaped;
  }

  #readIntegers(integers: ExportedValue): string {
    const source = this.#sources.get(integers.name)!;
    return source.kind === "constant"
      ? this.#initializer(integers.name, source)
      : this.#read(integers);
  }

  #initializer(
    name: string,
    { tensor: value, wire }: Extract<Source, { kind: "constant" }>,
  ): string {
    if (!this.#written.has(name)) {
      this.#initializers.push(tensorProto(name, value, wire));
      this.#written.set(name, name);
    }
    return name;
  }

  /** Scale and zero point as inputs, and the axis and size of a group as the ONNX value has them. */
  #parameters(type: TensorType, layout: Layout) {
    const { dtype, quant, shape } =
      layout === "channelFirst" && type.quant?.axis !== undefined
        ? permuteType(type, toChannelFirst(type.shape.length))
        : type;
    const { scale, zeroPoint, axis, group } = quant as QuantParams;
    const places = parameterShape(shape, quant!);
    const inputs = [
      this.constant(tensor("float32", places, scale)),
      this.constant(tensor(dtype, places, zeroPoint)),
    ];
    const attributes = {
      ...(axis !== undefined && { axis }),
      ...(group !== undefined && { block_size: group }),
    };
    return { inputs, attributes };
  }

  #value(source: Source, name: string, type: TensorType, layout: Layout): ExportedValue {
    this.#sources.set(name, source);
    return { name, type, layout };
  }
}

/**
 * ONNX Runtime 1.30 fuses layers with weights of 8 bits in groups as if their scales were per channel, and then rejects
 * those: a Reshape between the weights and their layer keeps them apart.
 */
function isTakenForChannels({ dtype, quant }: TensorType): boolean {
  return quant?.group !== undefined && dtype !== "int4" && dtype !== "uint4";
}

function node(
  opType: string,
  input: string[],
  output: string[],
  attributes: Readonly<Record<string, OnnxAttribute>>,
): NodeProto {
  return create(NodeProtoSchema, {
    opType,
    name: output[0]!,
    input,
    output,
    attribute: Object.entries(attributes).map(([name, value]) => attribute(name, value)),
  });
}

function attribute(name: string, value: OnnxAttribute): AttributeProto {
  const { FLOAT, FLOATS, INT, INTS, STRING } = AttributeProto_AttributeType;
  if (typeof value === "string")
    return create(AttributeProtoSchema, { name, type: STRING, s: new TextEncoder().encode(value) });
  if (typeof value === "number")
    return create(AttributeProtoSchema, { name, type: INT, i: BigInt(value) });
  if ("float" in value) return create(AttributeProtoSchema, { name, type: FLOAT, f: value.float });
  if ("floats" in value)
    return create(AttributeProtoSchema, { name, type: FLOATS, floats: [...value.floats] });
  return create(AttributeProtoSchema, { name, type: INTS, ints: value.map(BigInt) });
}

function tensorProto(name: string, { dtype, shape, data }: Tensor, wire?: "int64"): TensorProto {
  const wide = wire === "int64" ? BigInt64Array.from(data as Int32Array, BigInt) : data;
  const values = dtype === "int4" || dtype === "uint4" ? packNibbles(data) : wide;
  return create(TensorProtoSchema, {
    name,
    dataType: elementTypes[wire ?? dtype]!,
    dims: shape.map(BigInt),
    rawData: new Uint8Array(
      values.buffer.slice(values.byteOffset, values.byteOffset + values.byteLength) as ArrayBuffer,
    ),
  });
}

/** Two elements to a byte, the first in its low half (O-04). */
function packNibbles(data: ArrayLike<number>): Uint8Array {
  return Uint8Array.from(
    { length: Math.ceil(data.length / 2) },
    (_, i) => (data[2 * i]! & 15) | (((data[2 * i + 1] ?? 0) & 15) << 4),
  );
}

/** Ports keep int64 only: of the other types that graphs do not have, what the graph makes of them. */
function wireTypeOf({ dtype }: TensorType, wire: string | undefined): TensorProto_DataType {
  return elementTypes[wire === "int64" ? wire : dtype]!;
}

function valueInfo(name: string, type: TensorType, wire?: string): ValueInfoProto {
  return create(ValueInfoProtoSchema, {
    name,
    type: {
      value: {
        case: "tensorType",
        value: {
          elemType: wireTypeOf(type, wire),
          shape: {
            dim: type.shape.map((size) => ({
              value: { case: "dimValue" as const, value: BigInt(size) },
            })),
          },
        },
      },
    },
  });
}
