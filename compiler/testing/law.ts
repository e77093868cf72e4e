import type { Graph } from "../ir/graph.ts";
import type { OpTable } from "../ir/op.ts";
import type { TestedLibrary } from "./tested-library.ts";
import type { AnyRule } from "./trial.ts";

/** The laws that rules are held to, by the name that reports and replay strings give them. */
export const lawNames = [
  "firesAlone",
  "firesInLibrary",
  "sound",
  "preservesInterface",
  "terminates",
  "decreases",
  "idempotent",
  "orderIndependent",
  "refusesNearMisses",
  "joins",
  "conflictFree",
  "sharesScales",
  "ignoresIdentities",
] as const;

export type LawName = (typeof lawNames)[number];

/** What a law says, as the end of "a rule …". */
export const lawTexts: Readonly<Record<LawName, string>> = {
  firesAlone: "fires where its pattern matches",
  firesInLibrary: "still fires on its own matches when all rules of the library run",
  sound: "keeps what a graph computes, within what it promises by `preserve`",
  preservesInterface: "keeps inputs, outputs and types, and leaves a graph that is legal",
  terminates: "comes to an end, alone and with the others",
  decreases: "makes what it states by `decreases` smaller",
  idempotent: "leaves nothing to be rewritten again",
  orderIndependent: "gives one result, whatever the order and the names of the nodes",
  refusesNearMisses: "does not fire where one of its clauses does not hold",
  joins: "gives one result where it overlaps with others, whatever is rewritten first",
  conflictFree: "asks for nothing that contradicts what others ask for",
  sharesScales: "gives one scale to what it ties, and to what integers need one scale for",
  ignoresIdentities:
    "gives the same result where an operation that changes nothing stands in between",
};

/** What a law is tried on: a rule within its library. */
export interface Subject {
  readonly rule: AnyRule;
  readonly tested: TestedLibrary;
  readonly ops: OpTable;
}

/** A breach of a law by one graph. */
export interface Violation {
  readonly law: LawName;
  /** What is wrong, in a sentence without a full stop. */
  readonly message: string;
  /** For results that depend on the order: two ways to them, a line for each step. */
  readonly derivations?: readonly (readonly string[])[];
  /** The results. */
  readonly results?: readonly Graph[];
}

/** What a law found on one graph. */
export interface Finding {
  /** Whether it had anything to look at: a rule that does not fire keeps every law. */
  readonly applied: boolean;
  readonly violation?: Violation | undefined;
  /** Of `sound`: the error in units of what the contract allows. */
  readonly error?: number;
}

/** A law about one graph in which a rule matches. */
export type GraphLaw = (graph: Graph, subject: Subject) => Finding;

/** A law that is broken. */
export function breach(law: LawName, message: string): Finding {
  return { applied: true, violation: { law, message } };
}

/** Nothing is wrong. */
export const kept: Finding = { applied: true };

/** Where there is nothing to see. */
export const vacuous: Finding = { applied: false };
