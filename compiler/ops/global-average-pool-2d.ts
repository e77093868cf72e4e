import { Rounding } from "../../runtime/reference/requantize.ts";
import type { KernelArgument, KernelCall, Site } from "../ir/op.ts";
import { tensor } from "../ir/types.ts";
import { farthest, perTensorObstacle } from "./accumulator.ts";
import { defineOp } from "./define-op.ts";
import { checkReal } from "./elementwise.ts";
import { globalPoolGeometry, globalPoolShape, onnxGlobalPool } from "./pooling.ts";
import {
  activationAttribute,
  constant,
  limitsOf,
  meanFixedPoint,
  operand,
  result,
  scaleOf,
  zeroPointOf,
} from "./requantization.ts";

export const GlobalAveragePool2D = defineOp({
  name: "GlobalAveragePool2D",
  doc: "the mean over height and width, which stay as 1: y[b, 0, 0, c] = Σ x[b, h, w, c] / (height · width)",
  operands: [{ name: "input", role: "activation" }],
  attributes: { activation: activationAttribute },
  traits: [],
  infer: ([input]) => [{ dtype: checkReal(input!, "input").dtype, shape: globalPoolShape(input!) }],
  lower: (site) => [
    {
      kernel: "globalAveragePool2d",
      arguments: [operand(0), result(), ...globalPoolGeometry(site)],
    },
  ],
  lowerInteger: globalMean,
  onnx: { GlobalAveragePool: (node, build) => onnxGlobalPool(node, build, "GlobalAveragePool2D") },
  toOnnx: (site, [input], build) =>
    build.add("GlobalAveragePool", [build.channelFirst(input!)], {}, site.results, "channelFirst"),
});

/** The integer mean over all places: their exact sum, requantized once. */
export function globalMean(site: Site): readonly KernelCall[] | string {
  const [x, y] = [site.operands[0]!, site.results[0]!];
  const obstacle = perTensorObstacle(x, "input") ?? perTensorObstacle(y, "output");
  if (obstacle !== undefined) return obstacle;
  const [batch, places, channels] = globalPoolGeometry(site);
  if (places! * farthest(x) >= 2 ** 31) return "its sums may leave int32";
  const [multiplier, shift, rounding] = meanFactor(site, places!);
  return [
    {
      kernel: "globalAveragePool2dInteger",
      arguments: [
        operand(0),
        multiplier,
        shift,
        { kind: "scratch", dtype: "int32", length: channels! },
        result(),
        batch!,
        places!,
        channels!,
        zeroPointOf(x),
        zeroPointOf(y),
        ...limitsOf(site.attributes, y, site.requantize),
        rounding,
      ],
    },
  ];
}

/** `multiplier, shift, rounding` for `xScale / (yScale · places)`; mode `onnx` rounds product and quotient to float32. */
function meanFactor(
  { operands: [x], results: [y], requantize }: Site,
  places: number,
): readonly [KernelArgument, KernelArgument, number] {
  if (requantize === "onnx") {
    const factor = Math.fround(scaleOf(x!) / Math.fround(scaleOf(y!) * places));
    const none = constant(tensor("int32", [1], [0]));
    return [constant(tensor("float32", [1], [factor])), none, Rounding.halfEven];
  }
  const { multiplier, shift } = meanFixedPoint(scaleOf(x!) / scaleOf(y!), places);
  return [
    constant(tensor("int32", [1], [multiplier])),
    constant(tensor("int32", [1], [shift])),
    Rounding.fixedTwice,
  ];
}
