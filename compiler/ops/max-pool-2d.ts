import type { KernelCall, Site } from "../ir/op.ts";
import { sameQuant, sizeOf } from "../ir/types.ts";
import { defineOp } from "./define-op.ts";
import { onnxPool, poolAttributes, poolGeometry, poolShape, tflitePool } from "./pooling.ts";
import { extremesOf } from "./reduction.ts";
import { activationAttribute, limitsOf, operand, result } from "./requantization.ts";
import { activate, windowOf } from "./spatial.ts";
import { moved } from "./views.ts";

export const MaxPool2D = defineOp({
  name: "MaxPool2D",
  doc: "the largest element under a window: y[b, h, w, c] = max x[b, h·s + kh·d − p, …, c]",
  operands: [{ name: "input", role: "activation" }],
  attributes: { ...poolAttributes, activation: activationAttribute },
  traits: ["movement"],
  infer: ([input], attributes) => [moved(input!, poolShape(input!, attributes))],
  lower: (site) => [maximaCall(site, extremesOf(site.operands[0]!)[0])],
  lowerInteger(site) {
    const [x, y] = [site.operands[0]!, site.results[0]!];
    if (!sameQuant(x.quant, y.quant) || x.dtype !== y.dtype)
      return "its input and output have different parameters";
    const [low, high] = limitsOf(site.attributes, y, site.requantize);
    const limit: KernelCall = {
      kernel: "clip",
      arguments: [result(), result(), sizeOf(y.shape), low, high],
    };
    const limited = site.attributes.activation !== "linear";
    return [maximaCall(site, extremesOf(site.operands[0]!)[0]), ...(limited ? [limit] : [])];
  },
  onnx: {
    MaxPool(node, build) {
      const maxima = onnxPool(node, build, "MaxPool2D");
      if (!node.outputNames[1]) return maxima;
      if (node.input(0).type.shape.length !== 4)
        return build.reject("indices of maxima are supported over two dimensions only");
      const byColumns = node.int("storage_order", 0) === 1;
      return [maxima, onnxPool(node, build, "MaxPoolIndices2D", { byColumns })];
    },
  },
  tflite: {
    MAX_POOL_2D: (op, build) =>
      activate(build, build.one("MaxPool2D", [op.input(0)], tflitePool(op)), op.fusedActivation),
  },
  toOnnx(site, [input], build) {
    const { strides, dilations, pads } = windowOf(site.attributes);
    const kernelShape = site.attributes.poolSize as readonly number[];
    return build.add(
      "MaxPool",
      [build.channelFirst(input!)],
      { kernel_shape: kernelShape, strides, dilations, pads },
      site.results,
      "channelFirst",
    );
  },
});

function maximaCall(site: Site, lowest: number): KernelCall {
  return {
    kernel: "maxPool2d",
    arguments: [operand(0), result(), ...poolGeometry(site), lowest],
  };
}
