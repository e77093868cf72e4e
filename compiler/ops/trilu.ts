import { InferenceError } from "../ir/op.ts";
import { sizeOf, tensor } from "../ir/types.ts";
import { defineOp } from "./define-op.ts";
import { checkReal } from "./elementwise.ts";
import { operand, result } from "./requantization.ts";

export const Trilu = defineOp({
  name: "Trilu",
  doc: "the upper or the lower triangle of matrices, 0 elsewhere",
  operands: [{ name: "input", role: "activation" }],
  attributes: {
    upper: { kind: "boolean", default: true, doc: "keeps the upper triangle, or the lower" },
    diagonal: {
      kind: "number",
      default: 0,
      doc: "the diagonal that is kept too; 1 is the one above",
    },
  },
  traits: [],
  infer([input]) {
    if (input!.shape.length < 2) throw new InferenceError(`[${input!.shape}] is no matrix`);
    return [checkReal(input!, "input", "numbers")];
  },
  lower({ operands: [x], attributes: { upper, diagonal } }) {
    const { shape } = x!;
    const [rows, columns] = [shape.at(-2)!, shape.at(-1)!];
    const numbers = [sizeOf(shape.slice(0, -2)), rows, columns, upper ? 1 : 0, diagonal as number];
    return [{ kernel: "trilu", arguments: [operand(0), result(), ...numbers] }];
  },
  onnx: {
    Trilu: (node, build) =>
      build.one("Trilu", [node.input(0)], {
        upper: node.int("upper", 1) === 1,
        diagonal: node.constantInput(1, "k")?.data[0] ?? 0,
      }),
  },
  toOnnx({ attributes: { upper, diagonal }, results }, [input], build) {
    const k = build.constant(tensor("int32", [], [diagonal as number]), "int64");
    return build.add("Trilu", [build.asIs(input!), k], { upper: upper ? 1 : 0 }, results);
  },
});
