/** `qcfg/testing`: generators of graphs from the text of rules, for tests with fast-check in Vitest, Jest or node:test. */

export type { Choices } from "../generate/choices.ts";
export { type Clause, type ClauseKind, clausesOf, withoutClause } from "../generate/clauses.ts";
export { decodeGraph } from "../generate/decode.ts";
export { type GeneratedMatch, generateMatch } from "../generate/generate-match.ts";
export { generateMiss, generateMisses, type NearMiss } from "../generate/generate-miss.ts";
export { type PatternedRule, type Place, placesOf } from "../generate/matching.ts";
export { fromReplay, type Replay, replayOf } from "../generate/replay.ts";
export { type Replayed, replayed } from "../generate/replayed.ts";
export { type Case, type Shrunk, shrinkCase, shrinkGraph } from "../generate/shrink-graph.ts";
export type { Graph, Node, Port, Value } from "../ir/graph.ts";
export { printGraph } from "../ir/print.ts";
export type { QuantParams, Tensor, TensorType } from "../ir/types.ts";
export { ops } from "../ops/index.ts";
export { defineRule } from "../rewrite/rule.ts";
export {
  type GraphOptions,
  graphs,
  type Match,
  type Model,
  matchesOf,
  models,
  nearMissesOf,
  quantParams,
  type Replayable,
  tensorTypes,
} from "./arbitraries.ts";
export { defaultRuns, defaultSeed, type LawOptions } from "./law-options.ts";
export {
  conflictFree,
  decreases,
  firesAlone,
  firesInLibrary,
  idempotent,
  ignoresIdentities,
  joins,
  type Law,
  LawBroken,
  orderIndependent,
  preservesInterface,
  refusesNearMisses,
  rulesOf,
  sharesScales,
  sound,
  terminates,
} from "./laws.ts";
export type { Failure, RuleReport } from "./rule-report.ts";
export { exactInputs, runGraph } from "./run-graph.ts";
export { type FileReport, testFile } from "./test-file.ts";
export { type TestedLibrary, testedLibrary } from "./tested-library.ts";
