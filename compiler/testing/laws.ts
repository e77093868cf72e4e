import type { OpTable } from "../ir/op.ts";
import { ops as allOps } from "../ops/index.ts";
import type { ResolveImport } from "../rewrite/load-rules.ts";
import type { CodeRule } from "../rewrite/rule.ts";
import { checkClauses } from "./check-clauses.ts";
import { checkPairsOf } from "./check-pairs.ts";
import { checkRule } from "./check-rule.ts";
import { failureText } from "./failure-text.ts";
import type { LawName } from "./law.ts";
import type { LawOptions } from "./law-options.ts";
import type { Failure } from "./rule-report.ts";
import { partsOf } from "./test-parts.ts";
import { type TestedLibrary, testedLibrary } from "./tested-library.ts";
import type { AnyRule } from "./trial.ts";

/** A law that is broken: the message has the smallest graph as a `test` item, and the replay string. */
export class LawBroken extends Error {
  readonly failures: readonly Failure[];

  constructor(failures: readonly Failure[]) {
    super(failures.map(failureText).join("\n\n"));
    this.name = "LawBroken";
    this.failures = failures;
  }
}

/**
 * The rules of a text, to be tested beside all that it imports. Throws for a text with errors.
 *
 * @param resolve finds imports; `resolveRules` of `qcfg/node` finds files and `std/…`
 * @param also rules in TypeScript (`defineRule`) that run with them and are tested too
 */
export function rulesOf(
  text: string,
  {
    path = "rules.qcfg",
    resolve = () => undefined,
    also = [],
    ops = allOps,
  }: {
    readonly path?: string;
    readonly resolve?: ResolveImport;
    readonly also?: readonly CodeRule[];
    readonly ops?: OpTable;
  } = {},
): TestedLibrary {
  const { value, diagnostics } = testedLibrary({ path, text }, { ops, resolve });
  if (value === undefined) throw new Error(diagnostics.map(({ message }) => message).join("\n"));
  if (also.length === 0) return value;
  const [first, ...others] = value.library.phases;
  const main = { name: "main", driver: "fixpoint" as const, ...first };
  const phases = [{ ...main, rules: [...(first?.rules ?? []), ...also] }, ...others];
  const rewrites = [...value.library.rewrites, ...also];
  return {
    ...value,
    library: { ...value.library, phases, rewrites },
    rewrites: [...value.rewrites, ...also],
  };
}

/** What a law takes: a rule, by itself or by its name, among the rules that it works beside. */
export type Law = (rule: AnyRule | string, rules: TestedLibrary, options?: LawOptions) => void;

/**
 * One law as a function for a test: throws `LawBroken` where a graph breaks it, and an error where the rule fired on no graph at all, which
 * would have told nothing.
 */
function law(name: LawName): Law {
  return (which, rules, options = {}) => {
    const rule = ruleOf(which, rules);
    const subject = { rule, tested: rules, ops: allOps };
    const report = checkRule(subject, options, [name]);
    const broken = report.failures.filter((failure) => failure.law === name);
    if (broken.length > 0) throw new LawBroken(broken);
    if (report.matched === 0 || (rule.kind !== "quantize" && report.fired === 0))
      throw new Error(
        `${rule.name} fired on none of ${report.runs} graphs: nothing is known of it`,
      );
  };
}

function ruleOf(which: AnyRule | string, rules: TestedLibrary): AnyRule {
  if (typeof which !== "string") return which;
  const rule = [...rules.rewrites, ...rules.quantizes].find(({ name }) => name === which);
  if (rule === undefined) throw new Error(`there is no rule ${which}`);
  return rule;
}

/** The rule fires where its pattern and its clauses hold. */
export const firesAlone: Law = law("firesAlone");
/** The rule still fires on its own matches when all rules of the library run. */
export const firesInLibrary: Law = law("firesInLibrary");
/** What the rule replaces is computed as before, within what it promises by `preserve`. */
export const sound: Law = law("sound");
/** Inputs, outputs and types stay, and the graph is as legal as before. */
export const preservesInterface: Law = law("preservesInterface");
/** Rewriting ends, with the rule alone and with all others. */
export const terminates: Law = law("terminates");
/** Each rewrite makes smaller what the rule states by `decreases`. */
export const decreases: Law = law("decreases");
/** Given to the rules again, what they made of a graph stays as it is. */
export const idempotent: Law = law("idempotent");
/** The result does not depend on the order and the names of the nodes. */
export const orderIndependent: Law = law("orderIndependent");
/** The requests of a `quantize` rule contradict no others. */
export const conflictFree: Law = law("conflictFree");
/** What a `quantize` rule ties has one scale, and so has what integers need one for. */
export const sharesScales: Law = law("sharesScales");
/** The result is the same where an operation that the library takes away stands in between. */
export const ignoresIdentities: Law = law("ignoresIdentities");

/** The rule fires on no graph in which one of its clauses does not hold. */
export const refusesNearMisses: Law = (which, rules, options = {}) => {
  const { failures } = checkClauses(
    { rule: ruleOf(which, rules), tested: rules, ops: allOps },
    options,
  );
  if (failures.length > 0) throw new LawBroken(failures);
};

/** Where two rules overlap there is one result, whatever is rewritten first. */
export function joins(rules: TestedLibrary, options: LawOptions = {}): void {
  const failures = partsOf(rules).flatMap((part) =>
    part.kind === "pairs" ? checkPairsOf(part.pairs, rules, allOps, options).failures : [],
  );
  if (failures.length > 0) throw new LawBroken(failures);
}
