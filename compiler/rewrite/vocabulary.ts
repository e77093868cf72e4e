import type { AttributeWord, OpWord, QuantizerWord, Vocabulary } from "../../grammar/vocabulary.ts";
import { integerAttributes } from "../ir/infer.ts";
import type { AttributeDef, OpDef, OpTable } from "../ir/op.ts";
import { observerNames } from "../ir/quantizer.ts";
import { dtypeNotation } from "../ir/types.ts";
import { builtins } from "./builtins.ts";
import { traitSets } from "./op-sets.ts";

/** The libraries that come with the compiler. */
export const standardModules: readonly string[] = [
  "std/canonical",
  "std/default8bit",
  "std/dynamic",
  "std/fold",
  "std/int16x8",
  "std/integer",
  "std/layout",
  "std/onnxruntime",
  "std/tflite",
  "std/weights4",
];

/** The words that rule files can use, read off the op table and the compiler's own tables. */
export function vocabularyOf(
  ops: OpTable,
  modules: readonly string[] = standardModules,
): Vocabulary {
  return {
    ops: [...ops.values()].map(opWord),
    opSets: [
      { name: "Const", ops: ["Constant"] },
      ...[...traitSets(ops)].map(([name, members]) => ({ name, ops: [...members] })),
    ],
    quantizers,
    functions: Object.entries(builtins).map(([name, { parameters, result }]) => ({
      name,
      parameters: parameters.map(({ kind }) => kind),
      result,
    })),
    modules,
    dtypes: [...dtypeWords],
    nodeMembers: [
      { name: "name", kind: "string" },
      { name: "path", kind: "string" },
      { name: "op", kind: "string" },
      { name: "depth", kind: "number" },
    ],
    valueMembers: [
      { name: "shape", kind: "numbers" },
      { name: "rank", kind: "number" },
      { name: "dtype", kind: "dtype" },
      { name: "value", kind: "tensor" },
      { name: "name", kind: "string" },
      { name: "op", kind: "string" },
      { name: "scale", kind: "numbers" },
      { name: "zeroPoint", kind: "numbers" },
      { name: "axis", kind: "number" },
    ],
  };
}

function opWord(op: OpDef): OpWord {
  const isVariadic = op.operands.some(({ variadic }) => variadic);
  const inputs = op.operands.filter(({ name, role }) => role === "activation" || name === "input");
  return {
    name: op.name,
    operands: op.operands.map(({ name, role, optional = false, variadic = false }) => ({
      name,
      optional,
      variadic,
      isWeight: op.weights !== undefined && (role === "weight" || role === "parameter"),
    })),
    attributes: Object.entries({
      ...op.attributes,
      ...(op.lowerInteger && integerAttributes),
    }).map(attributeWord),
    slots: [...new Set([...op.operands.map(({ name }) => name), "input", "activation", "output"])],
    ...(!isVariadic && { inputs: inputs.length }),
    operators: [...Object.keys(op.onnx ?? {}), ...Object.keys(op.tflite ?? {})].filter(isPlain),
    ...(op.weights && { sizes: Object.entries(op.weights.sizes).map(attributeWord) }),
  };
}

/** Others become several ops: those of a vendor's domain, and those that compute on integers. */
function isPlain(operator: string): boolean {
  return !/[.]|^QLinear|Integer$/.test(operator);
}

function attributeWord([name, { kind, oneOf }]: [string, AttributeDef]): AttributeWord {
  return { name, kind, ...(oneOf && { oneOf }) };
}

const widths = Array.from({ length: 15 }, (_, i) => i + 2);
const quantizerDTypes: readonly string[] = widths.flatMap((bits) => [`int${bits}`, `uint${bits}`]);

/** Words that name an element type wherever they stand. */
export const dtypeWords: ReadonlySet<string> = new Set([
  ...Object.values(dtypeNotation),
  ...quantizerDTypes,
]);

const quantizers: readonly QuantizerWord[] = observerNames.map((name) => ({
  name,
  arguments: [
    { name: "dtype", words: quantizerDTypes, isBare: true },
    { name: "per", words: ["tensor", "channel"], functions: ["group"] },
    { name: "symmetry", words: ["symmetric", "affine"], isBare: true },
    { name: "narrow", words: ["narrow"], isBare: true },
    { name: "powerOfTwo", words: ["powerOfTwo"], isBare: true },
    ...(name === "MovingAverage" ? [{ name: "momentum", isNumber: true }] : []),
    ...(name === "Percentile" ? [{ name: "percentile", isNumber: true }] : []),
    ...(name === "Fixed"
      ? [
          { name: "min", isNumber: true, required: true },
          { name: "max", isNumber: true, required: true },
        ]
      : []),
  ],
}));
