import type { Span } from "../../grammar/source/source-file.ts";
import type { Graph } from "../ir/graph.ts";
import type { OpTable } from "../ir/op.ts";
import { annotate } from "../quantize/annotate.ts";
import type { QuantizeRule } from "../rewrite/rule.ts";
import { type Asked, requestsOf, shown, slotOf } from "./asked.ts";
import { casesOf, covers } from "./covers.ts";
import type { Bound, Instance } from "./instance.ts";
import { type Effort, type Meeting, overlapsOf, someInstances } from "./overlaps.ts";
import type { IsOwn } from "./own-rules.ts";
import { isPicked } from "./picked-places.ts";
import type { TermId } from "./terms.ts";

/** Two rules that ask for different things at one place of a graph, where neither is stronger. */
export interface RuleConflict {
  readonly first: Asked;
  readonly second: Asked;
  /** A graph in which they do. */
  readonly witness: Graph;
  /** Those of the two that are contradicted wherever they match. */
  readonly certain: readonly Asked[];
}

/** Pairs of which it is found out whether one is everywhere where the other one is. */
const mostCompared = 2000;

/**
 * Pairs of `quantize` rules that contradict each other in some graph: one is made up in which both match at one place, and annotated
 * with all rules. So there is no doubt about what is found, and precedence is what it is in a compilation; what is not found may be there.
 * Of two rules that pick their places by name or position only those are found of which one's places are some of the other's. Left to the graph
 * of a model: what a config asks for (`using`), which is code that no check runs, and two rules that only the tie of a third brings together.
 */
export function conflictsAmong(
  rules: readonly QuantizeRule[],
  ops: OpTable,
  isOwn: IsOwn,
  effort: Effort,
): readonly RuleConflict[] {
  const found = new Map<string, RuleConflict>();
  let left = mostCompared;
  for (const [first, second] of candidates(rules.flatMap(requestsOf), isOwn)) {
    const key = [first.rule.name, second.rule.name].sort().join(" ");
    if (found.has(key)) continue;
    const certain = left-- > 0 ? certainOf(first, second, ops) : [];
    if (certain.length === 0 && isPicked(first) && isPicked(second)) continue;
    const witness = witnessOf(first, second, rules, ops, effort);
    if (witness) found.set(key, { first, second, witness, certain });
    if (effort.overlays <= 0 || effort.graphs <= 0) break;
  }
  return [...found.values()];
}

/** Unequal requests of two rules of one strength for one slot. */
function* candidates(asked: readonly Asked[], isOwn: IsOwn): Generator<readonly [Asked, Asked]> {
  const rivals = Map.groupBy(
    asked,
    ({ rule, site }) => `${rule.override} ${rule.distance} ${slotOf(site)}`,
  );
  const everything = asked.filter(({ site }) => !site.slot);
  for (const same of rivals.values()) {
    const byRequest = [...Map.groupBy([...same, ...everything], shown).values()];
    for (const [i, some] of byRequest.entries())
      for (const others of byRequest.slice(i + 1))
        for (const first of some)
          for (const second of others)
            if (isRival(first, second) && (isOwn(first.rule) || isOwn(second.rule)))
              yield [first, second];
  }
}

function isRival({ rule: a }: Asked, { rule: b }: Asked): boolean {
  return a !== b && a.override === b.override && a.distance === b.distance;
}

/** Those of two that are contradicted by the other one wherever they match. */
function certainOf(first: Asked, second: Asked, ops: OpTable): readonly Asked[] {
  return [
    ...(coversAll(second, first, ops) ? [first] : []),
    ...(coversAll(first, second, ops) ? [second] : []),
  ];
}

/** Whether a rule asks for the slot wherever another one does. */
function coversAll(general: Asked, special: Asked, ops: OpTable): boolean {
  const cases = casesOf(special, ops) ?? [];
  return cases.length > 0 && cases.every((one) => covers(general, special, one, ops));
}

function witnessOf(
  first: Asked,
  second: Asked,
  rules: readonly QuantizeRule[],
  ops: OpTable,
  effort: Effort,
): Graph | undefined {
  const meetings = meetingsOf(first, second, ops);
  for (const graph of overlapsOf(first.rule, second.rule, meetings, ops, effort)) {
    const { diagnostics } = annotate(graph, rules, { ops });
    const isTold = diagnostics.some(
      ({ code, labels }) =>
        code === "QC2109" &&
        [first, second].every(({ rule }) =>
          labels.some(({ place }) => isIn(place, rule.item.span)),
        ),
    );
    if (isTold) return graph;
  }
  return undefined;
}

function isIn(place: object, span: Span): boolean {
  const inner = place as Partial<Span>;
  return inner.file === span.file && inner.start! >= span.start && inner.end! <= span.end;
}

function* meetingsOf(first: Asked, second: Asked, ops: OpTable): Generator<Meeting> {
  for (const a of someInstances(first.rule, ops))
    for (const id of sitesIn(a, first))
      for (const b of someInstances(second.rule, ops))
        for (const other of sitesIn(b, second))
          if (mayBeOne(a, id, b, other)) yield { first: a, id, second: b, other };
}

function mayBeOne(a: Instance, id: TermId, b: Instance, other: TermId): boolean {
  const [x, y] = [a.terms.term(id).ops, b.terms.term(other).ops];
  return !x || !y || [...x].some((op) => y.has(op));
}

/** The nodes whose slot it is; in a fused or tied group what is asked for one member may be another's. */
function sitesIn({ names }: Instance, { rule, site }: Asked): readonly TermId[] {
  const groups = rule.item.clauses.flatMap((clause) => {
    if (clause.kind === "fuse") return [clause.members.map(({ text }) => text)];
    return clause.kind === "tie" ? [clause.sites.map(({ capture }) => capture.text)] : [];
  });
  const group = groups.filter((members) => members.includes(site.capture.text)).flat();
  const captures = new Set([site.capture.text, ...group]);
  return [...captures].flatMap((name) => idsOf(names.get(name)));
}

function idsOf(bound: Bound | undefined): readonly TermId[] {
  if (typeof bound === "number") return [bound];
  return bound === undefined || typeof bound === "string" ? [] : bound.flatMap(idsOf);
}
