import type { SiteReference } from "../../grammar/ast.ts";
import { Rejected } from "../../grammar/source/diagnostic.ts";
import type { Span } from "../../grammar/source/source-file.ts";
import type { Request } from "../ir/annotations.ts";
import type { Graph } from "../ir/graph.ts";
import type { OpTable } from "../ir/op.ts";
import { annotate } from "../quantize/annotate.ts";
import { printRequest } from "../quantize/claims.ts";
import { quantizerOf } from "../quantize/requests-quantizer.ts";
import type { QuantizeRule } from "../rewrite/rule.ts";
import type { Bound, Instance } from "./instance.ts";
import { type Effort, type Meeting, overlapsOf, someInstances } from "./overlaps.ts";
import type { IsOwn } from "./own-rules.ts";
import type { TermId } from "./terms.ts";

/** What a rule asks for at a site. */
export interface Asked {
  readonly rule: QuantizeRule;
  readonly span: Span;
  readonly request: Request;
  readonly site: SiteReference;
}

/** Two rules that ask for different things at one place of a graph, where neither is stronger. */
export interface RuleConflict {
  readonly first: Asked;
  readonly second: Asked;
  /** A graph in which they do. */
  readonly witness: Graph;
  /** They do wherever one of them matches. */
  readonly isCertain: boolean;
}

/**
 * Pairs of `quantize` rules that contradict each other in some graph: one is made up in which both match at one place, and annotated
 * with all rules. So there is no doubt about what is found, and precedence is what it is in a compilation; what is not found may be there.
 */
export function conflictsAmong(
  rules: readonly QuantizeRule[],
  ops: OpTable,
  isOwn: IsOwn,
  effort: Effort,
): readonly RuleConflict[] {
  const found = new Map<string, RuleConflict>();
  for (const [first, second] of candidates(rules.flatMap(requestsOf), isOwn)) {
    const key = [first.rule.name, second.rule.name].sort().join(" ");
    if (found.has(key)) continue;
    const witness = witnessOf(first, second, rules, ops, effort);
    if (witness) {
      const isCertain = covers(first, second, ops) || covers(second, first, ops);
      found.set(key, { first, second, witness, isCertain });
    }
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

/** Whether a rule matches wherever the other one does: it is one node, of which nothing else is asked. */
function covers(general: Asked, special: Asked, ops: OpTable): boolean {
  const [instance, ...others] = someInstances(general.rule, ops);
  if (!instance || others.length > 0 || general.rule.conditions.length > 0) return false;
  const [node, ...more] = instance.nodes;
  if (node === undefined || more.length > 0) return false;
  const { ops: all, attributes, types } = instance.terms.term(node);
  if (attributes.length > 0 || types.length > 0) return false;
  return someInstances(special.rule, ops).every((one) =>
    sitesIn(one, special).every((id) => {
      const some = one.terms.term(id).ops;
      return !all || (some && [...some].every((op) => all.has(op)));
    }),
  );
}

function slotOf({ slot, index }: SiteReference): string {
  if (slot === undefined) return "*";
  const text = slot.text === "activation" ? "output" : slot.text;
  return index === undefined ? text : `${text}[${typeof index === "number" ? index : "…"}]`;
}

/** The requests of a rule that are written out; what a config or TypeScript asks for is not known here. */
function requestsOf(rule: QuantizeRule): readonly Asked[] {
  if (rule.item.using) return [];
  return rule.item.clauses.flatMap((clause): readonly Asked[] => {
    if (clause.kind !== "set" && clause.kind !== "tie") return [];
    const request = requestOf(clause.value, rule);
    if (request === undefined || request === "none") return [];
    return clause.sites.map((site) => ({ rule, span: clause.span, request, site }));
  });
}

function requestOf(
  value: Parameters<typeof quantizerOf>[0] | undefined,
  rule: QuantizeRule,
): Request | "none" | undefined {
  if (value === undefined) return undefined;
  try {
    return quantizerOf(value, rule.quantizers, rule.pattern.typescript?.foreign);
  } catch (error) {
    if (error instanceof Rejected) return undefined;
    throw error;
  }
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

/** The nodes whose slot it is; in a fused group what is asked for one member may be another's. */
function sitesIn({ names }: Instance, { rule, site }: Asked): readonly TermId[] {
  const fused = rule.item.clauses.flatMap((clause) =>
    clause.kind === "fuse" ? [clause.members.map(({ text }) => text)] : [],
  );
  const group = fused.find((members) => members.includes(site.capture.text)) ?? [];
  const captures = new Set([site.capture.text, ...group]);
  return [...captures].flatMap((name) => idsOf(names.get(name)));
}

function idsOf(bound: Bound | undefined): readonly TermId[] {
  if (typeof bound === "number") return [bound];
  return bound === undefined || typeof bound === "string" ? [] : bound.flatMap(idsOf);
}

/** A request as a message shows it. */
export function shown({ request }: Asked): string {
  return printRequest(request);
}
