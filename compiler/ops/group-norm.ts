import {
  type ExportedValue,
  type ImportBuilder,
  type ImportedValue,
  InferenceError,
  type OnnxExporter,
  type OnnxNode,
} from "../ir/op.ts";
import { sizeOf, type TensorType, tensor } from "../ir/types.ts";
import { defineOp } from "./define-op.ts";
import { checkReal, reshaped, writeReshape } from "./elementwise.ts";
import { operand, result } from "./requantization.ts";
import { toChannelFirst, toChannelLast } from "./spatial.ts";
import { channelWeights } from "./weights.ts";

export const GroupNorm = defineOp({
  name: "GroupNorm",
  doc: "y = gamma · (x − m) / √(v + epsilon) + beta with the mean m and variance v of a group of channels over all places",
  operands: [
    { name: "input", role: "activation" },
    { name: "gamma", role: "parameter", channelAxis: 0 },
    { name: "beta", role: "parameter", channelAxis: 0 },
  ],
  attributes: {
    groups: {
      kind: "number",
      doc: "number of groups; as many as channels is instance normalisation",
    },
    epsilon: { kind: "number", default: 1e-5, doc: "added to the variance" },
  },
  traits: [],
  weights: channelWeights("gamma", "beta"),
  infer([input, gamma, beta], { groups }) {
    const { dtype, shape } = checkReal(input!, "input");
    const channels = shape.at(-1)!;
    if (shape.length < 2 || channels % (groups as number) !== 0)
      throw new InferenceError(`[${shape}] does not fall into ${groups} groups of channels`);
    if (sizeOf(gamma!.shape) !== channels || sizeOf(beta!.shape) !== channels)
      throw new InferenceError(`parameters of [${gamma!.shape}] do not fit ${channels} channels`);
    return [{ dtype, shape }];
  },
  lower({ operands: [x], attributes }) {
    const [batch, channels] = [x!.shape[0]!, x!.shape.at(-1)!];
    return [
      {
        kernel: "groupNorm",
        arguments: [
          operand(0),
          operand(1),
          operand(2),
          result(),
          batch,
          sizeOf(x!.shape.slice(1, -1)),
          channels,
          attributes.groups as number,
          Math.fround(attributes.epsilon as number),
        ],
      },
    ];
  },
  onnx: {
    InstanceNormalization: (node, build) =>
      channelFirst(node, build, node.input(0).type.shape[1]!, [node.input(1), node.input(2)]),
    GroupNormalization(node, build) {
      const groups = node.int("num_groups", 1);
      const channels = node.input(0).type.shape[1]!;
      const parameters = [1, 2].map((i) =>
        perChannel(build, node.input(i), node.opset < 21 ? channels / groups : 1),
      );
      return channelFirst(node, build, groups, parameters);
    },
  },
  toOnnx: (site, operands, build) =>
    (site.attributes.groups === site.operands[0]!.shape.at(-1) ? instances : groups)(
      site,
      operands,
      build,
    ),
});

const instances: OnnxExporter = ({ attributes, results }, [input, gamma, beta], build) => {
  const epsilon = { float: attributes.epsilon as number };
  const operands = [build.channelFirst(input!), gamma, beta];
  return build.add("InstanceNormalization", operands, { epsilon }, results, "channelFirst");
};

/** ONNX has it from opset 18 on; before, a group is an instance of its own whose channels lie behind each other. */
const groups: OnnxExporter = ({ attributes, results }, [input, gamma, beta], build) => {
  const { shape } = input!.type;
  const [batch, count] = [shape[0]!, attributes.groups as number];
  const channels = shape.at(-1)!;
  const grouped = {
    dtype: "float32",
    shape: [batch, count, sizeOf(shape) / (batch * count)],
  } as const;
  const first = { dtype: "float32", shape: [batch, channels, ...shape.slice(1, -1)] } as const;
  const filled = (value: number) =>
    build.constant(tensor("float32", [count], Array(count).fill(value)));
  const reshape = (x: ExportedValue, type: TensorType, result = type, layout?: "channelFirst") =>
    writeReshape(x, type.shape, result, build, layout);
  const [y] = build.add(
    "InstanceNormalization",
    [reshape(build.channelFirst(input!), grouped), filled(1), filled(0)],
    { epsilon: { float: attributes.epsilon as number } },
    [grouped],
  );
  const perChannel = [channels, ...first.shape.slice(2).map(() => 1)];
  const parameter = (value: ExportedValue) => reshaped(value, perChannel, build);
  const whole = reshape(y!, first, results[0]!, "channelFirst");
  const [scaled] = build.add("Mul", [whole, parameter(gamma!)], {}, results, "channelFirst");
  return build.add("Add", [scaled, parameter(beta!)], {}, results, "channelFirst");
};

function channelFirst(
  node: OnnxNode,
  build: ImportBuilder,
  groups: number,
  parameters: readonly ImportedValue[],
): ImportedValue {
  const x = toChannelLast(build, node.input(0));
  const attributes = { groups, epsilon: node.float("epsilon", 1e-5) };
  return toChannelFirst(build, build.one("GroupNorm", [x, ...parameters], attributes));
}

/** Before opset 21 parameters were per group: each one `times` for the channels of its group. */
function perChannel(build: ImportBuilder, parameter: ImportedValue, times: number): ImportedValue {
  if (times === 1) return parameter;
  const value = parameter.constant;
  if (value === undefined) return build.reject("parameters per group must be constants");
  const repeated = [...value.data].flatMap((x) => Array(times).fill(x) as number[]);
  return build.constant(tensor("float32", [repeated.length], repeated));
}
