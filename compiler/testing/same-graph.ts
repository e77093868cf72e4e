import type { Graph, Node, NodeId, Value } from "../ir/graph.ts";
import type { OpTable } from "../ir/op.ts";
import { printType, sameShape, type Tensor } from "../ir/types.ts";
import { sameAttributes } from "../rewrite/term.ts";

/** Constants that were computed in different ways differ by roundings. */
const closeEnough = 1e-5;

/**
 * The first thing in which a graph is not like another one; absent if they are alike, whatever their nodes are called. Operands of
 * commutative ops may be in either order.
 *
 * @param anything constants of `wanted` that may be any of their type
 * @param sharing whether one node and two equal ones are different things
 */
export function firstDifference(
  actual: Graph,
  wanted: Graph,
  ops: OpTable,
  anything: ReadonlySet<NodeId>,
  sharing = true,
): string | undefined {
  for (const side of ["inputs", "outputs"] as const) {
    const [there, asked] = [actual, wanted].map((g) => g[side].map(({ name }) => name).join(", "));
    if (there !== asked) return `its ${side} are ${there || "none"} and not ${asked || "none"}`;
  }
  const pairs: (readonly [Value, Value])[] = actual.outputs.map(({ value }, i) => [
    value,
    wanted.outputs[i]!.value,
  ]);
  const met = new Map<NodeId, NodeId>();
  const done = new Set<string>();
  for (let pair = pairs.pop(); pair !== undefined; pair = pairs.pop()) {
    const [a, b] = pair;
    const [x, y] = [actual.nodes.get(a.node)!, wanted.nodes.get(b.node)!];
    const key = `${a.node}#${a.output} ${b.node}#${b.output}`;
    if (done.has(key)) continue;
    done.add(key);
    const known = met.get(a.node);
    if (sharing && known !== undefined && known !== b.node && x.op !== "Constant")
      return `\`${x.name}\` is one node where two are expected`;
    met.set(a.node, b.node);
    const difference = differenceOfNodes(x, y, anything);
    if (difference !== undefined) return difference;
    if (a.output !== b.output) return `\`${x.name}\` gives another one of its results`;
    const operands = arranged(actual, wanted, x, y, ops);
    if (operands === undefined) return `\`${x.name}\` (${x.op}) has other operands`;
    pairs.push(...operands);
  }
  return undefined;
}

function differenceOfNodes(x: Node, y: Node, anything: ReadonlySet<NodeId>): string | undefined {
  if (x.op !== y.op) return `\`${x.name}\` is a ${x.op} where a ${y.op} is expected`;
  const [here, there] = [x, y].map(({ types }) => types.map(printType).join(", "));
  if (here !== there) return `\`${x.name}\` (${x.op}) is ${here} where ${there} is expected`;
  if (x.op === "Input") return x.name === y.name ? undefined : `\`${x.name}\` is another input`;
  if (x.op === "Constant") {
    const [a, b] = [x, y].map(({ attributes }) => attributes.value as Tensor);
    return anything.has(y.id) || areClose(a!, b!)
      ? undefined
      : `the constant \`${x.name}\` is ${elements(a!)} where ${elements(b!)} is expected`;
  }
  return sameAttributes(x.attributes, y.attributes)
    ? undefined
    : `\`${x.name}\` (${x.op}) has other attributes: ${JSON.stringify(x.attributes)}, not ${JSON.stringify(y.attributes)}`;
}

function elements({ data }: Tensor): string {
  const shown = Array.from(data.subarray(0, 8), (x) => `${Number(x.toPrecision(6))}`);
  return `[${shown.join(", ")}${data.length > shown.length ? ", …" : ""}]`;
}

function areClose(a: Tensor, b: Tensor): boolean {
  let largest = 1;
  for (const x of b.data) if (Number.isFinite(x)) largest = Math.max(largest, Math.abs(x));
  return (
    sameShape(a.shape, b.shape) &&
    a.data.every(
      (x, i) => Object.is(x, b.data[i]) || Math.abs(x - b.data[i]!) <= closeEnough * largest,
    )
  );
}

/** Operands in pairs; those of a commutative op in the order in which their ops agree. */
function arranged(
  actual: Graph,
  wanted: Graph,
  x: Node,
  y: Node,
  ops: OpTable,
): readonly (readonly [Value, Value])[] | undefined {
  const theirs = [...y.operands];
  if (ops.get(x.op)?.traits.includes("commutative")) {
    const opOf = (graph: Graph, value: Value | undefined) => {
      const node = value && graph.nodes.get(value.node)!;
      return node && (node.op === "Input" ? node.name : node.op);
    };
    const isStraight = opOf(actual, x.operands[0]) === opOf(wanted, theirs[0]);
    if (!isStraight) [theirs[0], theirs[1]] = [theirs[1], theirs[0]];
  }
  const length = Math.max(x.operands.length, theirs.length);
  const pairs: (readonly [Value, Value])[] = [];
  for (let i = 0; i < length; i++) {
    const [a, b] = [x.operands[i], theirs[i]];
    if ((a === undefined) !== (b === undefined)) return undefined;
    if (a && b) pairs.push([a, b]);
  }
  return pairs;
}
