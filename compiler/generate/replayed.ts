import type { Graph } from "../ir/graph.ts";
import type { OpTable } from "../ir/op.ts";
import { decodeGraph } from "./decode.ts";
import { generateMatch } from "./generate-match.ts";
import { generateMiss } from "./generate-miss.ts";
import type { PatternedRule, Place } from "./matching.ts";
import { fromReplay, type Replay } from "./replay.ts";

/** What a replay string stands for, made again. */
export interface Replayed {
  readonly replay: Replay;
  readonly graph: Graph;
  /** Of a match or a near miss. */
  readonly place?: Place;
  readonly rule?: PatternedRule;
}

/** The graph of a replay string; `undefined` where the string has no meaning, or names a rule that is not among `rules`. */
export function replayed(
  text: string,
  rules: readonly PatternedRule[],
  ops: OpTable,
): Replayed | undefined {
  const replay = fromReplay(text);
  if (replay === undefined) return undefined;
  if (replay.kind === "graph") {
    const { nodes, choices } = replay;
    return { replay, graph: decodeGraph(choices, { ops, nodes }) };
  }
  const rule = rules.find(({ name }) => name === replay.rule);
  if (rule === undefined) return undefined;
  const made =
    replay.kind === "match"
      ? generateMatch(rule, replay.choices, { ops })
      : generateMiss(rule, { id: replay.clause }, replay.choices, { ops });
  return made && { replay, rule, graph: made.graph, place: made.place };
}
