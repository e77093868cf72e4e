import { create, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import {
  type AttributeProtoSchema,
  AttributeProto_AttributeType as AttributeType,
  TensorProto_DataType as DataType,
  ModelProtoSchema,
  type NodeProtoSchema,
  type TensorProtoSchema,
  type ValueInfoProtoSchema,
} from "onnx-buf";
import { type Random, random } from "../onnxruntime/random.ts";

/** Programs whose files people have: each names nodes, and keeps constants, in its own way. */
export type Exporter = "torch1" | "torch2" | "tf2onnx" | "keras";

export type Wire = "float32" | "int64" | "int32" | "uint8" | "bool";
export type Attribute =
  | number
  | string
  | readonly number[]
  | { readonly float: number }
  | { readonly floats: readonly number[] }
  | { readonly tensor: MessageInitShape<typeof TensorProtoSchema> };

/** A dimension that is open has a name. */
export type Dimension = number | string;

/** A model that is being written. Values are names, as in the file. */
export interface Net {
  readonly exporter: Exporter;
  readonly opset: number;
  readonly numbers: Random;
  input(name: string, shape: readonly Dimension[], dtype?: Wire): string;
  output(value: string, name?: string, dtype?: Wire): void;
  /** Adds a node with one output. */
  op(
    opType: string,
    inputs: readonly string[],
    attributes?: Readonly<Record<string, Attribute>>,
  ): string;
  /** Adds a node with several outputs; an empty name is an output that is not there. */
  ops(
    opType: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, Attribute>>,
    count: number,
  ): readonly string[];
  /** A float initializer. */
  parameter(shape: readonly number[], values: ArrayLike<number>): string;
  /** int64 numbers among the shape arithmetic: a `Constant` node of PyTorch, an initializer of TensorFlow. */
  ints(values: readonly number[], shape?: readonly number[]): string;
  /** A float of rank 0, kept likewise. */
  float(value: number): string;
  /** How many nodes there are so far. */
  operators(): number;
  bytes(): Uint8Array;
}

export interface WriterOptions {
  readonly exporter: Exporter;
  readonly opset: number;
  /** Initializers are listed among the inputs, as before IR version 4. */
  readonly initializersAsInputs?: boolean;
  /** Nodes have no names. */
  readonly nameless?: boolean;
  readonly seed?: number;
}

const dataType = {
  float32: DataType.FLOAT,
  int64: DataType.INT64,
  int32: DataType.INT32,
  uint8: DataType.UINT8,
  bool: DataType.BOOL,
} as const;

/** What each exporter calls the `i`-th node and its `output`-th result. */
const naming: Readonly<
  Record<
    Exporter,
    {
      readonly node: (opType: string, i: number) => string;
      readonly value: (opType: string, i: number, output: number) => string;
    }
  >
> = {
  torch1: { node: (op, i) => `${op}_${i}`, value: (_, i, output) => `${100 + 10 * i + output}` },
  torch2: {
    node: (op, i) => `/model/layer.${i}/${op}`,
    value: (op, i, output) => `/model/layer.${i}/${op}_output_${output}`,
  },
  tf2onnx: {
    node: (op, i) => `StatefulPartitionedCall/model/block_${i}/${op}`,
    value: (op, i, output) => `StatefulPartitionedCall/model/block_${i}/${op}:${output}`,
  },
  keras: {
    node: (op, i) => `functional_1/${op.toLowerCase()}_${i}`,
    value: (op, i, output) => `functional_1;${op.toLowerCase()}_${i};${output}`,
  },
};

export function writer({
  exporter,
  opset,
  initializersAsInputs = false,
  nameless = false,
  seed = 1,
}: WriterOptions): Net {
  const numbers = random(seed);
  const nodes: MessageInitShape<typeof NodeProtoSchema>[] = [];
  const initializers: MessageInitShape<typeof TensorProtoSchema>[] = [];
  const inputs: MessageInitShape<typeof ValueInfoProtoSchema>[] = [];
  const outputs: MessageInitShape<typeof ValueInfoProtoSchema>[] = [];
  /** Values that are outputs under another name. */
  const renamed = new Map<string, string>();
  const { node: nodeName, value: valueName } = naming[exporter];
  const isTorch = exporter.startsWith("torch");

  function ops(
    opType: string,
    given: readonly string[],
    attributes: Readonly<Record<string, Attribute>>,
    count: number,
  ): readonly string[] {
    const i = nodes.length;
    const output = Array.from({ length: count }, (_, o) => valueName(opType, i, o));
    const attribute = Object.entries(attributes).map(([name, value]) => toAttribute(name, value));
    const name = nameless ? "" : nodeName(opType, i);
    nodes.push({ opType, name, input: [...given], output: [...output], attribute });
    return output;
  }
  const finalName = (value: string) => renamed.get(value) ?? value;
  const op: Net["op"] = (opType, given, attributes = {}) => ops(opType, given, attributes, 1)[0]!;
  const initializer = (tensor: MessageInitShape<typeof TensorProtoSchema>) => {
    const name = `${isTorch ? "onnx::param" : "const_fold_opt__"}_${initializers.length}`;
    initializers.push({ ...tensor, name });
    return name;
  };
  const small = (tensor: MessageInitShape<typeof TensorProtoSchema>) =>
    isTorch ? op("Constant", [], { value: { tensor } }) : initializer(tensor);

  return {
    exporter,
    opset,
    numbers,
    ops,
    op,
    input(name, shape, dtype = "float32") {
      inputs.push(port(name, dtype, shape));
      return name;
    },
    output(value, name = `output_${outputs.length}`, dtype = "float32") {
      // PyTorch renames the value; TensorFlow's returned tensors are identities.
      if (isTorch) renamed.set(value, name);
      else if (name !== value)
        nodes.push({ opType: "Identity", name, input: [value], output: [name] });
      outputs.push(port(name, dtype));
    },
    parameter: (shape, values) => initializer(floats(shape, values)),
    ints: (values, shape = [values.length]) => small(integers(shape, values)),
    float: (value) => small(floats([], [value])),
    operators: () => nodes.length,
    bytes() {
      const listed = initializersAsInputs
        ? initializers.map(({ name, dataType: type, dims }) =>
            port(name!, type === DataType.FLOAT ? "float32" : "int64", dims!.map(Number)),
          )
        : [];
      const model = create(ModelProtoSchema, {
        irVersion: opset < 10 ? 4n : opset < 15 ? 7n : opset < 21 ? 8n : 10n,
        producerName: isTorch ? "pytorch" : exporter,
        opsetImport: [{ domain: "", version: BigInt(opset) }],
        graph: {
          name: isTorch ? "main_graph" : "tf2onnx",
          node: nodes.map((node) => ({
            ...node,
            input: node.input!.map(finalName),
            output: node.output!.map(finalName),
          })),
          input: [...inputs, ...listed],
          output: outputs,
          initializer: initializers,
        },
      });
      return toBinary(ModelProtoSchema, model);
    },
  };
}

/** Without a shape the port may be of any rank: outputs are not restated. */
function port(
  name: string,
  dtype: Wire,
  shape?: readonly Dimension[],
): MessageInitShape<typeof ValueInfoProtoSchema> {
  const dim = shape?.map((size) =>
    typeof size === "string"
      ? { value: { case: "dimParam", value: size } as const }
      : { value: { case: "dimValue", value: BigInt(size) } as const },
  );
  const value = { elemType: dataType[dtype], ...(dim && { shape: { dim } }) };
  return { name, type: { value: { case: "tensorType", value } } };
}

function floats(
  shape: readonly number[],
  values: ArrayLike<number>,
): MessageInitShape<typeof TensorProtoSchema> {
  const rawData = new Uint8Array(Float32Array.from(values).buffer);
  return { dataType: DataType.FLOAT, dims: shape.map(BigInt), rawData };
}

function integers(
  shape: readonly number[],
  values: readonly number[],
): MessageInitShape<typeof TensorProtoSchema> {
  const wide = BigInt64Array.from(values, (x) => (x === Infinity ? 2n ** 63n - 1n : BigInt(x)));
  return {
    dataType: DataType.INT64,
    dims: shape.map(BigInt),
    rawData: new Uint8Array(wide.buffer),
  };
}

function toAttribute(
  name: string,
  value: Attribute,
): MessageInitShape<typeof AttributeProtoSchema> {
  if (typeof value === "string")
    return { name, type: AttributeType.STRING, s: new TextEncoder().encode(value) };
  if (typeof value === "number") return { name, type: AttributeType.INT, i: BigInt(value) };
  if ("float" in value) return { name, type: AttributeType.FLOAT, f: value.float };
  if ("floats" in value) return { name, type: AttributeType.FLOATS, floats: [...value.floats] };
  if ("tensor" in value) return { name, type: AttributeType.TENSOR, t: value.tensor };
  return { name, type: AttributeType.INTS, ints: value.map(BigInt) };
}
