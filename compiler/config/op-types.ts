import { Project } from "ts-morph";
import type { OpDef, OpTable } from "../ir/op.ts";
import { attributeType, isOptional } from "./attribute-type.ts";

/** What every layer has: no operand or attribute of the same name is a property. */
const general = [
  ...["op", "name", "attributes", "inputs", "output", "outputs"],
  ...["activation", "capture", "slot"],
];

/** The text of `op-types.generated.ts`: for each op the interface of its layers, with operands and attributes. */
export function printOpTypes(ops: OpTable): string {
  const project = new Project({ useInMemoryFileSystem: true });
  const file = project.createSourceFile("op-types.ts");
  file.addStatements(
    "/** Written by `scripts/build-op-types.ts` from the definitions of the ops. */",
  );
  file.addImportDeclaration({
    moduleSpecifier: "./layer.ts",
    namedImports: ["AnyLayer", "DType", "Tensor"],
    isTypeOnly: true,
  });
  file.addInterface({
    name: "OpTypes",
    isExported: true,
    docs: ["What a layer has, by the name of its op."],
    properties: [...ops.keys()].map((name) => ({
      name,
      isReadonly: true,
      type: `${name}Layer`,
    })),
  });
  file.addInterfaces(
    [...ops.values()].map((op) => ({
      name: `${op.name}Layer`,
      isExported: true,
      extends: [`AnyLayer<"${op.name}">`],
      properties: membersOf(op),
    })),
  );
  file.formatText({ indentSize: 2 });
  return file.getFullText();
}

function membersOf(op: OpDef) {
  return [...operandsOf(op), ...attributesOf(op)].filter(({ name }) => !general.includes(name));
}

function operandsOf({ operands }: OpDef) {
  return operands.map(({ name, optional = false, variadic = false }) => ({
    name,
    isReadonly: true,
    hasQuestionToken: optional,
    type: variadic ? "readonly Tensor[]" : optional ? "Tensor | undefined" : "Tensor",
  }));
}

function attributesOf({ operands, attributes }: OpDef) {
  const named = Object.entries(attributes).filter(
    ([attribute]) => !operands.some(({ name }) => name === attribute),
  );
  return named.map(([name, definition]) => ({
    name,
    isReadonly: true,
    hasQuestionToken: isOptional(definition),
    type: attributeType(definition),
  }));
}
