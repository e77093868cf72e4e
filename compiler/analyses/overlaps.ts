import { generateMatch } from "../generate/generate-match.ts";
import type { PatternedRule } from "../generate/matching.ts";
import type { Graph } from "../ir/graph.ts";
import type { OpTable } from "../ir/op.ts";
import { type Instance, instancesOf } from "./instance.ts";
import { mergedRule, renaming } from "./merged-rule.ts";
import { nameConditionsOf, withNames } from "./name-conditions.ts";
import { type TermId, Terms } from "./terms.ts";
import { areToldApart } from "./told-apart.ts";
import { deadEnd, eachWay } from "./ways.ts";

/** How much is tried before a search ends without an answer: counted, so that the same rules always give the same answer. */
export interface Effort {
  /** Pairs of values that are laid over each other. */
  overlays: number;
  /** Graphs that are made up. */
  graphs: number;
}

/** Ways of one rule that are laid over those of another. */
const mostInstances = 6;
const mostWays = 4;
/** Graphs that are begun for one overlay. */
const attempts = 8;

const known = new WeakMap<PatternedRule, readonly Instance[]>();

/** Some ways in which a rule can fit. */
export function someInstances(rule: PatternedRule, ops: OpTable): readonly Instance[] {
  const found = known.get(rule) ?? instancesOf(rule.pattern, ops).results.slice(0, mostInstances);
  known.set(rule, found);
  return found;
}

/** Two values, one of each of two rules' ways to fit. */
export interface Meeting {
  readonly first: Instance;
  readonly id: TermId;
  readonly second: Instance;
  readonly other: TermId;
}

/**
 * Graphs in which two rules match such that two of their values are one, one for each way of laying the rules over each other. Whether
 * both match all the same is for the caller to try: conditions about what is around are not looked at here.
 */
export function* overlapsOf(
  first: PatternedRule,
  second: PatternedRule,
  meetings: Iterable<Meeting>,
  ops: OpTable,
  effort: Effort,
): Generator<Graph> {
  const [a, b] = [
    { rule: first, prefix: "first " },
    { rule: second, prefix: "second " },
  ];
  for (const meeting of meetings) {
    if (effort.overlays-- <= 0) return;
    const asked = { rule: first, instance: meeting.first, id: meeting.id };
    const also = { rule: second, instance: meeting.second, id: meeting.other };
    if (areToldApart(asked, also)) continue;
    const { results } = eachWay((choose) => {
      const terms = new Terms(ops);
      terms.adopt(meeting.first.terms, renaming(a));
      const offset = terms.adopt(meeting.second.terms, renaming(b));
      terms.unify(meeting.id, meeting.other + offset, choose);
      if (!terms.isAcyclic()) throw deadEnd;
      return { terms, offset };
    }, mostWays);
    for (const { terms, offset } of results) {
      if (effort.graphs-- <= 0) return;
      const placed = [
        { ...a, names: meeting.first.names },
        { ...b, names: shifted(meeting.second.names, offset) },
      ];
      const rule = mergedRule(terms, placed);
      const match = generateMatch(rule, [0], { ops, attempts });
      const names = nameConditionsOf(placed);
      const graph = match && withNames(match.graph, rule, match.place.root, names, ops);
      if (graph) yield graph;
    }
  }
}

function shifted(names: Instance["names"], by: number): Instance["names"] {
  const shift = (
    bound: Instance["names"] extends ReadonlyMap<string, infer B> ? B : never,
  ): typeof bound =>
    typeof bound === "number" ? bound + by : typeof bound === "string" ? bound : bound.map(shift);
  return new Map([...names].map(([name, bound]) => [name, shift(bound)]));
}
