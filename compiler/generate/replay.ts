import type { Choices } from "./choices.ts";

/** Names a generated graph: what kind it is, of which rule, and the choices that it is decoded from. */
export type Replay =
  /** A random graph of at most so many nodes. */
  | { readonly kind: "graph"; readonly nodes: number; readonly choices: Choices }
  | { readonly kind: "match"; readonly rule: string; readonly choices: Choices }
  | {
      readonly kind: "miss";
      readonly rule: string;
      /** The `id` of the clause that is broken. */
      readonly clause: string;
      readonly choices: Choices;
    };

/** Counts up when the same choices become other graphs. */
const version = "q1";

/** A short string that stands for a generated graph on any machine: `q1:match:FoldBatchNorm:1z141z3`. */
export function replayOf(replay: Replay): string {
  const names =
    replay.kind === "graph"
      ? [replay.nodes.toString(36)]
      : replay.kind === "match"
        ? [replay.rule]
        : [replay.rule, replay.clause];
  const end = replay.choices.findLastIndex((number) => number !== 0);
  const numbers = replay.choices.slice(0, Math.max(1, end + 1)).map((n) => n.toString(36));
  return [version, replay.kind, ...names, numbers.length === 0 ? "0" : numbers.join(".")].join(":");
}

/** What a replay string stands for; `undefined` for a string of another version or of no meaning. */
export function fromReplay(text: string): Replay | undefined {
  const [found, kind, ...rest] = text.trim().split(":");
  if (found !== version) return undefined;
  const choices = choicesOf(rest.at(-1) ?? "");
  if (choices === undefined) return undefined;
  const [rule, clause] = rest;
  if (kind === "graph" && rest.length === 2) {
    const [nodes] = choicesOf(rule!) ?? [];
    return nodes === undefined ? undefined : { kind, nodes, choices };
  }
  if (kind === "match" && rest.length === 2) return { kind, rule: rule!, choices };
  if (kind === "miss" && rest.length === 3) return { kind, rule: rule!, clause: clause!, choices };
  return undefined;
}

function choicesOf(text: string): Choices | undefined {
  const parts = text.split(".");
  if (!parts.every((part) => /^[0-9a-z]{1,7}$/.test(part))) return undefined;
  return parts.map((part) => Number.parseInt(part, 36));
}
