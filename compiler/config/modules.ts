import type { SourceFile, Span } from "../../grammar/source/source-file.ts";

/** Loads TypeScript for rule files: a host gives one to the pure compiler. `check` needs none: it executes nothing. */
export interface ModuleLoader {
  /** The exports of what a rule file imports; `undefined` where there is no such file. Throws what the module throws. */
  load(specifier: string, importer: string): Readonly<Record<string, unknown>> | undefined;
  /** A function of these parameters whose result is a TypeScript expression; throws where that is none. */
  compile(parameters: readonly string[], expression: string): (...values: unknown[]) => unknown;
}

/** The TypeScript of a library of rules, loaded. */
export interface Foreign {
  /** What a file's names stand for that it imports from TypeScript. */
  readonly exports: ReadonlyMap<SourceFile, ReadonlyMap<string, unknown>>;
  readonly compile: ModuleLoader["compile"];
}

/** The TypeScript that the expressions of one rule may call. */
export interface RuleTypeScript {
  readonly rule: string;
  /** Names that stand for nodes: functions see these as layers, all other values as tensors. */
  readonly layers: ReadonlySet<string>;
  /** Absent where nothing has been loaded. */
  readonly foreign?: Foreign;
}

/** What a name stands for in the file in which it is written; `undefined` if it is not imported from TypeScript. */
export function exportNamed(
  foreign: Foreign | undefined,
  { text, span }: { readonly text: string; readonly span: Span },
): unknown {
  return foreign?.exports.get(span.file)?.get(text);
}

/** Whether the specifier of an import names TypeScript. */
export function isTypeScript(specifier: string): boolean {
  return /\.m?ts$/.test(specifier);
}

/** What was thrown, in a sentence. */
export function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.trim().replace(/\s*\n\s*/g, " ");
}
