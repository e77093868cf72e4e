import type { GroupPattern, NodePattern, Pattern, ValuePattern } from "./pattern.ts";
import type { RewriteRule } from "./rule.ts";

export interface RuleOrder {
  readonly rules: readonly RewriteRule[];
  /** Rules whose `before` clauses contradict each other; empty when there are none. */
  readonly circular: readonly RewriteRule[];
}

/**
 * The order in which rules are tried where several fit at one node: the one with the larger pattern first (special before general), then
 * the one of the file nearest to the root, then by name. What `before` says is about two rules that overlap, and moves neither of them
 * among the others: see `precedenceOf`. The order of a file never decides.
 */
export function orderRules(rules: readonly RewriteRule[]): RuleOrder {
  const known = orders.get(rules) ?? ordered(rules);
  orders.set(rules, known);
  return known;
}

/** Of lists that were put in order before: the same rules are applied to many graphs. */
const orders = new WeakMap<readonly RewriteRule[], RuleOrder>();

function ordered(rules: readonly RewriteRule[]): RuleOrder {
  const sizes = new Map(rules.map((rule) => [rule, sizeOfRule(rule)]));
  const inOrder = rules.toSorted(
    (a, b) => sizes.get(b)! - sizes.get(a)! || distanceOf(a) - distanceOf(b) || byNames(a, b),
  );
  return { rules: inOrder, circular: circularAmong(inOrder) };
}

/** What is left when all rules are taken away that no other one is to go before, and so on. */
function circularAmong(rules: readonly RewriteRule[]): readonly RewriteRule[] {
  const byName = new Map(rules.map((rule) => [rule.name, rule]));
  const laterThan = (rule: RewriteRule) =>
    new Set(rule.before.flatMap((name) => byName.get(name) ?? []));
  /** How many rules must come before each. */
  const waits = new Map(rules.map((rule) => [rule, 0]));
  for (const rule of rules)
    for (const later of laterThan(rule)) waits.set(later, waits.get(later)! + 1);
  const free = rules.filter((rule) => waits.get(rule) === 0);
  for (let rule = free.pop(); rule !== undefined; rule = free.pop()) {
    waits.delete(rule);
    for (const later of laterThan(rule)) {
      const left = waits.get(later)! - 1;
      waits.set(later, left);
      if (left === 0) free.push(later);
    }
  }
  return rules.filter((rule) => waits.has(rule));
}

function distanceOf(rule: RewriteRule): number {
  return rule.kind === "code" ? Number.MAX_SAFE_INTEGER : rule.distance;
}

function byNames(a: RewriteRule, b: RewriteRule): number {
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}

/** The number of nodes that a rule names: where two fit at one node, the larger one goes first. */
export function sizeOfRule(rule: RewriteRule): number {
  return rule.kind === "code" ? 1 : patternSize(rule.pattern);
}

/** The number of nodes that a pattern names. */
function patternSize({ chains }: Pattern): number {
  return chains.reduce(
    (sum, { root, below }) =>
      below.reduce(
        (n, step) => n + (step.kind === "node" ? nodeSize(step) : 0),
        sum + valueSize(root),
      ),
    0,
  );
}

function valueSize({ node, group }: ValuePattern): number {
  if (group) return groupSize(group);
  return node ? nodeSize(node) : 0;
}

/** What a group has at least. */
function groupSize(group: GroupPattern): number {
  switch (group.kind) {
    case "path":
      return valueSize(group.input);
    case "repeat":
      return group.least * valueSize(group.body) + (group.input ? valueSize(group.input) : 0);
    case "choice":
      return Math.min(...group.alternatives.map(({ pattern }) => valueSize(pattern)));
  }
}

function nodeSize({ input, operands = [] }: NodePattern): number {
  return operands.reduce(
    (n, { pattern }) => n + valueSize(pattern),
    1 + (input ? valueSize(input) : 0),
  );
}
