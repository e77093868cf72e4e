import { generateMiss } from "../generate/generate-miss.ts";
import { fromReplay } from "../generate/replay.ts";
import type { OpTable } from "../ir/op.ts";
import { firedOnMiss, missAttempts, missFires } from "./check-clauses.ts";
import { overlapOfReplay, unjoined } from "./check-pairs.ts";
import { takenBy } from "./check-rule.ts";
import { failureOf } from "./failure.ts";
import { graphLaws } from "./graph-laws.ts";
import { type LawName, lawNames, type Violation } from "./law.ts";
import type { Failure } from "./rule-report.ts";
import type { TestedLibrary } from "./tested-library.ts";
import { trialOfReplay } from "./trial.ts";

/** The law and the graph of a replay string, tried again. */
export interface Replayed {
  readonly law: LawName;
  /** Absent where the law is kept, now. */
  readonly failure?: Failure;
}

/** Tries again what a failure was told with; `undefined` where the string is not of this version, or of no rule of the library. */
export function replay(text: string, tested: TestedLibrary, ops: OpTable): Replayed | undefined {
  const at = text.indexOf(":");
  const law = lawNames.find((name) => name === text.slice(0, at));
  const rest = text.slice(at + 1);
  if (law === undefined) return undefined;
  if (law === "joins") return replayPair(rest, text, tested, ops);
  if (law === "refusesNearMisses") return replayMiss(rest, tested, ops);
  const trial = trialOfReplay(rest, [...tested.rewrites, ...tested.quantizes], ops);
  if (trial === undefined) return undefined;
  const subject = { rule: trial.rule, tested, ops };
  const breachOf = (graph: typeof trial.graph): Violation | undefined =>
    law === "firesInLibrary" ? takenBy(subject, graph) : graphLaws[law]?.(graph, subject).violation;
  if (breachOf(trial.graph) === undefined) return { law };
  const facts = { rule: trial.rule.name, replay: text };
  const { smallest: _, ...failure } = failureOf(trial.graph, breachOf, facts, ops);
  return { law, failure };
}

function replayMiss(rest: string, tested: TestedLibrary, ops: OpTable): Replayed | undefined {
  const found = fromReplay(rest);
  if (found?.kind !== "miss") return undefined;
  const rules = [...tested.rewrites, ...tested.quantizes];
  const rule = rules.find(({ name, kind }) => name === found.rule && kind !== "code");
  if (rule === undefined || rule.kind === "code") return undefined;
  const options = { ops, attempts: missAttempts };
  const miss = generateMiss(rule, { id: found.clause }, found.choices, options);
  if (miss === undefined) return undefined;
  const subject = { rule, tested, ops };
  if (!missFires(miss, subject)) return { law: "refusesNearMisses" };
  return { law: "refusesNearMisses", failure: firedOnMiss(subject, miss, rest) };
}

function replayPair(
  rest: string,
  text: string,
  tested: TestedLibrary,
  ops: OpTable,
): Replayed | undefined {
  const overlap = overlapOfReplay(rest, tested, ops);
  if (overlap === undefined) return undefined;
  const { pair, graph } = overlap;
  const breachOf = (candidate: typeof graph) => unjoined(candidate, pair, tested, ops);
  if (breachOf(graph) === undefined) return { law: "joins" };
  const facts = { rule: pair.first.name, other: pair.second.name, replay: text };
  const { smallest: _, ...failure } = failureOf(graph, breachOf, facts, ops);
  return { law: "joins", failure };
}
