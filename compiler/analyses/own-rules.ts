import type { PatternRule, QuantizeRule } from "../rewrite/rule.ts";

/** Whether a rule is one that is to be looked at; what only others do to each other is known. */
export type IsOwn = (rule: PatternRule | QuantizeRule) => boolean;

/** A rule of a file of the user's: the libraries that come with the compiler have been looked at. */
export function isUsers({ span }: PatternRule | QuantizeRule): boolean {
  return span === undefined || !span.file.path.startsWith("std/");
}
