import type { Expression } from "../../grammar/ast.ts";
import { closest } from "../../grammar/check/closest.ts";
import { nameMatcher } from "../../grammar/index.ts";
import type { Diagnostic } from "../../grammar/source/diagnostic.ts";
import type { Graph } from "../ir/graph.ts";
import type { OpTable } from "../ir/op.ts";
import type { LoweredModel, PreparedModel } from "../pipeline.ts";
import type { PatternRule, QuantizeRule, RewriteRule } from "../rewrite/rule.ts";
import {
  clauseIdle,
  nameWithoutNode,
  nothingQuantized,
  opsInFloat,
  requestLost,
  ruleUnmatched,
} from "./diagnostics.ts";
import type { LintName } from "./lint-names.ts";
import { explainedClaim } from "./places.ts";
import { precedence, ruleOf, siteName } from "./sites.ts";

/** One thing that happened. */
export interface Finding {
  readonly lint: LintName;
  readonly diagnostic: Diagnostic;
}

/**
 * Everything that the rules did not do to a model: rules that match nothing, name patterns that no node has, requests of the
 * user's own file that lost or that stand for nothing, ops in float.
 */
export function findingsOf(
  prepared: PreparedModel,
  { summary }: Pick<LoweredModel, "summary">,
  ops: OpTable,
): readonly Finding[] {
  const found = (lint: LintName, diagnostics: readonly Diagnostic[]): readonly Finding[] =>
    diagnostics.map((diagnostic) => ({ lint, diagnostic }));
  const isInteger = summary.integerNodes > 0 || prepared.annotations !== undefined;
  return [
    ...found("unmatched-rule", unmatchedRules(prepared)),
    ...found("unknown-name", unknownNames(prepared)),
    ...found("lost-request", lostRequests(prepared, ops)),
    ...found("idle-clause", idleClauses(prepared)),
    ...found(
      "nothing-quantized",
      quantizesNothing(prepared, summary) ? [nothingFrom(prepared)] : [],
    ),
    ...found("float-op", isInteger ? floatOps(prepared.model.name, summary.floatNodes) : []),
  ];
}

/** Rules that need not match and were not written as `optional`. The standard library is for all models: its rules are only counted. */
function unmatchedRules({ rules, fired, annotations }: PreparedModel): readonly Diagnostic[] {
  const { quantizes, rewrites } = rules.scheme;
  const written = [...rewrites.filter(isPattern), ...(annotations ? quantizes : [])];
  return written
    .filter((rule) => !fired.get(rule.name) && !rule.optional && !isStandard(rule))
    .map(({ name, span }) => ruleUnmatched(name, span));
}

function isPattern(rule: RewriteRule): rule is PatternRule {
  return rule.kind === "rewrite";
}

/** Whether a rule comes with the compiler. */
function isStandard({ span }: PatternRule | QuantizeRule): boolean {
  return span?.file.path.startsWith("std/") ?? false;
}

/** Name patterns of the user's own rules that fit no node, neither of the source nor of the canonical graph. */
function unknownNames({ model, graph, rules }: PreparedModel): readonly Diagnostic[] {
  const { rewrites, quantizes } = rules.scheme;
  const written = [...rewrites.filter(isPattern), ...quantizes];
  const own = written.filter(({ distance }) => distance === 0);
  const patterns = own.flatMap(({ item }) => [...matchesIn(item.clauses)]);
  if (patterns.length === 0) return [];
  const names = namesOf(model.graph, graph);
  return patterns.flatMap(({ pattern, span }) => {
    const fits = nameMatcher(pattern);
    if ([...names].some(fits)) return [];
    const facts = { model: model.name, pattern: pattern.source, span };
    return [nameWithoutNode(facts, closest(pattern.source, names))];
  });
}

function namesOf(...graphs: readonly Graph[]): ReadonlySet<string> {
  return new Set(graphs.flatMap(({ nodes }) => [...nodes.values()].map(({ name }) => name)));
}

type Matches = Expression & { readonly kind: "matches" };

/** Every `… ~ …` in a part of a syntax tree. */
function* matchesIn(part: unknown): Generator<Matches> {
  if (typeof part !== "object" || part === null) return;
  if ("kind" in part && part.kind === "matches") yield part as Matches;
  for (const [key, value] of Object.entries(part)) if (key !== "span") yield* matchesIn(value);
}

interface Loss {
  readonly facts: Omit<Parameters<typeof requestLost>[0], "nodes">;
  readonly nodes: Set<string>;
}

/** One for each pair of clauses, with all places. */
function lostRequests(prepared: PreparedModel, ops: OpTable): readonly Diagnostic[] {
  const { model, graph, annotations, rules } = prepared;
  const { quantizes } = rules.scheme;
  const losses = new Map<string, Loss>();
  for (const { site, winner, losers, group } of annotations?.sites.values() ?? []) {
    for (const loser of losers) {
      if (ruleOf(loser, quantizes)?.distance !== 0) continue;
      const [asked, got] = [explainedClaim(loser), explainedClaim(winner)];
      const { node, slot } = siteName(site, graph, ops);
      const key = JSON.stringify([asked, got]);
      const loss = losses.get(key) ?? {
        facts: {
          model: model.name,
          rule: loser.rule,
          span: loser.span,
          request: asked.request,
          winner: winner.rule,
          winnerSpan: winner.span,
          granted: got.request,
          because: precedence(winner, loser, quantizes, group !== undefined),
        },
        nodes: new Set<string>(),
      };
      losses.set(key, loss);
      loss.nodes.add(`${node.name}.${slot}`);
    }
  }
  return [...losses.values()].map(({ facts, nodes }) =>
    requestLost({ ...facts, nodes: [...nodes] }),
  );
}

function idleClauses({ model, annotations, fired }: PreparedModel): readonly Diagnostic[] {
  const idle = annotations?.idle ?? [];
  return idle.map((clause) => clauseIdle(model.name, clause, fired.get(clause.rule) ?? 0));
}

/** Weights that are stored as integers are something, though their layers compute in float. */
function quantizesNothing(
  { annotations }: PreparedModel,
  { integerNodes }: LoweredModel["summary"],
): boolean {
  if (annotations === undefined || integerNodes > 0) return false;
  return ![...annotations.sites.values()].some(
    ({ site, winner }) => site.kind === "constant" && typeof winner.request !== "string",
  );
}

function nothingFrom({ model, rules }: PreparedModel): Diagnostic {
  return nothingQuantized(model.name, rules.scheme.files[0]?.file);
}

function floatOps(
  model: string,
  nodes: LoweredModel["summary"]["floatNodes"],
): readonly Diagnostic[] {
  const byReason = Map.groupBy(nodes, ({ op, reason }) => JSON.stringify([op, reason]));
  return [...byReason.values()].map((alike) => {
    const { op, reason } = alike[0]!;
    return opsInFloat(
      model,
      op,
      alike.map(({ node }) => node),
      reason,
    );
  });
}
