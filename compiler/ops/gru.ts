import { defineOp } from "./define-op.ts";
import {
  functionsAttribute,
  orZeros,
  recurrentAttributes,
  recurrentExporter,
  recurrentImporter,
  recurrentMacs,
  recurrentNumbers,
  recurrentOperands,
  recurrentTypes,
  scratch,
  stateCall,
} from "./recurrence.ts";
import { operand, result } from "./requantization.ts";

export const GRU = defineOp({
  name: "GRU",
  doc: "gated recurrent unit: h = (1 − U) · C + U · h, gates U, R, C in this order; results: all h, the last h",
  operands: recurrentOperands,
  attributes: {
    ...recurrentAttributes,
    functions: functionsAttribute(["sigmoid", "tanh"]),
    resetAfter: {
      kind: "boolean",
      default: false,
      doc: "whether the reset gate applies after the product with recurrentKernel",
    },
  },
  traits: [],
  infer: (operands, attributes) => recurrentTypes(operands, attributes, 3, 0),
  lower(site) {
    const hidden = site.operands[2]!.shape[1]!;
    return [
      stateCall(site, 5, 1),
      {
        kernel: "gru",
        arguments: [
          operand(0),
          operand(1),
          operand(2),
          orZeros(site, 3, 3 * hidden),
          orZeros(site, 4, 3 * hidden),
          result(0),
          result(1),
          scratch(3 * hidden),
          scratch(hidden),
          scratch(hidden),
          ...recurrentNumbers(site),
          site.attributes.resetAfter === true ? 1 : 0,
        ],
      },
    ];
  },
  macs: recurrentMacs,
  onnx: {
    GRU: recurrentImporter({
      op: "GRU",
      gates: 3,
      functions: ["sigmoid", "tanh"],
      further: (node) => ({ resetAfter: node.int("linear_before_reset", 0) !== 0 }),
      inputs: [],
    }),
  },
  toOnnx: recurrentExporter("GRU", ({ resetAfter }) => ({
    linear_before_reset: resetAfter === true ? 1 : 0,
  })),
});
