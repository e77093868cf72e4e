import { clausesOf } from "../generate/clauses.ts";
import { generateMiss, type NearMiss } from "../generate/generate-miss.ts";
import { type PatternedRule, placesOf } from "../generate/matching.ts";
import { replayOf } from "../generate/replay.ts";
import type { Graph, NodeId } from "../ir/graph.ts";
import { applyRules } from "../rewrite/driver.ts";
import { verdictOf } from "./clause-verdict.ts";
import { failureOf } from "./failure.ts";
import type { Subject, Violation } from "./law.ts";
import { defaultRuns, defaultSeed, type LawOptions } from "./law-options.ts";
import type { ClauseReport, Failure, RuleReport } from "./rule-report.ts";
import { choicesOf } from "./trial.ts";

/** What near misses say of a rule. */
export type ClausesReport = Pick<
  RuleReport,
  "misses" | "missesRefused" | "clauses" | "unreached"
> & {
  readonly failures: readonly Failure[];
};

/** Graphs that are begun for one near miss, each time. */
export const missAttempts = 8;

/**
 * Breaks each clause of a rule by itself. The rule must not fire on such graphs; the same rule without the clause must break a law on one of
 * them, or else nobody would notice if the clause were not there.
 */
export function checkClauses(subject: Subject, options: LawOptions): ClausesReport {
  const { rule, ops } = subject;
  if (rule.kind === "code")
    return { misses: 0, missesRefused: 0, clauses: [], unreached: [], failures: [] };
  const { runs = defaultRuns, seed = defaultSeed, isOver } = options;
  const tries = Math.max(1, Math.round(runs / 15));
  const clauses: RuleReport["clauses"][number][] = [];
  const unreached: string[] = [];
  const failures: Failure[] = [];
  let misses = 0;
  for (const clause of clausesOf(rule, ops)) {
    if (isOver?.()) break;
    let isReached = false;
    let verdict: ClauseReport["verdict"] = "implied";
    for (let run = 0; run < tries && verdict !== "killed"; run++) {
      const choices = choicesOf(seed, `${rule.name} ${clause.id}`, run + 1);
      const miss = generateMiss(rule, clause, choices, { ops, attempts: missAttempts });
      // What cannot be broken at first hardly ever can: it follows from the other clauses.
      if (miss === undefined && !isReached) break;
      if (miss === undefined) continue;
      isReached = true;
      misses++;
      if (missFires(miss, subject)) {
        const replay = replayOf({ kind: "miss", rule: rule.name, clause: clause.id, choices });
        failures.push(firedOnMiss(subject, miss, replay));
      }
      const fires = missFires(miss, { ...subject, rule: miss.dropped });
      verdict = strongest(verdict, verdictOf(miss, fires, subject));
    }
    if (!isReached) unreached.push(clause.text);
    else clauses.push({ text: clause.text, verdict });
  }
  return { misses, missesRefused: misses - failures.length, clauses, unreached, failures };
}

const weakestFirst: readonly ClauseReport["verdict"][] = ["implied", "cost", "survived", "killed"];

/** What is seen of a clause on all its near misses. */
function strongest(
  a: ClauseReport["verdict"],
  b: ClauseReport["verdict"],
): ClauseReport["verdict"] {
  return weakestFirst.indexOf(a) > weakestFirst.indexOf(b) ? a : b;
}

/** Whether a rule does something at a place that it misses. */
export function missFires({ graph, place }: NearMiss, { rule, ops }: Subject): boolean {
  if (rule.kind === "code") return false;
  if (rule.kind === "quantize")
    return placesOf(rule, graph, ops).some(({ nodes }) => meets(nodes, place.nodes));
  return [...graph.nodes.keys()].some((id) => {
    let isNear = false;
    applyRules(graph, [rule], {
      ops,
      onlyAt: id,
      observe({ removed }) {
        isNear = meets(new Set(removed.map((node) => node.id)), place.nodes);
      },
    });
    return isNear;
  });
}

function meets(a: ReadonlySet<NodeId>, b: ReadonlySet<NodeId>): boolean {
  return [...a].some((id) => b.has(id));
}

/**
 * A rule that fires on a near miss, on the smallest graph that is one by the same clause. Where an op is another one than the rule asks for, of a
 * smaller graph nobody could say that: it stays.
 *
 * @param fires whether the rule does something there
 */
export function firedOnMiss(
  subject: Subject,
  miss: NearMiss,
  replay: string,
  fires: (miss: NearMiss, subject: Subject) => boolean = missFires,
): Failure {
  const { ops } = subject;
  const rule = subject.rule as PatternedRule;
  const facts = { rule: rule.name, replay: `refusesNearMisses:${replay}` };
  const breach: Violation = {
    law: "refusesNearMisses",
    message: `it fires although \`${miss.clause.text}\` does not hold`,
  };
  const isMiss = (graph: Graph): boolean => {
    if (graph === miss.graph) return true;
    if (miss.clause.kind === "op" || placesOf(rule, graph, ops).length > 0) return false;
    const [place] = placesOf(miss.dropped, graph, ops);
    return place !== undefined && fires({ ...miss, graph, place }, subject);
  };
  const breachOf = (graph: Graph) => (isMiss(graph) ? breach : undefined);
  const { smallest: _, ...failure } = failureOf(miss.graph, breachOf, facts, ops);
  return failure;
}
