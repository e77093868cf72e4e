import type { Diagnostic } from "../../grammar/source/diagnostic.ts";
import type { OpTable } from "../ir/op.ts";
import type { Library } from "../rewrite/load-rules.ts";
import type { PatternRule, QuantizeRule, RewriteRule } from "../rewrite/rule.ts";
import { mayNotEnd } from "./diagnostics.ts";
import { type Termination, terminationOf } from "./termination.ts";

/** What can be said of rules together, without a model. */
export interface RuleAnalysis {
  /** For each phase that is applied until nothing matches: why that ends. */
  readonly terminations: ReadonlyMap<string, Termination>;
  readonly diagnostics: readonly Diagnostic[];
}

/** Whether a rule is one that is to be looked at; what only others do is known. */
export type IsOwn = (rule: PatternRule | QuantizeRule) => boolean;

/** Everything that the rules of a library do to each other, as far as rules that are the user's own have a part in it. */
export function analyseRules(library: Library, ops: OpTable, isOwn: IsOwn = isUsers): RuleAnalysis {
  const hasOwn = (rule: RewriteRule) => rule.kind === "rewrite" && isOwn(rule);
  const phases = library.phases.filter(
    ({ driver, rules }) => driver === "fixpoint" && rules.some(hasOwn),
  );
  const terminations = new Map(
    phases.map(({ name, rules }) => [name, terminationOf(rules, ops)] as const),
  );
  const circles = [...terminations.values()].flatMap(({ unproved }) => unproved);
  return {
    terminations,
    diagnostics: circles.filter((circle) => circle.some(hasOwn)).map(mayNotEnd),
  };
}

/** The libraries that come with the compiler have been looked at. */
function isUsers({ span }: PatternRule | QuantizeRule): boolean {
  return span === undefined || !span.file.path.startsWith("std/");
}
