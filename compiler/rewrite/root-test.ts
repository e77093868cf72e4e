import type { Expression } from "../../grammar/ast.ts";
import type { Node } from "../ir/graph.ts";
import type { GraphView } from "../ir/graph-view.ts";

/** Something that must hold of a node and those before it for a rule to match there. */
export interface RootTest {
  readonly holds: (root: Node, graph: GraphView) => boolean;
  /** Where it is that something is one of a few values: what tells many rules apart at once. */
  readonly question?: Question;
}

/** What a node, or one on a way from it, is like. */
export interface Question {
  /** The same for questions with the same answers at all nodes of an op. */
  readonly key: string;
  /** The answer at a root; `undefined` where there is none, and an object where it is no plain value and decides nothing. */
  readonly ask: (root: Node, graph: GraphView) => unknown;
  /** The answers with which the test can hold. */
  readonly accepted: ReadonlySet<unknown>;
  /** Whether it holds with all of these. */
  readonly isAll: boolean;
}

/** The same question where lists are wanted: those that are equal have the same text, and what is no list decides nothing. */
export function listQuestion({ key, ask, accepted, isAll }: Question): Question {
  return {
    key: `list ${key}`,
    ask: (root, graph) => {
      const answer = ask(root, graph);
      return Array.isArray(answer) ? JSON.stringify(answer) : nothingDecided;
    },
    accepted: new Set([...accepted].map((list) => JSON.stringify(list))),
    isAll,
  };
}

/** An answer that leaves all rules in question. */
export const nothingDecided = {};

/** A number, word or truth value that is written out, or a list of such. */
export function plainValue(e: Expression): unknown {
  if (e.kind === "number" || e.kind === "string" || e.kind === "boolean") return e.value;
  if (e.kind !== "list") return undefined;
  const items = e.items.map(plainValue);
  return items.includes(undefined) ? undefined : items;
}

/** From a root: by which operand each time. */
export type Way = readonly number[];

/** The node at the end of a way, where there are operands all along. */
export function nodeAt(way: Way, root: Node, graph: GraphView): Node | undefined {
  let node = root;
  for (const at of way) {
    const operand = node.operands[at];
    if (operand === undefined) return undefined;
    node = graph.node(operand.node);
  }
  return node;
}
