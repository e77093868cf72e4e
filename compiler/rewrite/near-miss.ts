import type { ExpectItem, Expression, NamePattern } from "../../grammar/ast.ts";
import type { Diagnostic } from "../../grammar/source/diagnostic.ts";
import type { Span } from "../../grammar/source/source-file.ts";
import type { Graph, NodeId, Value } from "../ir/graph.ts";
import { type GraphView, viewOf } from "../ir/graph-view.ts";
import type { OpTable } from "../ir/op.ts";
import { allHold, type Condition, requireOne, requireSingleUse } from "./conditions.ts";
import { expectationFails, ruleAlwaysRefused, ruleNeverFires } from "./diagnostics.ts";
import type { Rewritten } from "./driver.ts";
import type { Library } from "./load-rules.ts";
import { matchAt, type Search } from "./match.ts";
import { nearestNames } from "./nearest-names.ts";
import type { PatternRule, QuantizeRule } from "./rule.ts";
import { isValueTerm, Unmet } from "./term.ts";

/** Calls `found` for every match at a node whose conditions hold. */
export function forEachMatch(
  { pattern, conditions }: Pick<PatternRule | QuantizeRule, "pattern" | "conditions">,
  root: NodeId,
  view: GraphView,
  ops: OpTable,
  found: (search: Search) => void,
): void {
  matchAt(pattern, root, view, ops, (search) => {
    if (allHold(conditions, search)) found(search);
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
        fitting: nodes.length,
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
  /** The place that comes nearest; absent where not even a root is there. */
  readonly nearMiss?: { readonly node: string; readonly reason: string };
  /** Where the pattern fits nowhere: the node at which most of it does, and what does not. */
  readonly place?: { readonly node: string; readonly reason: string };
  /** Where a pattern of names fits none: those that come nearest to it. */
  readonly names?: readonly string[];
}

/** Why a rule matches nothing in a graph: what does not hold where most does. */
export function nearestMiss(
  graph: Graph,
  rule: PatternRule | QuantizeRule,
  ops: OpTable,
): NearestMiss {
  const view = viewOf(graph);
  const { roots } = rule;
  const candidates = [...graph.nodes.values()].filter(({ op }) => roots?.has(op) ?? true);
  const failed = candidates
    .slice(0, mostPlaces)
    .flatMap(({ id }) => failuresAt(rule, id, view, ops));
  const farthest = failed.reduce((most, { step }) => Math.max(most, step), -1);
  const last = failed.filter(({ step }) => step === farthest);
  const named = last.flatMap(({ named }) => named ?? []);
  const names =
    named[0] &&
    nearestNames(
      named[0].pattern,
      named.map(({ name }) => name),
    );
  const nearest = last.find((one) => one.named?.name === names?.[0]) ?? last[0];
  if (nearest) {
    const { reason } = nearest;
    return { reason, nearMiss: { node: nearest.node, reason }, ...(names && { names }) };
  }
  const wanted = [...(roots ?? [])].map((op) => `\`${op}\``).join(" or ");
  const [candidate] = candidates;
  if (candidate === undefined) return { reason: `the model has no ${wanted}` };
  const reason = `no \`${candidate.op}\` has the neighbours that the pattern asks for`;
  const place = nearestPlace(rule, candidates, view, ops);
  return { reason, ...(place && { place }) };
}

/** Nodes at which a rule is tried for what it says of names and places, so that a large model takes no longer to be told of. */
const mostPlaces = 20_000;

/** A match whose conditions do not all hold. */
interface Failed {
  readonly node: string;
  /** The first that does not, by its number. */
  readonly step: number;
  readonly reason: string;
  /** What it says of a name, if it does. */
  readonly named?: { readonly pattern: NamePattern; readonly name: string } | undefined;
}

function failuresAt(
  rule: PatternRule | QuantizeRule,
  root: NodeId,
  view: GraphView,
  ops: OpTable,
): readonly Failed[] {
  const found: Failed[] = [];
  const { name: node } = view.node(root);
  matchAt(rule.pattern, root, view, ops, (search) => {
    let step = 0;
    try {
      if (rule.kind === "rewrite" && !rule.pattern.shared)
        requireSingleUse(view, search.nodes(), targetsOf(rule, search));
      for (const condition of rule.conditions) {
        step++;
        requireOne(condition, search);
      }
    } catch (error) {
      if (!(error instanceof Unmet)) throw error;
      const condition = rule.conditions[step - 1];
      const reason = error.reason();
      found.push({ node, step, reason, named: condition && nameAsked(condition, search) });
    }
    return false;
  });
  return found;
}

/** The pattern that a condition has for the name of a node, and the name that it has here. */
function nameAsked(condition: Condition, search: Search): Failed["named"] {
  if (condition.kind !== "require") return undefined;
  for (const part of partsOfCondition(condition.condition)) {
    if (part.kind !== "matches" || part.subject.kind !== "member") continue;
    const { object, name } = part.subject;
    const term = object.kind === "name" ? search.lookup(object.name.text) : undefined;
    if (name.text !== "name" || term === undefined || !isValueTerm(term)) continue;
    return { pattern: part.pattern, name: search.graph.node(term.value.node).name };
  }
  return undefined;
}

/** The conditions that are joined to one. */
function partsOfCondition(condition: Expression): readonly Expression[] {
  if (condition.kind !== "binary" || !["&&", "||"].includes(condition.operator)) return [condition];
  return [...partsOfCondition(condition.left), ...partsOfCondition(condition.right)];
}

function nearestPlace(
  { pattern }: Pick<PatternRule | QuantizeRule, "pattern">,
  candidates: readonly { readonly id: NodeId; readonly name: string }[],
  view: GraphView,
  ops: OpTable,
): NearestMiss["place"] {
  let place: { node: string; fitting: number; reason: () => string } | undefined;
  for (const { id, name } of candidates.slice(0, mostPlaces))
    matchAt(
      pattern,
      id,
      view,
      ops,
      () => false,
      (fitting, reason) => {
        if (fitting > (place?.fitting ?? 0)) place = { node: name, fitting, reason };
      },
    );
  return place && { node: place.node, reason: place.reason() };
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
