import { defineOp } from "./define-op.ts";
import {
  biasSum,
  functionsAttribute,
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

export const RNN = defineOp({
  name: "RNN",
  doc: "recurrent layer: h = f(kernel · x + bias + recurrentKernel · h + recurrentBias); results: all h, the last h",
  operands: recurrentOperands,
  attributes: { ...recurrentAttributes, functions: functionsAttribute(["tanh"]) },
  traits: [],
  infer: (operands, attributes) => recurrentTypes(operands, attributes, 1, 0),
  lower(site) {
    const hidden = site.operands[2]!.shape[1]!;
    const sum = biasSum(site, hidden);
    return [
      stateCall(site, 5, 1),
      ...sum.calls,
      {
        kernel: "rnn",
        arguments: [
          operand(0),
          operand(1),
          operand(2),
          sum.bias,
          result(0),
          result(1),
          scratch(hidden),
          ...recurrentNumbers(site),
        ],
      },
    ];
  },
  macs: recurrentMacs,
  onnx: {
    RNN: recurrentImporter({
      op: "RNN",
      gates: 1,
      functions: ["tanh"],
      further: () => ({}),
      inputs: [],
    }),
  },
  tflite: {
    UNIDIRECTIONAL_SEQUENCE_RNN(op, build) {
      const functions: Readonly<Record<string, string>> = {
        NONE: "linear",
        RELU: "relu",
        TANH: "tanh",
      };
      const name = functions[op.fusedActivation];
      if (name === undefined)
        return build.reject(`activation \`${op.fusedActivation}\` is not supported`);
      const turn = { permutation: [1, 0, 2] };
      const timeFirst = op.boolean("timeMajor");
      const x = timeFirst ? op.input(0) : build.one("Transpose", [op.input(0)], turn);
      const y = build.one("RNN", [x, op.input(1), op.input(2), op.inputs[3]], {
        functions: [name],
      });
      return timeFirst ? y : build.one("Transpose", [y], turn);
    },
  },
  toOnnx: recurrentExporter("RNN", () => ({})),
});
