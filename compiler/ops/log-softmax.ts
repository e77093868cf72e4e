import { defineOp } from "./define-op.ts";
import { checkReal } from "./elementwise.ts";
import { onnxAxis } from "./onnx-layout.ts";
import { operand, result } from "./requantization.ts";
import { alongOnnxAxis, axisAttribute, lines } from "./softmax.ts";
import { axisOf } from "./views.ts";

export const LogSoftmax = defineOp({
  name: "LogSoftmax",
  doc: "y = x − log Σ exp(x) along `axis`",
  operands: [{ name: "input", role: "activation" }],
  attributes: { axis: axisAttribute },
  traits: [],
  infer([input], { axis }) {
    axisOf(axis as number, input!.shape.length);
    return [{ dtype: checkReal(input!, "input").dtype, shape: input!.shape }];
  },
  lower: (site) => [{ kernel: "logSoftmax", arguments: [operand(0), result(), ...lines(site)] }],
  onnx: { LogSoftmax: (node, build) => alongOnnxAxis(node, build, "LogSoftmax") },
  tflite: { LOG_SOFTMAX: (op, build) => build.one("LogSoftmax", [op.input(0)]) },
  toOnnx(site, [input], build) {
    const axis = axisOf(site.attributes.axis as number, input!.type.shape.length);
    const place = onnxAxis(input!, axis);
    return build.add("LogSoftmax", [input], { axis: place }, site.results, input!.layout);
  },
});
