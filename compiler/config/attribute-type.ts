import type { AttributeDef, AttributeKind } from "../ir/op.ts";

const types: Readonly<Record<AttributeKind, string>> = {
  number: "number",
  string: "string",
  boolean: "boolean",
  numbers: "readonly number[]",
  strings: "readonly string[]",
  tensor: "Tensor",
  dtype: "DType",
};

/** The type of an attribute in TypeScript. */
export function attributeType(definition: AttributeDef): string {
  const { kind, oneOf } = definition;
  const type = oneOf ? oneOf.map((word) => JSON.stringify(word)).join(" | ") : types[kind];
  return isOptional(definition) ? `${type} | undefined` : type;
}

/** An attribute with the default `undefined` may be absent. */
export function isOptional(definition: AttributeDef): boolean {
  return "default" in definition && definition.default === undefined;
}
