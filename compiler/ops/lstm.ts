import type { ImportBuilder, ImportedValue, TFLiteOperator } from "../ir/op.ts";
import { InferenceError } from "../ir/op.ts";
import { defineOp } from "./define-op.ts";
import {
  biasSum,
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

export const LSTM = defineOp({
  name: "LSTM",
  doc: "long short-term memory: c = F · c + I · C, h = O · tanh(c), gates I, O, F, C in this order; results: all h, the last h, the last c",
  operands: [
    ...recurrentOperands,
    { name: "initialCell", role: "parameter", optional: true },
    { name: "peephole", role: "parameter", optional: true },
  ],
  attributes: {
    ...recurrentAttributes,
    functions: functionsAttribute(["sigmoid", "tanh", "tanh"]),
    coupled: { kind: "boolean", default: false, doc: "whether F is 1 − I" },
  },
  traits: [],
  infer(operands, attributes) {
    const hidden = operands[2]!.shape.at(-1)!;
    const peephole = operands[7];
    if (peephole && `${peephole.shape}` !== `${3 * hidden}`)
      throw new InferenceError(`operand \`peephole\` must be [${3 * hidden}]`);
    return recurrentTypes(operands, attributes, 4, 1);
  },
  lower(site) {
    const hidden = site.operands[2]!.shape[1]!;
    const sum = biasSum(site, 4 * hidden);
    return [
      stateCall(site, 5, 1),
      stateCall(site, 6, 2),
      ...sum.calls,
      {
        kernel: "lstm",
        arguments: [
          operand(0),
          operand(1),
          operand(2),
          sum.bias,
          orZeros(site, 7, 3 * hidden),
          result(0),
          result(1),
          result(2),
          scratch(4 * hidden),
          ...recurrentNumbers(site),
          site.attributes.coupled === true ? 1 : 0,
        ],
      },
    ];
  },
  macs: recurrentMacs,
  onnx: {
    LSTM: recurrentImporter({
      op: "LSTM",
      gates: 4,
      functions: ["sigmoid", "tanh", "tanh"],
      further: (node) => ({ coupled: node.int("input_forget", 0) !== 0 }),
      inputs: [6, 7],
    }),
  },
  tflite: { UNIDIRECTIONAL_SEQUENCE_LSTM: tfliteLstm },
  toOnnx: recurrentExporter("LSTM", ({ coupled }) => ({ input_forget: coupled === true ? 1 : 0 })),
});

/** Where TFLite has its gates input, forget, cell, output, in the order input, output, forget, cell. */
const gateOrder = [0, 3, 1, 2];

function tfliteLstm(op: TFLiteOperator, build: ImportBuilder): ImportedValue {
  const beyond = (from: number, to: number) =>
    op.inputs.slice(from, to).some((value) => value !== undefined);
  if (op.inputs[1] === undefined) return build.reject("coupled gates are not supported");
  if (beyond(16, 18)) return build.reject("a projection is not supported");
  if (beyond(20, 24)) return build.reject("layer normalisation inside is not supported");
  if (op.number("cellClip") > 0) return build.reject("a limit of the cell is not supported");
  if (op.fusedActivation !== "TANH")
    return build.reject(`activation \`${op.fusedActivation}\` is not supported`);
  const joined = (first: number) =>
    build.one(
      "Concat",
      gateOrder.map((gate) => op.input(first + gate)),
      { axis: 0 },
    );
  const peepholes = [9, 11, 10].map((i) => op.inputs[i]);
  const peephole = peepholes.every((value) => value !== undefined)
    ? build.one("Concat", peepholes, { axis: 0 })
    : undefined;
  const turn = { permutation: [1, 0, 2] };
  const timeFirst = op.boolean("timeMajor");
  const x = timeFirst ? op.input(0) : build.one("Transpose", [op.input(0)], turn);
  const operands = [x, joined(1), joined(5), joined(12)];
  const y = build.one("LSTM", [...operands, undefined, undefined, undefined, peephole]);
  return timeFirst ? y : build.one("Transpose", [y], turn);
}
