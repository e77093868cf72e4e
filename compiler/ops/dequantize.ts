import { InferenceError } from "../ir/op.ts";
import { defineOp } from "./define-op.ts";
import { qlinearImporters } from "./qlinear.ts";
import { channelView, parameterTables } from "./quantize.ts";
import { channelAxis, dequantized } from "./quantized-values.ts";
import { operand, result } from "./requantization.ts";

export const Dequantize = defineOp({
  name: "Dequantize",
  doc: "x = (q − zeroPoint) · scale, with the parameters of the operand's type",
  operands: [{ name: "input", role: "activation" }],
  attributes: {},
  traits: [],
  infer([input]) {
    if (!input!.quant) throw new InferenceError("operand `input` has no quantization parameters");
    return [{ dtype: "float32", shape: input!.shape }];
  },
  lower({ operands: [q] }) {
    return [
      {
        kernel: "dequantize",
        arguments: [
          operand(0),
          ...parameterTables(q!.quant!),
          result(),
          ...channelView(q!.shape, q!.quant!),
        ],
      },
    ];
  },
  onnx: {
    ...qlinearImporters,
    DequantizeLinear(node, build) {
      const x = node.input(0);
      const axis = channelAxis(node, x, node.input(1));
      return dequantized(build, x, { scale: node.input(1), zeroPoint: node.inputs[2], axis });
    },
  },
});
