import type { ExportedValue, OpDef, Site } from "../ir/op.ts";
import { tensor } from "../ir/types.ts";
import { defineUnary, writeElementwise } from "./elementwise.ts";

const name = "GELU";
const doc =
  "y = x · Φ(x), Φ the normal distribution; under `tanh` x · (1 + tanh(√(2/π) · (x + 0.044715 x³))) / 2";
const exact = defineUnary({ name, doc, kernel: "gelu" });
const approximate = defineUnary({ name, doc, kernel: "geluTanh" });

function formOf({ attributes }: Site): OpDef {
  return attributes.approximate === "tanh" ? approximate : exact;
}

export const GELU: OpDef = {
  ...exact,
  attributes: {
    approximate: {
      kind: "string",
      default: "none",
      oneOf: ["none", "tanh"],
      doc: "the formula: the exact one, or with a hyperbolic tangent",
    },
  },
  lower: (site) => formOf(site).lower(site),
  lowerInteger: (site) => formOf(site).lowerInteger!(site),
  onnx: {
    Gelu: (node, build) =>
      build.one("GELU", [node.input(0)], { approximate: node.string("approximate", "none") }),
    BiasGelu: (node, build) =>
      build.one("GELU", [build.one("Add", [node.input(0), node.input(1)])]),
    FastGelu(node, build) {
      const bias = node.inputs[1];
      const x = bias ? build.one("Add", [node.input(0), bias]) : node.input(0);
      return build.one("GELU", [x], { approximate: "tanh" });
    },
  },
  tflite: {
    GELU: (op, build) =>
      build.one("GELU", [op.input(0)], {
        approximate: op.boolean("approximate") ? "tanh" : "none",
      }),
  },
  /** Spelled out: ONNX has the op only from opset 20 on, and ONNX Runtime fuses this form. */
  toOnnx({ attributes, results }, [input], build) {
    // The formula reads its input several times. It must be one value to be recognised, also where readers of a
    // dequantized value get a DequantizeLinear each.
    const [x] = build.add("Identity", [input], {}, results, input!.layout);
    const node = (opType: string, a: ExportedValue, b?: ExportedValue) =>
      writeElementwise(opType, [a, b], results, build)[0]!;
    const scalar = (value: number) => build.constant(tensor("float32", [], [value]));
    const squash = () => {
      if (attributes.approximate === "none")
        return node("Erf", node("Div", x!, scalar(Math.SQRT2)));
      const square = node("Mul", node("Mul", x!, x!), scalar(0.044715));
      const cubic = node("Mul", x!, node("Add", square, scalar(1)));
      return node("Tanh", node("Mul", cubic, scalar(Math.sqrt(2 / Math.PI))));
    };
    const cdf = node("Add", squash(), scalar(1));
    return node("Mul", node("Mul", x!, cdf), scalar(0.5));
  },
};
