import type { AttributeValue, Graph, NodeId } from "../ir/graph.ts";
import { isTensor } from "../ir/graph.ts";
import type { OpTable } from "../ir/op.ts";
import { printType } from "../ir/types.ts";

/** Numbers for texts, the same for the same text. */
export class Keys {
  readonly #known = new Map<string, number>();

  of(text: string): number {
    const key = this.#known.get(text) ?? this.#known.size;
    this.#known.set(text, key);
    return key;
  }
}

/**
 * A text that two graphs share if they compute their outputs in the same way, whatever their nodes are called and in which order they
 * stand. Equal nodes count as one; operands of commutative ops have no order.
 */
export function canonicalKey(graph: Graph, ops: OpTable, keys: Keys): string {
  const keyOf = new Map<NodeId, number>();
  for (const { id, op, operands, attributes, types, name } of graph.nodes.values()) {
    const read = operands.map((value) =>
      value === undefined ? "-" : `${keyOf.get(value.node)}#${value.output}`,
    );
    if (ops.get(op)?.traits.includes("commutative")) read.splice(0, 2, ...read.slice(0, 2).sort());
    const stated = Object.entries(attributes)
      .map(([key, value]) => `${key}=${attributeKey(value)}`)
      .sort();
    const own = op === "Input" ? name : "";
    keyOf.set(id, keys.of([op, own, types.map(printType), stated, read].join(";")));
  }
  return graph.outputs
    .map(({ name, value }) => `${name}=${keyOf.get(value.node)}#${value.output}`)
    .join(" ");
}

function attributeKey(value: AttributeValue): string {
  return isTensor(value) ? `${printType(value)} ${value.data.join()}` : JSON.stringify(value);
}
