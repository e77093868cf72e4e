import type { RewriteItem } from "../../grammar/ast.ts";
import { stepsOf } from "../../grammar/check/steps.ts";
import { parse } from "../../grammar/index.ts";
import type { Graph } from "../ir/graph.ts";
import type { AttributeDef, OpTable } from "../ir/op.ts";
import { compileRewrite } from "../rewrite/compile-rule.ts";
import { opsNamed } from "../rewrite/pattern.ts";
import type { PatternRule } from "../rewrite/rule.ts";
import { withRule } from "./clause-verdict.ts";
import { alone } from "./firing.ts";
import { graphLaws } from "./graph-laws.ts";
import type { LawName, Subject } from "./law.ts";
import { choicesOf, trialOf } from "./trial.ts";

/** Laws that a condition may make hold. */
const conditional: readonly LawName[] = ["sound", "preservesInterface", "firesAlone"];

/** Graphs that a clause is found from, and graphs, of another seed, on which it is tried again. */
const [examples, retried] = [24, 40];

/**
 * A `require` under which a rule keeps a law that it breaks: one that holds of no graph that breaks it, and of as many of the others as possible.
 * It is tried again on new graphs. `undefined` where none of the simple ones does.
 */
export function inferPrecondition(
  subject: Subject,
  law: LawName,
  seed: number,
): string | undefined {
  const { rule, ops } = subject;
  if (rule.kind !== "rewrite" || !conditional.includes(law)) return undefined;
  const graphs = graphsFor(rule, seed, examples, ops);
  const good = graphs.filter((graph) => isKept(graph, subject, law));
  const bad = graphs.filter((graph) => graphLaws[law]!(graph, subject).violation);
  const scored = candidatesFor(rule, ops).flatMap((text) => {
    const narrowed = withClause(rule, text, ops);
    if (narrowed === undefined || bad.some((graph) => fires(graph, narrowed, ops))) return [];
    const score = good.filter((graph) => fires(graph, narrowed, ops)).length;
    return score > 0 ? [{ text, narrowed, score }] : [];
  });
  const best = scored.toSorted((a, b) => b.score - a.score).slice(0, 6);
  return best.find(({ narrowed }) => holdsAgain(subject, narrowed, law, seed + 1))?.text;
}

function graphsFor(rule: PatternRule, seed: number, count: number, ops: OpTable): readonly Graph[] {
  return Array.from({ length: count }, (_, run) => run + 1).flatMap(
    (run) => trialOf(rule, choicesOf(seed, rule.name, run), ops)?.graph ?? [],
  );
}

function isKept(graph: Graph, subject: Subject, law: LawName): boolean {
  const { applied, violation } = graphLaws[law]!(graph, subject);
  return applied && violation === undefined;
}

function fires(graph: Graph, rule: PatternRule, ops: OpTable): boolean {
  return (alone(graph, rule, ops).fired.get(rule.name) ?? 0) > 0;
}

function holdsAgain(
  { rule, tested, ops }: Subject,
  narrowed: PatternRule,
  law: LawName,
  seed: number,
): boolean {
  const subject = { rule: narrowed, tested: withRule(tested, rule as PatternRule, narrowed), ops };
  const graphs = graphsFor(narrowed, seed, retried, ops);
  const findings = graphs.map((graph) => graphLaws[law]!(graph, subject));
  return findings.some(({ applied }) => applied) && findings.every(({ violation }) => !violation);
}

/** The rule with one more `require`, before what it replaces. */
function withClause(rule: PatternRule, text: string, ops: OpTable): PatternRule | undefined {
  const { file } = rule.item.span;
  const at = rule.replaces[0]!.span.start;
  const changed = `${file.text.slice(0, at)}require ${text}\n${file.text.slice(at)}`;
  const { items } = parse(file.path, changed).value;
  const item = items.find(
    (one): one is RewriteItem => one.kind === "rewrite" && one.name.text === rule.name,
  );
  if (item === undefined) return undefined;
  const patterns = items.filter((one) => one.kind === "pattern");
  return compileRewrite(item, {
    ops,
    sets: rule.pattern.sets,
    quantizers: new Map(),
    patterns: new Map(patterns.map((pattern) => [pattern.name.text, pattern])),
    distance: rule.distance,
    foreign: rule.pattern.typescript?.foreign,
  });
}

/** Simple things that can be asked of what a rule captures. */
function candidatesFor(rule: PatternRule, ops: OpTable): readonly string[] {
  const nodes = new Map<string, ReadonlySet<string>>();
  const values = new Set<string>();
  for (const clause of rule.item.clauses)
    if (clause.kind === "match")
      for (const chain of clause.chains)
        for (const { step } of stepsOf(chain)) {
          if (step.kind === "value") values.add(step.name.text);
          if (step.kind !== "node" || step.capture === undefined || step.ops === "any") continue;
          const named = step.ops.flatMap(({ text }) => [
            ...(opsNamed(text, ops, rule.pattern.sets) ?? []),
          ]);
          nodes.set(step.capture.text, new Set(named));
        }
  const names = [...values, ...nodes.keys()];
  return [
    ...[...nodes].flatMap(([name, members]) => aboutAttributes(name, members, ops)),
    ...[...nodes.keys()].map((name) => `sole(${name})`),
    ...names.flatMap((a, i) => names.slice(i + 1).map((b) => `${a}.shape == ${b}.shape`)),
    ...names.flatMap((name) => [
      ...[2, 4, 8, 16].map((n) => `${name}.shape[-1] % ${n} == 0`),
      ...[1, 2, 3, 4].map((n) => `rank(${name}) == ${n}`),
      `size(${name}) == 1`,
      `min(${name}.value) >= 0`,
      `${name}.value == 0`,
      `${name}.value == 1`,
    ]),
  ];
}

/** That an attribute is as it is when nobody states it. */
function aboutAttributes(
  name: string,
  members: ReadonlySet<string>,
  ops: OpTable,
): readonly string[] {
  const defs = new Map<string, AttributeDef>();
  for (const op of members)
    for (const [key, def] of Object.entries(ops.get(op)?.attributes ?? {})) defs.set(key, def);
  return [...defs].flatMap(([key, { default: value, kind }]) => {
    if (value === undefined || !["number", "numbers", "string", "boolean"].includes(kind))
      return [];
    const written = JSON.stringify(value);
    const own = `${name}.${key} == ${written}`;
    return kind === "number" ? [own, `${name}.${key} >= 0`] : [own];
  });
}
