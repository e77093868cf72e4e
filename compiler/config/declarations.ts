import { Project } from "ts-morph";
import type { OpTable } from "../ir/op.ts";
import { captureTypes, type TypedRule } from "./capture-types.ts";

/** The text of `rules.qcfg.d.ts`: for each rule an interface of the names that it binds, by the rule's name. */
export function printDeclarations(
  fileName: string,
  rules: readonly TypedRule[],
  ops: OpTable,
): string {
  const file = new Project({ useInMemoryFileSystem: true }).createSourceFile("rules.d.ts");
  const interfaces = rules.map((rule) => ({
    name: rule.item.name.text,
    isExported: true,
    docs: rule.item.doc === undefined ? [] : [rule.item.doc],
    properties: [...captureTypes(rule, ops)].map(([name, type]) => ({
      name,
      isReadonly: true,
      type,
    })),
  }));
  const text = JSON.stringify(interfaces);
  const used = ["DType", "Layer", "Tensor"].filter((name) =>
    new RegExp(`\\b${name}\\b`).test(text),
  );
  if (used.length > 0)
    file.addImportDeclaration({
      isTypeOnly: true,
      namedImports: used,
      moduleSpecifier: "qcfg/config",
    });
  file.addInterfaces(interfaces);
  // Without an export the file would be a script.
  if (interfaces.length === 0) file.addStatements("export {};");
  file.insertStatements(0, `// Written by \`qcfg types ${fileName}\`: what its rules capture.`);
  file.formatText({ indentSize: 2 });
  return file.getFullText();
}
