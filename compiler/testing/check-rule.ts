import { coverageOf } from "./coverage.ts";
import { failureOf } from "./failure.ts";
import { together } from "./firing.ts";
import { graphLaws } from "./graph-laws.ts";
import { type GraphLaw, type LawName, lawNames, type Subject, type Violation } from "./law.ts";
import { defaultRuns, defaultSeed, type LawOptions } from "./law-options.ts";
import type { Failure, RuleReport } from "./rule-report.ts";
import { type AnyRule, choicesOf, type Trial, trialOf } from "./trial.ts";

/** What became of a rule on its own graphs. */
type Tried = Omit<RuleReport, "misses" | "missesRefused" | "clauses" | "unreached">;

/** Holds one rule to the laws about one graph, on graphs in which it matches. Each law is broken once at most: by the first graph. */
export function checkRule(
  subject: Subject,
  options: LawOptions,
  laws: readonly LawName[] = lawNames,
): Tried {
  const { rule, tested, ops } = subject;
  const { runs = defaultRuns, seed = defaultSeed, isOver } = options;
  const tally = { tried: 0, accepted: 0 };
  const counts = { runs: 0, matched: 0, fired: 0, firedInLibrary: 0, worstError: 0 };
  const broken = new Map<LawName, Trial>();
  const chosen = new Set<string>();
  let last: Trial | undefined;
  let lastApplied: Trial | undefined;
  for (let run = 0; run < runs && !isOver?.(); run++) {
    counts.runs++;
    const trial = trialOf(rule, choicesOf(seed, rule.name, run), ops, tally);
    if (trial === undefined) continue;
    counts.matched++;
    last = trial;
    for (const part of trial.chosen) chosen.add(part);
    for (const [name, law] of Object.entries(graphLaws) as [LawName, GraphLaw][]) {
      // What fires is always counted.
      if (broken.has(name) || !(name === "firesAlone" || laws.includes(name))) continue;
      const finding = law(trial.graph, subject);
      if (name === "firesAlone" && finding.applied && !finding.violation) {
        counts.fired++;
        lastApplied = trial;
      }
      counts.worstError = Math.max(counts.worstError, finding.error ?? 0);
      if (finding.violation) broken.set(name, trial);
    }
    if (!laws.includes("firesInLibrary") || firesTogether(subject, trial)) counts.firedInLibrary++;
  }
  const failures = [...broken].map(([name, trial]) => failed(subject, name, trial));
  const own = ownFailures(subject, counts, last);
  return {
    rule: rule.name,
    kind: rule.kind,
    ...(rule.span && { line: rule.span.file.positionAt(rule.span.start).line }),
    ...(rule.kind !== "quantize" && { contract: rule.contract }),
    ...counts,
    ...(isOpaque(rule) && tally.tried > 0 && { acceptance: tally.accepted / tally.tried }),
    coverage: coverageOf(rule, chosen),
    failures: failures.length > 0 ? failures : own,
  };

  function ownFailures(
    about: Subject,
    { matched, fired, firedInLibrary }: typeof counts,
    trial: Trial | undefined,
  ): readonly Failure[] {
    if (isOver?.() || tested.library === undefined) return [];
    // Names and TypeScript are met by chance: that they were not says nothing of the rule.
    if (matched === 0 || trial === undefined)
      return isMetByChance(rule) ? [] : [without(about, "firesAlone", nothingMatches)];
    if (fired === 0 && rule.kind !== "quantize")
      return [whole(about, trial, "firesAlone", "it is refused wherever its pattern matches")];
    if (firedInLibrary > 0 || rule.kind === "quantize") return [];
    return firesElsewhere(about, seed, runs) ? [] : [dead(about, lastApplied!)];
  }
}

const nothingMatches =
  "no graph was found in which its pattern and its clauses hold: they may contradict each other";

function firesTogether({ rule, tested, ops }: Subject, { graph }: Trial): boolean {
  if (rule.kind === "quantize") return true;
  return (together(graph, tested, ops).fired.get(rule.name) ?? 0) > 0;
}

/** A rule is dead if it fires on none of very many graphs. */
const mostForDead = 400;

function firesElsewhere(subject: Subject, seed: number, runs: number): boolean {
  const { rule, ops } = subject;
  for (let run = runs; run < runs + mostForDead; run++) {
    const trial = trialOf(rule, choicesOf(seed, rule.name, run), ops);
    if (trial && firesTogether(subject, trial)) return true;
  }
  return false;
}

/** Whether a rule asks TypeScript, of which nothing is known. */
function isOpaque(rule: AnyRule): boolean {
  return conditionTexts(rule).some((text) => text.includes('"typescript"'));
}

function isMetByChance(rule: AnyRule): boolean {
  return (
    rule.kind === "code" ||
    isOpaque(rule) ||
    conditionTexts(rule).some((text) => text.includes('"matches"'))
  );
}

function conditionTexts(rule: AnyRule): readonly string[] {
  if (rule.kind === "code") return [];
  const clauses: readonly { readonly kind: string; readonly condition?: object }[] =
    rule.item.clauses;
  return clauses.flatMap(({ kind, condition }) =>
    kind === "require" && condition ? [JSON.stringify(condition, noSpans)] : [],
  );
}

/** Places in files lead back to their texts. */
const noSpans = (key: string, value: unknown): unknown => (key === "span" ? undefined : value);

function failed(subject: Subject, name: LawName, trial: Trial): Failure {
  const law = graphLaws[name]!;
  return plain(
    failureOf(
      trial.graph,
      (graph) => law(graph, subject).violation,
      { rule: subject.rule.name, replay: `${name}:${trial.replay}` },
      subject.ops,
    ),
  );
}

/** The rule matches here alone, and others take its place when all run. */
function dead(subject: Subject, trial: Trial): Failure {
  return plain(
    failureOf(
      trial.graph,
      (graph) => takenBy(subject, graph),
      { rule: subject.rule.name, replay: `firesInLibrary:${trial.replay}` },
      subject.ops,
    ),
  );
}

/** That a rule fires alone, and not among all rules of its library. */
export function takenBy(subject: Subject, graph: Trial["graph"]): Violation | undefined {
  const { rule, tested, ops } = subject;
  if (rule.kind === "quantize" || !graphLaws.firesAlone!(graph, subject).applied) return undefined;
  const { fired } = together(graph, tested, ops);
  if ((fired.get(rule.name) ?? 0) > 0) return undefined;
  const others = [...fired.keys()].map((name) => `\`${name}\``).join(", ");
  const message = `it is dead: wherever it matches, ${others || "another rule"} comes first`;
  return { law: "firesInLibrary", message };
}

function whole(subject: Subject, trial: Trial, law: LawName, message: string): Failure {
  const facts = { rule: subject.rule.name, replay: `${law}:${trial.replay}` };
  return plain(failureOf(trial.graph, () => ({ law, message }), facts, subject.ops));
}

function without({ rule }: Subject, law: LawName, message: string): Failure {
  return { rule: rule.name, law, message, graph: [], size: 0, pictures: [], replay: "" };
}

function plain({ smallest: _, ...failure }: ReturnType<typeof failureOf>): Failure {
  return failure;
}
