import type { Attributes } from "./graph.ts";
import { type AttributeDef, InferenceError, type OpDef } from "./op.ts";
import type { QuantizedDType, QuantParams, TensorType } from "./types.ts";

/**
 * The attributes that turn a float op into its integer form, the same three that `Quantize` has:
 * `dtype`, `scale` and `zeroPoint` of the result. A rule carries them over with `{ ...layer, ...q }`.
 */
export const integerAttributes: Readonly<Record<string, AttributeDef>> = {
  dtype: { kind: "dtype", doc: "element type of the quantized result" },
  scale: { kind: "numbers", doc: "size of one step of the result, in reals" },
  zeroPoint: { kind: "numbers", doc: "the integer that stands for 0" },
};

/** What an op says of an attribute of its float or integer form. */
export function attributeOf(op: OpDef, name: string): AttributeDef | undefined {
  const table = [op.attributes, integerAttributes].find((known) => Object.hasOwn(known, name));
  return table?.[name];
}

/** Whether a node of these attributes is the integer form of an op that also has a float form. */
export function isIntegerForm(op: OpDef, attributes: Attributes): boolean {
  return (
    op.lowerInteger !== undefined &&
    attributes.scale !== undefined &&
    op.attributes.scale === undefined
  );
}

/** Parameters stated by `scale`, `zeroPoint` and (if there are several) `axis`. */
export function quantOf(attributes: Attributes): QuantParams {
  const scale = attributes.scale as readonly number[];
  const zeroPoint = attributes.zeroPoint as readonly number[];
  return scale.length === 1
    ? { scale, zeroPoint }
    : { scale, zeroPoint, axis: (attributes.axis as number) ?? 0 };
}

/** The attributes with the op's defaults filled in. Throws `InferenceError` for a missing, unknown or ill-typed one. */
export function completeAttributes(op: OpDef, attributes: Attributes): Attributes {
  return isComplete(op, attributes) ? attributes : completed(op, attributes);
}

/** Whether all attributes of the float form are there, and no others, in the order of the definition: as of a node. */
function isComplete(op: OpDef, attributes: Attributes): boolean {
  const wanted = namesOf(op);
  let count = 0;
  for (const name in attributes) {
    if (name !== wanted[count++] || attributes[name] === undefined) return false;
  }
  return count === wanted.length;
}

const attributeNames = new WeakMap<OpDef, readonly string[]>();

function namesOf(op: OpDef): readonly string[] {
  const known = attributeNames.get(op);
  if (known) return known;
  const names = Object.keys(op.attributes);
  attributeNames.set(op, names);
  return names;
}

function completed(op: OpDef, attributes: Attributes): Attributes {
  const complete: Record<string, Attributes[string]> = {};
  for (const [name, def] of Object.entries(op.attributes)) {
    const value = attributes[name] ?? def.default;
    if (value !== undefined) complete[name] = value;
    else if (!optionalAttribute(def)) throw new InferenceError(`attribute \`${name}\` is missing`);
  }
  for (const [name, value] of Object.entries(attributes)) {
    if (Object.hasOwn(complete, name)) continue;
    if (op.lowerInteger === undefined || !Object.hasOwn(integerAttributes, name)) {
      throw new InferenceError(`\`${op.name}\` has no attribute \`${name}\``);
    }
    complete[name] = value;
  }
  return complete;
}

/** An attribute may be left out without a default only by saying so with `default: undefined`. */
function optionalAttribute(def: AttributeDef): boolean {
  return "default" in def;
}

/** Types of the results of a node, float or integer form. Throws `InferenceError`. */
export function inferTypes(
  op: OpDef,
  operands: readonly (TensorType | undefined)[],
  attributes: Attributes,
): readonly TensorType[] {
  checkOperands(op, operands);
  if (!isIntegerForm(op, attributes)) return op.infer(operands, attributes);
  const reals = operands.map((type) => type && real(type));
  const [first, ...rest] = op.infer(reals, attributes);
  return [
    { dtype: attributes.dtype as QuantizedDType, shape: first!.shape, quant: quantOf(attributes) },
    ...rest,
  ];
}

/** What a quantized type looks like once dequantized. */
function real({ dtype, shape, quant }: TensorType): TensorType {
  return quant ? { dtype: "float32", shape } : { dtype, shape };
}

function checkOperands(op: OpDef, operands: readonly (TensorType | undefined)[]): void {
  const variadic = op.operands.at(-1)?.variadic === true;
  if (!variadic && operands.length > op.operands.length) {
    throw new InferenceError(
      `\`${op.name}\` takes ${op.operands.length} operands, not ${operands.length}`,
    );
  }
  for (let i = 0; i < op.operands.length; i++) {
    const def = op.operands[i]!;
    if (operands[i] === undefined && !def.optional && !def.variadic)
      throw new InferenceError(`operand \`${def.name}\` is missing`);
  }
}
