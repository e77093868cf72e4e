import type { Contract } from "../../grammar/ast.ts";
import type { LawName, Violation } from "./law.ts";
import type { Picture } from "./picture.ts";

/** What became of one rule under the laws: plain data, which reports print. */
export interface RuleReport {
  readonly rule: string;
  readonly kind: "rewrite" | "quantize" | "code";
  /** The line of its file; absent for rules in TypeScript. */
  readonly line?: number;
  readonly contract?: Contract;
  /** Graphs that were asked for, and those in which the rule matches. */
  readonly runs: number;
  readonly matched: number;
  /** Graphs on which it fired alone, and when all rules ran. */
  readonly fired: number;
  readonly firedInLibrary: number;
  /** The worst error of `sound`, in units of what the contract allows. */
  readonly worstError: number;
  /** Of the graphs that reached a condition of which nothing is known, the share in which it held; absent where all conditions are known. */
  readonly acceptance?: number;
  readonly misses: number;
  readonly missesRefused: number;
  /** The clauses that were broken by themselves. */
  readonly clauses: readonly ClauseReport[];
  /** Clauses for which no graph was found that breaks them alone: they may follow from the others. */
  readonly unreached: readonly string[];
  readonly coverage: { readonly covered: readonly string[]; readonly missing: readonly string[] };
  readonly failures: readonly Failure[];
}

/** One clause of a rule: what would be if it were not there. */
export interface ClauseReport {
  /** As it is written, or what it says: `conv is Conv2D`. */
  readonly text: string;
  /**
   * `killed`: a law is broken, or a `quantize` rule asks for something else. `implied`: nothing is, as what the rule builds asks for it too.
   * `cost`: the laws are kept, but rewriting there takes more work than where the rule belongs, or saves none. `survived`: nobody notices.
   */
  readonly verdict: "killed" | "implied" | "cost" | "survived";
}

/** A law that a rule breaks, by the smallest graph that was found. */
export interface Failure extends Omit<Violation, "results"> {
  readonly rule: string;
  /** Another rule that takes part. */
  readonly other?: string;
  /** The graph as the chains of a `test` item, and its number of nodes without constants. */
  readonly graph: readonly string[];
  readonly size: number;
  /** The graph, and for results that depend on the order these. */
  readonly pictures: readonly Picture[];
  /** Gives the same graph again: `--replay STRING`. */
  readonly replay: string;
  /** A `require` that would make the rule keep the law, as far as was tried. */
  readonly precondition?: string;
}

/** What became of the rules of a library together. */
export interface LibraryReport {
  readonly pairs: {
    readonly found: number;
    readonly joined: number;
    /** Nodes of the largest graph that was tried. */
    readonly bound: number;
  };
  readonly dead: readonly string[];
  /** One sentence for each argument by which rewriting ends. */
  readonly termination: readonly string[];
  readonly unproved: readonly (readonly string[])[];
}

/** The laws that a report has seen broken. */
export function brokenLaws(failures: readonly Failure[]): readonly LawName[] {
  return [...new Set(failures.map(({ law }) => law))];
}
