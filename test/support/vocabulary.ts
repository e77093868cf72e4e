import type { AttributeWord, OpWord, Vocabulary } from "../../grammar/index.ts";

/** A few ops and quantizers, so that tests of the language need no compiler. */

const activation: AttributeWord = {
  name: "activation",
  kind: "string",
  oneOf: ["linear", "relu", "relu6"],
};

function op(name: string, operands: string, attributes: readonly AttributeWord[] = []): OpWord {
  const words = operands.split(" ").map((operand) => ({
    name: operand.replace(/[?.]+/, ""),
    ...(operand.endsWith("?") ? { optional: true } : {}),
    ...(operand.endsWith("...") ? { variadic: true } : {}),
  }));
  const slots = [...words.map((word) => word.name), "input", "activation", "output"];
  const weights = ["kernel", "bias", "gamma", "beta", "mean", "variance"];
  const inputs = words.filter((word) => !weights.includes(word.name)).length;
  const isVariadic = words.some((word) => "variadic" in word);
  return {
    name,
    operands: words,
    attributes,
    slots: [...new Set(slots)],
    ...(!isVariadic && { inputs }),
  };
}

const convolution: readonly AttributeWord[] = [
  activation,
  { name: "strides", kind: "numbers" },
  { name: "padding", kind: "string", oneOf: ["same", "valid"] },
];

export const testVocabulary: Vocabulary = {
  ops: [
    { ...op("Conv2D", "input kernel bias?", convolution), operators: ["Conv", "CONV_2D"] },
    op("DepthwiseConv2D", "input kernel bias?", convolution),
    {
      ...op("Dense", "input kernel bias?", [activation, { name: "units", kind: "number" }]),
      operators: ["Gemm", "FULLY_CONNECTED"],
    },
    op("BatchNorm", "input gamma beta mean variance", [{ name: "epsilon", kind: "number" }]),
    op("ReLU", "input"),
    op("ReLU6", "input"),
    op("Add", "a b"),
    op("Concat", "inputs...", [{ name: "axis", kind: "number" }]),
    op("Transpose", "input", [{ name: "permutation", kind: "numbers" }]),
    op("Quantize", "input", [
      { name: "scale", kind: "number" },
      { name: "zeroPoint", kind: "number" },
    ]),
    op("Dequantize", "input"),
  ],
  opSets: [
    { name: "Elementwise", ops: ["ReLU", "ReLU6", "Add"] },
    { name: "Movement", ops: ["Transpose", "Concat"] },
  ],
  quantizers: ["LastValue", "MovingAverage", "Percentile", "Fixed"].map((name) => ({
    name,
    arguments: [
      {
        name: "dtype",
        words: ["int8", "uint8", "int16"],
        isBare: true,
        required: name !== "Fixed",
      },
      { name: "per", words: ["tensor", "channel"], functions: ["group"] },
      { name: "symmetry", words: ["symmetric", "affine"], isBare: true },
      { name: "range", words: ["narrow"], isBare: true },
      ...(name === "MovingAverage" ? [{ name: "momentum", isNumber: true }] : []),
      ...(name === "Percentile" ? [{ name: "p", isNumber: true }] : []),
      ...(name === "Fixed"
        ? [
            { name: "min", isNumber: true, required: true },
            { name: "max", isNumber: true, required: true },
          ]
        : []),
    ],
  })),
  functions: [
    { name: "sole", parameters: ["node"], result: "boolean" },
    { name: "sqrt", parameters: ["tensor"], result: "tensor" },
    { name: "max", parameters: ["tensor", "tensor"], variadic: true, result: "tensor" },
    { name: "reshape", parameters: ["tensor", "numbers"], optional: 1, result: "tensor" },
    { name: "first", parameters: ["op"], result: "node" },
    { name: "inverse", parameters: ["numbers"], result: "numbers" },
  ],
  modules: ["std/canonical", "std/fold", "std/default8bit"],
  dtypes: ["f32", "float32", "int8", "uint8", "int16", "int32"],
  nodeMembers: [
    { name: "name", kind: "string" },
    { name: "path", kind: "string" },
    { name: "depth", kind: "number" },
  ],
  valueMembers: [
    { name: "shape", kind: "numbers" },
    { name: "rank", kind: "number" },
    { name: "value", kind: "tensor" },
    { name: "dtype", kind: "dtype" },
  ],
};
