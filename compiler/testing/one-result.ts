import type { RewriteRule } from "../rewrite/rule.ts";
import type { TestedLibrary } from "./tested-library.ts";

/** Whether results may not depend on the order of nodes: not asked of a file that expects any result, nor of rules that ask for names. */
export function hasOneResult(tested: TestedLibrary): boolean {
  const { phases } = tested.library;
  if (!rewritesToTheEnd(tested) || expectsAnyResult(tested)) return false;
  return !phases.some(({ rules }) => rules.some(asksForNames));
}

/** Whether every phase goes on until nothing is left to do. */
export function rewritesToTheEnd({ library }: TestedLibrary): boolean {
  return library.phases.every(({ driver }) => driver === "fixpoint");
}

/** Whether the file says that results may depend on what is rewritten first. */
export function expectsAnyResult({ file }: TestedLibrary): boolean {
  return file.items.some(({ kind }) => kind === "anyResult");
}

function asksForNames(rule: RewriteRule): boolean {
  if (rule.kind === "code") return false;
  const { file, start, end } = rule.item.span;
  return /\.(name|path)\b/.test(file.text.slice(start, end));
}
