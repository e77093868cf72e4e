import { InferenceError, type OpDef } from "../ir/op.ts";
import { checkReal, defineBinary } from "./elementwise.ts";
import { broadcastShape } from "./views.ts";

export const Pow: OpDef = {
  ...defineBinary({
    name: "Pow",
    doc: "y = aᵇ, of a's dtype; integers are rounded towards zero",
    kernel: "power",
    onnx: "Pow",
    tflite: "POW",
  }),
  infer([a, b]) {
    for (const [type, name] of [
      [a!, "a"],
      [b!, "b"],
    ] as const) {
      if (checkReal(type, name, "numbers").dtype === "bool")
        throw new InferenceError(`operand \`${name}\` is bool`);
    }
    return [{ dtype: a!.dtype, shape: broadcastShape(a!.shape, b!.shape) }];
  },
};
