import type { Attributes, AttributeValue, Graph, Node, NodeId, Port, Value } from "../ir/graph.ts";
import { inferTypes } from "../ir/infer.ts";
import { InferenceError, type OpTable } from "../ir/op.ts";
import { sizeOf, type Tensor, type TensorType } from "../ir/types.ts";
import { typeFault } from "../ir/verify.ts";

/** How a graph becomes another one. What is absent stays. */
export interface Edit {
  readonly outputs?: readonly Port[];
  /** What is read in the place of a value; it stands before all readers of that value. */
  readonly redirect?: (value: Value) => Value;
  /** What becomes of a node before its types are inferred. An `Input` or `Constant` states its own. */
  readonly node?: (node: Node) => Node;
}

/**
 * The graph after an edit, without what nothing reads any more, all types inferred anew; `undefined` where operands and attributes
 * do not fit then. Nodes keep their ids.
 */
export function rebuilt(graph: Graph, edit: Edit, ops: OpTable): Graph | undefined {
  const { redirect = (value: Value) => value } = edit;
  const outputs = (edit.outputs ?? graph.outputs).map((port) => ({
    ...port,
    value: redirect(port.value),
  }));
  const changed = new Map<NodeId, Node>();
  for (const [id, node] of graph.nodes) {
    const operands = node.operands.map((value) => value && redirect(value));
    changed.set(id, edit.node?.({ ...node, operands }) ?? { ...node, operands });
  }
  const needed = neededBy(outputs, changed);
  const nodes = new Map<NodeId, Node>();
  for (const [id, node] of changed) {
    if (!needed.has(id)) continue;
    const typed = withTypes(node, nodes, ops);
    if (typed === undefined) return undefined;
    nodes.set(id, typed);
  }
  return { name: graph.name, inputs: inputsOf(graph, nodes), outputs, nodes };
}

function neededBy(outputs: readonly Port[], nodes: ReadonlyMap<NodeId, Node>): ReadonlySet<NodeId> {
  const needed = new Set(outputs.map(({ value }) => value.node));
  for (const id of needed)
    for (const operand of nodes.get(id)!.operands) if (operand) needed.add(operand.node);
  return needed;
}

/** Old inputs first, in their order. */
function inputsOf({ inputs }: Graph, nodes: ReadonlyMap<NodeId, Node>): readonly Port[] {
  const kept = inputs.filter(({ value }) => nodes.get(value.node)?.op === "Input");
  const known = new Set(kept.map(({ value }) => value.node));
  const added = [...nodes.values()].filter(({ id, op }) => op === "Input" && !known.has(id));
  return [...kept, ...added.map(({ id, name }) => ({ name, value: { node: id, output: 0 } }))];
}

function withTypes(node: Node, before: ReadonlyMap<NodeId, Node>, ops: OpTable): Node | undefined {
  if (node.op === "Input" || node.op === "Constant") return node;
  const operands: (TensorType | undefined)[] = [];
  for (const value of node.operands) {
    const type = value && before.get(value.node)?.types[value.output];
    if (value && type === undefined) return undefined;
    operands.push(type);
  }
  const def = ops.get(node.op)!;
  for (const attributes of waysToState(node, operands[0])) {
    try {
      const types = inferTypes(def, operands, attributes);
      if (types.every((type) => typeFault(type) === undefined))
        return { ...node, attributes, types };
    } catch (error) {
      if (!(error instanceof InferenceError)) throw error;
    }
  }
  return undefined;
}

/** The attributes; where they state the shape of a result of another size, also with that shape brought to the size. */
function* waysToState(
  { attributes, types }: Node,
  operand: TensorType | undefined,
): Generator<Attributes> {
  yield attributes;
  const { shape } = attributes;
  if (!isNumbers(shape) || operand === undefined || types[0] === undefined) return;
  const wanted = sizeOf(operand.shape);
  const ratio = sizeOf(types[0].shape) / wanted;
  if (ratio === 1) return;
  for (const [axis, extent] of shape.entries()) {
    const other = extent / ratio;
    if (Number.isInteger(other) && other > 0)
      yield { ...attributes, shape: shape.map((n, i) => (i === axis ? other : n)) };
  }
}

function isNumbers(value: AttributeValue | undefined): value is readonly number[] {
  return Array.isArray(value) && value.every((x) => typeof x === "number");
}

/** A tensor of another shape, its elements from the same places as far as there are any. */
export function cropped(x: Tensor, shape: readonly number[]): Tensor {
  const strides = x.shape.map((_, axis) => sizeOf(x.shape.slice(axis + 1)));
  const data = x.data.slice(0, 0).constructor as new (length: number) => Tensor["data"];
  const result = new data(sizeOf(shape));
  const place = shape.map(() => 0);
  for (let i = 0; i < result.length; i++) {
    const from = place.reduce(
      (at, n, axis) => at + Math.min(n, x.shape[axis]! - 1) * strides[axis]!,
      0,
    );
    result[i] = x.data[from]!;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      if (++place[axis]! < shape[axis]!) break;
      place[axis] = 0;
    }
  }
  return { ...x, ...typeOfShape(x, shape), data: result };
}

/** The type with another shape of the same rank; scales along an axis are cut with it. */
export function typeOfShape({ dtype, quant }: TensorType, shape: readonly number[]): TensorType {
  if (quant?.axis === undefined) return { dtype, shape, ...(quant && { quant }) };
  const extent = shape[quant.axis]!;
  const cut = (list: readonly number[]) => list.slice(0, extent);
  const { axis, group, ...lists } = quant;
  if (group !== undefined || extent > lists.scale.length) return { dtype, shape, quant };
  const own = { scale: cut(lists.scale), zeroPoint: cut(lists.zeroPoint) };
  return { dtype, shape, quant: extent === 1 ? own : { ...own, axis } };
}
