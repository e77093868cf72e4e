import { InferenceError, type KernelCall, type Site } from "../ir/op.ts";
import { sameQuant } from "../ir/types.ts";
import { defineOp } from "./define-op.ts";
import { elementwiseToOnnx, viewOfSite } from "./elementwise.ts";
import { operand, result } from "./requantization.ts";
import { broadcastShape } from "./views.ts";

function callsOf(site: Site): readonly KernelCall[] {
  const operands = [operand(0), operand(1), operand(2)];
  return [{ kernel: "select", arguments: [...operands, result(), viewOfSite(site)] }];
}

export const Select = defineOp({
  name: "Select",
  doc: "y = a where the condition holds, b elsewhere; all three broadcast",
  operands: [
    { name: "condition", role: "parameter" },
    { name: "a", role: "activation" },
    { name: "b", role: "activation" },
  ],
  attributes: {},
  traits: ["elementwise"],
  infer([condition, a, b]) {
    if (condition!.dtype !== "bool")
      throw new InferenceError(`operand \`condition\` must be bool, not ${condition!.dtype}`);
    if (a!.dtype !== b!.dtype || !sameQuant(a!.quant, b!.quant))
      throw new InferenceError("operands `a` and `b` are of different types");
    return [{ ...a!, shape: broadcastShape(condition!.shape, a!.shape, b!.shape) }];
  },
  lower: callsOf,
  lowerInteger(site) {
    const [, a, b] = site.operands;
    const [y] = site.results;
    if ([a!, b!].some((type) => type.dtype !== y!.dtype || !sameQuant(type.quant, y!.quant)))
      return "its operands and its result are quantized differently";
    return callsOf(site);
  },
  onnx: {
    Where: (node, build) => build.one("Select", [node.input(0), node.input(1), node.input(2)]),
  },
  tflite: {
    /** A condition of rank 1 chooses whole slices of the first axis. */
    SELECT(op, build) {
      const [condition, a, b] = [op.input(0), op.input(1), op.input(2)];
      const rank = a.type.shape.length;
      const slices = condition.type.shape.length === 1 && rank > 1;
      const shape = [...condition.type.shape, ...Array(rank - 1).fill(1)];
      const aligned = slices ? build.one("Reshape", [condition], { shape }) : condition;
      return build.one("Select", [aligned, a, b]);
    },
    SELECT_V2: (op, build) => build.one("Select", [op.input(0), op.input(1), op.input(2)]),
  },
  toOnnx: elementwiseToOnnx("Where"),
});
