import type { Node } from "../ir/graph.ts";
import type { GraphView } from "../ir/graph-view.ts";
import type { OpTable } from "../ir/op.ts";
import { type Candidate, candidatesAt } from "./decision-tree.ts";
import { orderRules } from "./order.ts";
import { precedenceOf } from "./precedence.ts";
import type { PatternRule, RewriteRule, Sight } from "./rule.ts";
import { rulesByOp } from "./rule-index.ts";
import { sightOf } from "./sight.ts";

/** What the driver must know of a list of rules. */
export interface RuleBook {
  /** Those that may match at a node, in the order in which they are tried. */
  readonly candidates: (node: Node, graph: GraphView) => readonly Candidate<SeeingRule>[];
  /** What all together see that may start at a node of an op. */
  readonly sightAt: (op: string) => Sight;
  /** For a rule those that go ahead of it where they overlap. */
  readonly rulesAhead: (rule: RewriteRule) => readonly PatternRule[];
  /** How far from its root any of them can match, towards operands and towards users. */
  readonly reach: { readonly up: number; readonly down: number };
}

/** A rule as it is tried. */
export interface SeeingRule {
  readonly rule: RewriteRule;
  readonly sight: Sight;
}

/** Of lists that were applied before: the same rules are applied to many graphs. */
const books = new WeakMap<readonly RewriteRule[], RuleBook>();

/** What is known of a list of rules, found once. */
export function ruleBook(rules: readonly RewriteRule[], ops: OpTable): RuleBook {
  const known = books.get(rules) ?? written(rules, ops);
  books.set(rules, known);
  return known;
}

function written(rules: readonly RewriteRule[], ops: OpTable): RuleBook {
  const ordered = orderRules(rules).rules;
  const starting = rulesByOp(ordered);
  const sightOfRule = remembered(sightOf);
  const seeing = (rule: RewriteRule): SeeingRule => ({ rule, sight: sightOfRule(rule) });
  return {
    candidates: candidatesAt(ordered, ops, seeing),
    sightAt: remembered((op: string) => widest(starting(op).map(sightOfRule))),
    rulesAhead: precedenceOf(ordered),
    reach: reachOf(rules),
  };
}

function widest(sights: readonly Sight[]): Sight {
  return {
    edges: sights.reduce((most, { edges }) => Math.max(most, edges), -1),
    isAround: sights.some(({ isAround }) => isAround),
  };
}

function remembered<Key, Found>(find: (key: Key) => Found): (key: Key) => Found {
  const known = new Map<Key, Found>();
  return (key) => {
    const before = known.get(key);
    if (before !== undefined) return before;
    const found = find(key);
    known.set(key, found);
    return found;
  };
}

function reachOf(rules: readonly RewriteRule[]): RuleBook["reach"] {
  let up = 0;
  let down = 0;
  for (const rule of rules) {
    const reach = rule.kind === "rewrite" ? rule.pattern.reach : { up: 1, down: 0 };
    up = Math.max(up, reach.up);
    down = Math.max(down, reach.down);
  }
  return { up, down };
}
