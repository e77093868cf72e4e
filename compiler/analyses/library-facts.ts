import { sizeOfGraph } from "../ir/size-of-graph.ts";
import type { RuleAnalysis } from "./analyse-rules.ts";
import { isUsers } from "./own-rules.ts";
import { terminationTexts } from "./termination-text.ts";

/** What is known of the rules of a user's files together, as names and sentences. */
export interface LibraryFacts {
  /** Why applying rewrite rules ends, for each phase that is applied until nothing matches and has rules of the user's. */
  readonly termination: readonly PhaseEnding[];
  /** Graphs in which two rewrite rules overlap: so many were made, so many lead to one result. */
  readonly pairs: {
    readonly found: number;
    readonly joined: number;
    /** The nodes of the largest of these graphs, without inputs and constants. */
    readonly bound: number;
  };
  /** Rules that keep the type of what they replace in every graph, and those that did so in some that were made for them. */
  readonly types: {
    readonly proved: readonly string[];
    readonly tried: readonly { readonly rule: string; readonly graphs: number }[];
  };
  /** `quantize` rules that can never win, and the rules that are stronger. */
  readonly shadowed: readonly { readonly rule: string; readonly by: readonly string[] }[];
}

/** Why the rules of a phase cannot be applied for ever. */
export interface PhaseEnding {
  readonly phase: string;
  /** Arguments, a sentence each; none where no rule can make a place for another one. */
  readonly because: readonly string[];
  /** Circles of rules for which no argument was found. */
  readonly unproved: readonly (readonly string[])[];
}

/** The part of an analysis that is told of a file without faults. */
export function libraryFacts(analysis: RuleAnalysis): LibraryFacts {
  const { terminations, pairs, types, shadowed } = analysis;
  const own = new Set(types.map(({ rule }) => rule.name));
  return {
    termination: [...terminations].map(([phase, termination]) => ({
      phase,
      because: terminationTexts(termination, own),
      unproved: termination.unproved
        .filter((circle) => circle.some(isUsers))
        .map((circle) => circle.map(({ name }) => name)),
    })),
    pairs: {
      found: pairs.length,
      joined: pairs.filter(({ joins }) => joins).length,
      bound: pairs.reduce((most, { witness }) => Math.max(most, sizeOfGraph(witness)), 0),
    },
    types: {
      proved: types.flatMap(({ kind, rule }) => (kind === "proved" ? [rule.name] : [])),
      tried: types.flatMap((one) =>
        one.kind === "tried" ? [{ rule: one.rule.name, graphs: one.graphs }] : [],
      ),
    },
    shadowed: shadowed.map(({ rule, winners }) => ({
      rule: rule.name,
      by: winners.map((winner) => winner.rule.name),
    })),
  };
}
