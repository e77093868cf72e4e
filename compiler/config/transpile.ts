import { ts } from "ts-morph";

const compilerOptions: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2023,
  module: ts.ModuleKind.ESNext,
  verbatimModuleSyntax: true,
  inlineSourceMap: true,
  inlineSources: true,
};

/** A TypeScript module as JavaScript, its types taken away and not checked; throws where its syntax is wrong. */
export function transpileModule(text: string, path: string): string {
  return transpile(text, path, compilerOptions);
}

/** The JavaScript of a TypeScript expression; throws where it is none. */
export function transpileExpression(expression: string): string {
  const options = { ...compilerOptions, inlineSourceMap: false, inlineSources: false };
  const text = transpile(`(${expression}\n)`, "expression.ts", options);
  return text
    .replace(/^"use strict";/, "")
    .trim()
    .replace(/;$/, "");
}

function transpile(text: string, fileName: string, options: ts.CompilerOptions): string {
  const { outputText, diagnostics = [] } = ts.transpileModule(text, {
    fileName,
    compilerOptions: options,
    reportDiagnostics: true,
  });
  const [fault] = diagnostics;
  if (fault !== undefined)
    throw new SyntaxError(ts.flattenDiagnosticMessageText(fault.messageText, " "));
  return outputText;
}
