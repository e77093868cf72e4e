import type { KernelArgument, KernelCall, Site } from "../ir/op.ts";
import { sameQuant } from "../ir/types.ts";
import { perTensorObstacle } from "./accumulator.ts";
import { defineOp } from "./define-op.ts";
import { checkReal } from "./elementwise.ts";
import { globalMean } from "./global-average-pool-2d.ts";
import { onnxPool, poolAttributes, poolGeometry, poolShape, tflitePool } from "./pooling.ts";
import {
  activationAttribute,
  limitsOf,
  operand,
  result,
  scaleOf,
  zeroPointOf,
} from "./requantization.ts";
import { activate, type Pads, type Pair, spatialOf, windowOf } from "./spatial.ts";

export const AveragePool2D = defineOp({
  name: "AveragePool2D",
  doc: "the mean under a window: y[b, h, w, c] = Σ x[b, h·s + kh·d − p, …, c] / n over the n places that count",
  operands: [{ name: "input", role: "activation" }],
  attributes: {
    ...poolAttributes,
    countedPadding: {
      kind: "numbers",
      default: [0, 0, 0, 0],
      doc: "rows and columns of padding that count as places of value 0: top, left, bottom, right",
    },
    activation: activationAttribute,
  },
  traits: [],
  infer: ([input], attributes) => [
    { dtype: checkReal(input!, "input").dtype, shape: poolShape(input!, attributes) },
  ],
  lower: (site) => [
    {
      kernel: "averagePool2d",
      arguments: [operand(0), result(), ...poolGeometry(site), ...countedOf(site)],
    },
  ],
  lowerInteger(site) {
    const [x, y] = [site.operands[0]!, site.results[0]!];
    const obstacle = perTensorObstacle(x, "input") ?? perTensorObstacle(y, "output");
    if (obstacle !== undefined) return obstacle;
    if (site.requantize === "tflite") return integerMean(site);
    return coversInput(site) ? globalMean(site) : realMean(site);
  },
  onnx: { AveragePool: (node, build) => onnxPool(node, build, "AveragePool2D") },
  tflite: {
    AVERAGE_POOL_2D: (op, build) =>
      activate(
        build,
        build.one("AveragePool2D", [op.input(0)], tflitePool(op)),
        op.fusedActivation,
      ),
  },
  toOnnx(site, [input], build) {
    const { strides, dilations, pads } = windowOf(site.attributes);
    const counted = countedOf(site);
    const counting = counted.some((size) => size > 0);
    if (dilations.some((step) => step !== 1))
      return build.reject("an average pool with dilation cannot be exported");
    return build.add(
      "AveragePool",
      [build.channelFirst(input!)],
      {
        kernel_shape: site.attributes.poolSize as readonly number[],
        strides,
        pads: counting ? counted : pads,
        count_include_pad: counting ? 1 : 0,
        ceil_mode: counting && pads.some((size, i) => size !== counted[i]) ? 1 : 0,
      },
      site.results,
      "channelFirst",
    );
  },
});

function countedOf({ attributes }: Site): Pads {
  return attributes.countedPadding as unknown as Pads;
}

/** Whether the only window is the whole input: ONNX Runtime pools that as `GlobalAveragePool`, in another arithmetic. */
function coversInput({ operands: [x], attributes }: Site): boolean {
  const [height, width] = attributes.poolSize as unknown as Pair;
  const [inHeight, inWidth] = spatialOf(x!.shape);
  const { pads } = windowOf(attributes);
  return height === inHeight && width === inWidth && pads.every((size) => size === 0);
}

function realMean(site: Site): readonly KernelCall[] {
  const [x, y] = [site.operands[0]!, site.results[0]!];
  return [
    {
      kernel: "averagePool2dReal",
      arguments: [
        operand(0),
        sums(site, "float32"),
        result(),
        ...poolGeometry(site),
        ...countedOf(site),
        scaleOf(x),
        zeroPointOf(x),
        scaleOf(y),
        zeroPointOf(y),
        y.dtype === "int8" ? 128 : 0,
        ...limitsOf(site.attributes, y, site.requantize),
      ],
    },
  ];
}

function integerMean(site: Site): readonly KernelCall[] | string {
  const [x, y] = [site.operands[0]!, site.results[0]!];
  if (!sameQuant(x.quant, y.quant) || x.dtype !== y.dtype)
    return "its input and output have different parameters";
  if (countedOf(site).some((size) => size > 0)) return "it counts padding";
  return [
    {
      kernel: "averagePool2dInteger",
      arguments: [
        operand(0),
        sums(site, "int32"),
        result(),
        ...poolGeometry(site),
        ...limitsOf(site.attributes, y, site.requantize),
      ],
    },
  ];
}

function sums({ operands: [x] }: Site, dtype: "float32" | "int32"): KernelArgument {
  return { kind: "scratch", dtype, length: x!.shape[3]! };
}
