import type { ExpectItem } from "../../grammar/ast.ts";
import type { Diagnostic } from "../../grammar/source/diagnostic.ts";
import type { Span } from "../../grammar/source/source-file.ts";
import type { Graph, NodeId, Value } from "../ir/graph.ts";
import { type GraphView, viewOf } from "../ir/graph-view.ts";
import type { OpTable } from "../ir/op.ts";
import { type Condition, requireAll, requireOne, requireSingleUse } from "./conditions.ts";
import { expectationFails, ruleAlwaysRefused, ruleNeverFires } from "./diagnostics.ts";
import type { Rewritten } from "./driver.ts";
import type { Library } from "./load-rules.ts";
import { matchAt, type Search } from "./match.ts";
import type { PatternRule, QuantizeRule } from "./rule.ts";
import { isValueTerm, Unmet } from "./term.ts";

type Conditional = Pick<PatternRule | QuantizeRule, "pattern" | "conditions" | "roots">;

/** Calls `found` for every match at a node whose conditions hold, `missed` with the reason for every other. */
export function forEachMatch(
  { pattern, conditions }: Conditional,
  root: NodeId,
  view: GraphView,
  ops: OpTable,
  found: (search: Search) => void,
  missed?: (reason: string) => void,
): void {
  matchAt(pattern, root, view, ops, (search) => {
    try {
      requireAll(conditions, search);
    } catch (error) {
      if (!(error instanceof Unmet)) throw error;
      missed?.(error.reason());
      return false;
    }
    found(search);
    return false;
  });
}

/** Why a rule does not apply at a node where its pattern begins to fit. */
export interface Miss {
  readonly reason: string;
  /** The clause that does not hold; absent where the pattern itself does not fit. */
  readonly clause?: Span;
  /** How many nodes of the pattern fitted. */
  readonly fitting: number;
}

/**
 * The miss at `root` that came farthest: a clause that does not hold is farther than a pattern that does not fit. None
 * where the rule applies, or where not even the root fits.
 */
export function missAt(
  rule: PatternRule | QuantizeRule,
  root: NodeId,
  view: GraphView,
  ops: OpTable,
): Miss | undefined {
  let applies = false;
  let pattern: { readonly fitting: number; readonly reason: () => string } | undefined;
  let clause: Miss | undefined;
  const tryMatch = (search: Search): boolean => {
    const nodes = search.nodes();
    let current: Condition | undefined;
    try {
      if (rule.kind === "rewrite" && !rule.pattern.shared)
        requireSingleUse(view, nodes, targetsOf(rule, search));
      for (current of rule.conditions) requireOne(current, search);
      applies = true;
    } catch (error) {
      if (!(error instanceof Unmet)) throw error;
      clause ??= {
        reason: error.reason(),
        ...(current && { clause: spanOf(current) }),
        fitting: nodes.size,
      };
    }
    return applies;
  };
  matchAt(rule.pattern, root, view, ops, tryMatch, (fitting, reason) => {
    if (fitting > (pattern?.fitting ?? 0)) pattern = { fitting, reason };
  });
  if (applies) return undefined;
  return clause ?? (pattern && { reason: pattern.reason(), fitting: pattern.fitting });
}

function targetsOf({ replaces }: PatternRule, search: Search): readonly (Value | undefined)[] {
  return replaces.map(({ target }) => {
    const term = search.lookup(target.text);
    return term !== undefined && isValueTerm(term) ? term.value : undefined;
  });
}

function spanOf(condition: Condition): Span {
  return "clause" in condition ? condition.clause.span : condition.span;
}

export interface NearestMiss {
  readonly reason: string;
  /** Where the pattern fits but for a condition; absent when it fits nowhere. */
  readonly nearMiss?: { readonly node: string; readonly reason: string };
}

/** Why a rule matches nothing in a graph. */
export function nearestMiss(graph: Graph, rule: Conditional, ops: OpTable): NearestMiss {
  const view = viewOf(graph);
  const { roots } = rule;
  const candidates = [...graph.nodes.values()].filter(({ op }) => roots?.has(op) ?? true);
  const [candidate] = candidates;
  for (const node of candidates) {
    const reasons: string[] = [];
    forEachMatch(
      rule,
      node.id,
      view,
      ops,
      () => {},
      (reason) => reasons.push(reason),
    );
    const [reason] = reasons;
    if (reason !== undefined) return { reason, nearMiss: { node: node.name, reason } };
  }
  const wanted = [...(roots ?? [])].map((op) => `\`${op}\``).join(" or ");
  const reason = candidate
    ? `no \`${candidate.op}\` has the neighbours that the pattern asks for`
    : `the model has no ${wanted}`;
  return { reason };
}

/** What the rules of both strata did to a model. */
export interface Firings extends Pick<Rewritten, "refusals" | "faulty"> {
  /** How often each rule was applied or matched. */
  readonly fired: ReadonlyMap<string, number>;
}

/**
 * What the user's own file promises and does not keep: rewrite rules that were never applied to `graph`, the graph as it was
 * before, and `expect` items. A rule that diagnostics speak of already is not told again.
 */
export function checkFirings(
  graph: Graph,
  { rewrites, expectations }: Pick<Library, "rewrites" | "expectations">,
  { fired, refusals, faulty }: Firings,
  ops: OpTable,
): readonly Diagnostic[] {
  const idle = rewrites.filter(
    (rule): rule is PatternRule =>
      rule.kind === "rewrite" &&
      rule.distance === 0 &&
      !rule.optional &&
      !fired.get(rule.name) &&
      !faulty.has(rule.name),
  );
  return [
    ...idle.map((rule) => {
      const refusal = refusals.find((refused) => refused.rule === rule.name);
      const { name: model } = graph;
      return refusal
        ? ruleAlwaysRefused(rule, { model, ...refusal })
        : ruleNeverFires(rule, { model, ...nearestMiss(graph, rule, ops) });
    }),
    ...expectations.flatMap((item) => unkept(item, fired.get(item.rule.text) ?? 0)),
  ];
}

const comparisons: Readonly<Record<ExpectItem["comparison"], (a: number, b: number) => boolean>> = {
  "==": (a, b) => a === b,
  "!=": (a, b) => a !== b,
  "<": (a, b) => a < b,
  "<=": (a, b) => a <= b,
  ">": (a, b) => a > b,
  ">=": (a, b) => a >= b,
};

function unkept(item: ExpectItem, times: number): readonly Diagnostic[] {
  const { rule, span, comparison, count } = item;
  if (comparisons[comparison](times, count)) return [];
  return [expectationFails({ rule, span, text: `${comparison} ${count}` }, times)];
}
