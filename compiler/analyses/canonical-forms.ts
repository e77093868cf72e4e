import type { Attributes, AttributeValue, Graph, Node } from "../ir/graph.ts";
import { isTensor } from "../ir/graph.ts";
import type { OpTable } from "../ir/op.ts";
import { printType, type Tensor } from "../ir/types.ts";

/** Elements of constants are compared in steps of this part of the largest: they were computed in different ways. */
const steps = 2048;

/**
 * Numbers for graphs: equal ones for graphs that compute the same in the same way, whatever their nodes are called, in which order a
 * commutative op has its operands, and whether what is equal is computed once or twice.
 */
export class CanonicalForms {
  readonly #ops: OpTable;
  readonly #numbers = new Map<string, number>();

  constructor(ops: OpTable) {
    this.#ops = ops;
  }

  of(graph: Graph): number {
    const values = new Map<number, number>();
    for (const node of graph.nodes.values()) values.set(node.id, this.#number(node, values));
    const outputs = graph.outputs.map(
      ({ name, value }) => `${name}=${values.get(value.node)}.${value.output}`,
    );
    return this.#intern(outputs.join(";"));
  }

  #number(node: Node, values: ReadonlyMap<number, number>): number {
    if (node.op === "Input") return this.#intern(`Input ${node.name}`);
    const operands = node.operands.map((o) => (o ? `${values.get(o.node)}.${o.output}` : "-"));
    if (this.#ops.get(node.op)?.traits.includes("commutative")) operands.sort();
    const types = node.types.map(printType).join();
    return this.#intern(
      `${node.op} ${types} ${operands.join()} ${printAttributes(node.attributes)}`,
    );
  }

  #intern(key: string): number {
    const known = this.#numbers.get(key) ?? this.#numbers.size;
    this.#numbers.set(key, known);
    return known;
  }
}

function printAttributes(attributes: Attributes): string {
  return Object.entries(attributes)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}:${printAttribute(value)}`)
    .join();
}

function printAttribute(value: AttributeValue): string {
  if (typeof value === "number") return value.toPrecision(5);
  if (typeof value !== "object") return String(value);
  return isTensor(value) ? printTensor(value) : `[${value.map((item) => String(item)).join()}]`;
}

function printTensor({ data, dtype, shape }: Tensor): string {
  let largest = 0;
  for (const x of data) if (Number.isFinite(x)) largest = Math.max(largest, Math.abs(x));
  const step = largest === 0 ? 1 : largest / steps;
  const elements = Array.from(data, (x) => Math.round(x / step));
  return `${dtype}[${shape.join()}] ${largest.toPrecision(4)} ${elements.join()}`;
}
