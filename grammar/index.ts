/** The public door of the language: text in, syntax tree and diagnostics out. */
export type * from "./ast.ts";
export { check } from "./check/check.ts";
export { type OrderedDefinitions, orderDefinitions } from "./check/definitions.ts";
export { type Expansion, expandRule } from "./expand-patterns.ts";
export { type Explanation, explanations } from "./explanations.ts";
export { expressionParts } from "./expression-parts.ts";
export { format } from "./format.ts";
export { nameMatcher } from "./name-pattern.ts";
export { type Parsed, parse } from "./parse.ts";
export { printChain, printExpression, printNode } from "./print.ts";
export {
  ansi,
  type Painter,
  type Role,
  renderDiagnostic,
} from "./source/code-frame.ts";
export {
  type Checked,
  type Code,
  type Diagnostic,
  type Edit,
  type Fix,
  type Label,
  type ModelPlace,
  type Place,
  Rejected,
} from "./source/diagnostic.ts";
export { SourceFile, type Span } from "./source/source-file.ts";
export {
  type AttributeWord,
  type FunctionWord,
  type ImportedNames,
  type Kind,
  type MemberWord,
  noImports,
  type OperandWord,
  type OpSetWord,
  type OpWord,
  type QuantizerArgument,
  type QuantizerWord,
  type Vocabulary,
} from "./vocabulary.ts";
