import type { OpTable } from "../ir/op.ts";
import type { PatternRule, RewriteRule } from "../rewrite/rule.ts";
import { circlesAmong } from "./circles.ts";
import type { RuleTerms } from "./dependencies.ts";
import { instancesOf } from "./instance.ts";
import { type Factors, factorsFor, smallerValues } from "./nesting.ts";
import { lighterGraph, marksOf } from "./node-weights.ts";
import { type Requirement, relax, type Weights } from "./relax.ts";
import { withReplacement } from "./replacement-terms.ts";
import { smallestCircle } from "./smallest-circle.ts";
import { deadEnd } from "./ways.ts";

/**
 * Why no rule can be applied for ever: a number of the graph that some rules make smaller and others, of the same circle, leave
 * alone or make smaller too.
 */
export type TerminationArgument =
  /** The sum of the weights of all nodes; a node with a mark (`Op { attribute: value }`) weighs the mark's weight more. */
  | { readonly kind: "weights"; readonly weights: Weights; readonly shrinking: readonly string[] }
  /** The sum of all outputs, where a value is the weight of its op plus a multiple of the values that it reads. */
  | {
      readonly kind: "values";
      readonly weights: Weights;
      readonly factors: Factors;
      readonly shrinking: readonly string[];
    };

export interface Termination {
  /** Each for rules for which those before do not speak. */
  readonly arguments: readonly TerminationArgument[];
  /** Rules that say themselves why they end: `decreases`, or `once`. */
  readonly stated: readonly string[];
  /** Rules that may follow each other in a circle for ever, for all that was found. */
  readonly unproved: readonly (readonly PatternRule[])[];
}

/**
 * Why applying rules until none matches comes to an end. Only rules that can make places for each other in a circle need a reason; one
 * that makes a number smaller, which no rule of its circle makes larger, can be left out, and so on until no circle is left.
 * Rules in TypeScript delete nodes, or put a constant for a value: they make none of these numbers larger.
 */
export function terminationOf(rules: readonly RewriteRule[], ops: OpTable): Termination {
  const patterns = rules.filter((rule) => rule.kind === "rewrite");
  const stated = patterns.filter(({ once, measure }) => once || measure !== undefined);
  const others = patterns
    .filter((rule) => !stated.includes(rule))
    .map((rule) => termsOf(rule, ops));
  const found: TerminationArgument[] = [];
  const unproved = unprovedAmong(others, found);
  return {
    arguments: found,
    stated: stated.map(({ name }) => name),
    unproved: unproved.map((circle) => circle.map(({ rule }) => rule)),
  };
}

/** The circles that are left when all rules for which there is a number are; the numbers are added to `found`. */
function unprovedAmong(
  rules: readonly RuleTerms[],
  found: TerminationArgument[],
): readonly (readonly RuleTerms[])[] {
  const unproved: (readonly RuleTerms[])[] = [];
  const open = [...circlesAmong(shrink(rules, found))];
  for (let circle = open.pop(); circle !== undefined; circle = open.pop()) {
    const left = shrink(circle, found);
    if (left.length < circle.length) {
      open.push(...circlesAmong(left));
      continue;
    }
    const core = smallestCircle(circle, isProved);
    unproved.push(core);
    open.push(...circlesAmong(circle.filter((rule) => !core.includes(rule))));
  }
  return unproved;
}

/** Whether there is an argument for some rules by themselves. */
function isProved(rules: readonly RuleTerms[]): boolean {
  const open = [...circlesAmong(shrink(rules, []))];
  for (let circle = open.pop(); circle !== undefined; circle = open.pop()) {
    const left = shrink(circle, []);
    if (left.length === circle.length) return false;
    open.push(...circlesAmong(left));
  }
  return true;
}

/** The ways in which a rule can be applied. */
export function termsOf(rule: PatternRule, ops: OpTable): RuleTerms {
  const { results, isComplete } = instancesOf(rule.pattern, ops);
  const rewrites = results.flatMap((instance) => {
    try {
      return [withReplacement(rule, instance)];
    } catch (error) {
      if (error === deadEnd) return [];
      throw error;
    }
  });
  return { rule, rewrites, isComplete };
}

/** The rules that no number is found for; what is found for others is added to `found`. */
function shrink(rules: readonly RuleTerms[], found: TerminationArgument[]): readonly RuleTerms[] {
  if (rules.length === 0) return rules;
  const byWeights = lighterRules(rules);
  if (byWeights.shrinking.size > 0) {
    found.push(argumentOf(byWeights));
    return rules.filter((rule) => !byWeights.shrinking.has(rule));
  }
  const byValues = smallerRules(rules);
  if (byValues === undefined || byValues.shrinking.size === 0) return rules;
  found.push(argumentOf(byValues));
  return rules.filter((rule) => !byValues.shrinking.has(rule));
}

interface Found {
  readonly shrinking: ReadonlySet<RuleTerms>;
  readonly weights: Weights;
  readonly factors?: Factors;
}

function argumentOf({ shrinking, weights, factors }: Found): TerminationArgument {
  const names = [...shrinking].map(({ rule }) => rule.name);
  return factors
    ? { kind: "values", weights, factors, shrinking: names }
    : { kind: "weights", weights, shrinking: names };
}

function lighterRules(rules: readonly RuleTerms[]): Found {
  const marks = marksOf(rules.flatMap(({ rewrites }) => rewrites));
  return solved(
    rules.map((rule) => ({
      rule,
      requirements: rule.rewrites.flatMap((rewrite) => lighterGraph(rewrite, marks)),
    })),
  );
}

function smallerRules(rules: readonly RuleTerms[]): Found | undefined {
  const factors = factorsFor(rules.flatMap(({ rewrites }) => rewrites));
  if (factors === undefined) return undefined;
  const stated: { rule: RuleTerms; requirements: readonly Requirement[] }[] = [];
  for (const rule of rules) {
    const requirements = rule.rewrites.map((rewrite) => smallerValues(rewrite, factors));
    if (requirements.includes(undefined)) return undefined;
    stated.push({ rule, requirements: requirements.flatMap((some) => some!) });
  }
  return { ...solved(stated), factors };
}

/** A rule shrinks if it does in each way in which it can be applied. */
function solved(
  stated: readonly { readonly rule: RuleTerms; readonly requirements: readonly Requirement[] }[],
): Found {
  const all = stated.flatMap(({ rule, requirements }) =>
    requirements.map((requirement) => ({ rule, requirement })),
  );
  const { weights, isStrict } = relax(all.map(({ requirement }) => requirement));
  const shrinking = new Set(stated.map(({ rule }) => rule).filter((rule) => rule.isComplete));
  all.forEach(({ rule }, i) => {
    if (!isStrict[i]) shrinking.delete(rule);
  });
  return { weights, shrinking };
}
