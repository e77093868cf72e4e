import type { Name, PhaseDriver, PhaseItem } from "../../grammar/ast.ts";
import type { Diagnostic } from "../../grammar/source/diagnostic.ts";
import type { Graph } from "../ir/graph.ts";
import { phasesAreCircular, phasesHaveNoOrder } from "./diagnostics.ts";
import { type ApplyOptions, applyRules, type Rewritten } from "./driver.ts";
import type { RewriteRule } from "./rule.ts";

/** Rules that are applied together, after those of the phases before. */
export interface Phase {
  readonly name: string;
  readonly driver: PhaseDriver;
  readonly rules: readonly RewriteRule[];
}

/** The phase of all rules that no other phase lists. */
const main = "main";

/**
 * The phases of a library in the order in which they run. Only `before` decides: phases that could change places are an
 * error, as the order of a file means nothing.
 *
 * @param items of all files; of two phases with one name the first is meant
 * @param rules in the order in which they are tried
 */
export function phasesOf(
  items: readonly PhaseItem[],
  rules: readonly RewriteRule[],
): { readonly phases: readonly Phase[]; readonly diagnostics: readonly Diagnostic[] } {
  const named = new Map(items.toReversed().map((item) => [item.name.text, item]));
  const phaseOf = new Map(
    [...named].flatMap(([name, item]) => item.rules.map(({ text }) => [text, name] as const)),
  );
  const rulesOf = (phase: string) =>
    rules.filter(({ name }) => (phaseOf.get(name) ?? main) === phase);
  const names = named.has(main) ? [...named.keys()] : [main, ...named.keys()];
  const { order, diagnostics } = ordered(names, named);
  const phases = order.map((name) => ({
    name,
    driver: named.get(name)?.driver ?? "fixpoint",
    rules: rulesOf(name),
  }));
  return { phases, diagnostics };
}

function ordered(
  names: readonly string[],
  items: ReadonlyMap<string, PhaseItem>,
): { readonly order: readonly string[]; readonly diagnostics: readonly Diagnostic[] } {
  const left = new Set(names);
  const order: string[] = [];
  while (left.size > 0) {
    const isHeld = (name: string) =>
      [...left].some((other) => items.get(other)?.before.some(({ text }) => text === name));
    const free = [...left].filter((name) => !isHeld(name));
    const placeOf = (name: string): Name | undefined => items.get(name)?.name;
    const [next] = free;
    if (next === undefined) {
      const circle = [...left].flatMap((name) => placeOf(name) ?? []);
      return { order: [...order, ...left], diagnostics: [phasesAreCircular(circle)] };
    }
    if (free.length > 1) {
      const places = free.flatMap((name) => placeOf(name) ?? []);
      return { order: [...order, ...left], diagnostics: [phasesHaveNoOrder(free, places)] };
    }
    order.push(next);
    left.delete(next);
  }
  return { order, diagnostics: [] };
}

/** Applies the rules of one phase after the other; see `applyRules`. */
export function applyPhases(
  graph: Graph,
  phases: readonly Phase[],
  options: ApplyOptions,
): Rewritten {
  let result: Rewritten = {
    graph,
    fired: new Map(),
    refusals: [],
    faulty: new Set(),
    diagnostics: [],
  };
  for (const { driver, rules } of phases) {
    if (rules.length === 0) continue;
    const next = applyRules(result.graph, rules, { ...options, driver });
    result = {
      graph: next.graph,
      fired: new Map([...result.fired, ...next.fired]),
      refusals: [...result.refusals, ...next.refusals],
      faulty: new Set([...result.faulty, ...next.faulty]),
      diagnostics: [...result.diagnostics, ...next.diagnostics],
    };
  }
  return result;
}
