import { create, toBinary } from "@bufbuild/protobuf";
import {
  AttributeProto_AttributeType,
  AttributeProtoSchema,
  GraphProtoSchema,
  ModelProtoSchema,
  NodeProtoSchema,
  OperatorSetIdProtoSchema,
  TensorProto_DataType,
  TensorProtoSchema,
  TensorShapeProto_DimensionSchema,
  TensorShapeProtoSchema,
  TypeProto_TensorSchema,
  TypeProtoSchema,
  ValueInfoProtoSchema,
} from "onnx-buf";
import type { Layer } from "./layers.ts";
import { DIGITS, type Network, PIXEL_SCALE } from "./network.ts";
import { SIZE } from "./render.ts";

const OPSET = 13;
/** The version of the file format that came with opset 13. */
const IR_VERSION = 7;

interface Op {
  readonly type: string;
  /** What the op takes behind the value that flows through the network. */
  readonly constants?: Readonly<Record<string, Constant>>;
  readonly attributes?: Readonly<Record<string, number | readonly number[]>>;
}

interface Constant {
  readonly dims: readonly number[];
  readonly values: ArrayLike<number>;
}

/**
 * The network as the bytes of an ONNX model, as a training framework would export it: channel-first, BatchNorm
 * not folded, input `image [N, 1, 28, 28]` of floats 0 … 255, output `logits [N, 10]`.
 */
export function encodeOnnx(network: Network): Uint8Array {
  const nodes = [];
  const initializers = [];
  let value = "image";
  for (const { name, op } of onnxOps(network)) {
    const constants = Object.entries(op.constants ?? {});
    const input = [value, ...constants.map(([slot]) => `${name}.${slot}`)];
    initializers.push(...constants.map(([slot, constant]) => tensor(`${name}.${slot}`, constant)));
    nodes.push(node(name, op, input));
    value = name;
  }
  const graph = create(GraphProtoSchema, {
    name: "digits",
    node: nodes,
    initializer: initializers,
    input: [valueInfo("image", ["N", 1, SIZE, SIZE])],
    output: [valueInfo(value, ["N", DIGITS])],
  });
  const opset = create(OperatorSetIdProtoSchema, { domain: "", version: BigInt(OPSET) });
  const model = {
    irVersion: BigInt(IR_VERSION),
    producerName: "qcfg digits",
    opsetImport: [opset],
    graph,
  };
  return toBinary(ModelProtoSchema, create(ModelProtoSchema, model));
}

/** Each op gives the one value that the next takes; the value has the op's name. */
function onnxOps(network: Network): { readonly name: string; readonly op: Op }[] {
  const scale = { dims: [], values: [PIXEL_SCALE] };
  return [
    { name: "scaled", op: { type: "Mul", constants: { scale } } },
    ...network.flatMap((layer) =>
      // Gemm takes a matrix, and the mean still has a height and a width of one.
      layer.kind === "dense"
        ? [
            { name: "flat", op: { type: "Flatten" } },
            { name: layer.name, op: onnxOp(layer) },
          ]
        : [{ name: layer.name, op: onnxOp(layer) }],
    ),
  ];
}

function onnxOp(layer: Layer): Op {
  switch (layer.kind) {
    case "convolution": {
      const { filters, width, channels } = layer.shape;
      const values = channelFirst(layer.kernel.value, width * width, channels);
      const kernel = { dims: [filters, channels, width, width], values };
      return convolutionOp(kernel, width, 1);
    }
    case "depthwise": {
      const values = channelFirst(layer.kernel.value, 9, layer.channels);
      return convolutionOp({ dims: [layer.channels, 1, 3, 3], values }, 3, layer.channels);
    }
    case "batch-norm": {
      const vector = (values: Float64Array) => ({ dims: [values.length], values });
      const constants = {
        scale: vector(layer.gamma.value),
        bias: vector(layer.beta.value),
        mean: vector(layer.mean),
        variance: vector(layer.variance),
      };
      return { type: "BatchNormalization", constants, attributes: { epsilon: layer.epsilon } };
    }
    case "relu":
      return { type: "Relu" };
    case "max-pool":
      return { type: "MaxPool", attributes: { kernel_shape: [2, 2], strides: [2, 2] } };
    case "global-average-pool":
      return { type: "GlobalAveragePool" };
    case "dense": {
      const { kernel, bias, units } = layer;
      const constants = {
        kernel: { dims: [units, kernel.value.length / units], values: kernel.value },
        bias: { dims: [units], values: bias.value },
      };
      return { type: "Gemm", constants, attributes: { transB: 1 } };
    }
  }
}

function convolutionOp(kernel: Constant, width: number, group: number): Op {
  const pad = (width - 1) / 2;
  const attributes = { kernel_shape: [width, width], pads: [pad, pad, pad, pad], group };
  return { type: "Conv", constants: { kernel }, attributes };
}

/** `[…, taps, channels]` as `[…, channels, taps]`. */
function channelFirst(values: Float64Array, taps: number, channels: number): Float64Array {
  return values.map((_, i) => {
    const block = Math.floor(i / (taps * channels));
    const channel = Math.floor(i / taps) % channels;
    return values[(block * taps + (i % taps)) * channels + channel]!;
  });
}

function node(name: string, op: Op, input: string[]) {
  const attribute = Object.entries(op.attributes ?? {}).map(([key, value]) =>
    attributeOf(key, value),
  );
  return create(NodeProtoSchema, { name, opType: op.type, input, output: [name], attribute });
}

/** `epsilon` is the one attribute here that is not an integer or a list of them. */
function attributeOf(name: string, value: number | readonly number[]) {
  const { FLOAT, INT, INTS } = AttributeProto_AttributeType;
  if (typeof value !== "number") {
    return create(AttributeProtoSchema, { name, type: INTS, ints: value.map(BigInt) });
  }
  return Number.isInteger(value)
    ? create(AttributeProtoSchema, { name, type: INT, i: BigInt(value) })
    : create(AttributeProtoSchema, { name, type: FLOAT, f: value });
}

function tensor(name: string, { dims, values }: Constant) {
  const bytes = new Uint8Array(4 * values.length);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < values.length; i++) view.setFloat32(4 * i, values[i]!, true);
  return create(TensorProtoSchema, {
    name,
    dataType: TensorProto_DataType.FLOAT,
    dims: dims.map(BigInt),
    rawData: bytes,
  });
}

function valueInfo(name: string, dims: readonly (number | string)[]) {
  const dim = dims.map((size) =>
    create(TensorShapeProto_DimensionSchema, {
      value:
        typeof size === "string"
          ? { case: "dimParam", value: size }
          : { case: "dimValue", value: BigInt(size) },
    }),
  );
  const shape = create(TensorShapeProtoSchema, { dim });
  const elemType = TensorProto_DataType.FLOAT;
  const value = create(TypeProto_TensorSchema, { elemType, shape });
  const type = create(TypeProtoSchema, { value: { case: "tensorType", value } });
  return create(ValueInfoProtoSchema, { name, type });
}
