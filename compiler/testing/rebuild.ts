import { GraphEditor } from "../ir/edit.ts";
import type { Graph, Node, NodeId, Value } from "../ir/graph.ts";
import { InferenceError, type OpTable } from "../ir/op.ts";
import type { Tensor, TensorType } from "../ir/types.ts";

/** What a node becomes in another version of its graph. */
export type Rebuilt =
  /** The same, with what is stated replaced. */
  | { readonly kind: "node"; readonly node: Pick<Node, "op" | "operands" | "attributes"> }
  | { readonly kind: "input"; readonly type: TensorType }
  | { readonly kind: "constant"; readonly value: Tensor }
  /** All that reads its result reads this one instead, a value of the graph as it was. */
  | { readonly kind: "value"; readonly value: Value };

/** How a graph is to be changed. Each part may be left out: then all stays. */
export interface Change {
  readonly nodes?: ReadonlyMap<NodeId, Rebuilt>;
  /** Places in the list of outputs that are kept. */
  readonly outputs?: readonly number[];
}

/**
 * A graph with some of its nodes changed, its types inferred anew and what nothing needs left out; `undefined` where operands and
 * attributes no longer fit. Inputs that nothing reads go, too.
 */
export function rebuild(graph: Graph, change: Change, ops: OpTable): Graph | undefined {
  const editor = new GraphEditor(ops, graph.name);
  const values = new Map<NodeId, NodeId | Value>();
  const moved = (value: Value): Value => {
    const to = values.get(value.node)!;
    return typeof to === "number" ? { node: to, output: value.output } : to;
  };
  const ports = new Map(graph.inputs.map(({ value, name }) => [value.node, name]));
  const needed = neededBy(graph, change);
  try {
    for (const node of graph.nodes.values()) {
      if (!needed.has(node.id)) continue;
      const rebuilt = change.nodes?.get(node.id) ?? asItIs(node);
      const made = build(rebuilt, node);
      values.set(node.id, made);
    }
    const kept = change.outputs ?? graph.outputs.keys();
    for (const i of kept) {
      const { name, value } = graph.outputs[i]!;
      editor.output({ name, value: moved(value) });
    }
    return editor.finish();
  } catch (error) {
    if (error instanceof InferenceError) return undefined;
    throw error;
  }

  function build(rebuilt: Rebuilt, { id, name }: Node): NodeId | Value {
    switch (rebuilt.kind) {
      case "input":
        return editor.input(ports.get(id) ?? freeName(graph, id), rebuilt.type).node;
      case "constant":
        return editor.constant(rebuilt.value, name).node;
      case "value":
        return moved(rebuilt.value);
      case "node": {
        const operands = rebuilt.node.operands.map((operand) => operand && moved(operand));
        while (operands.length > 0 && operands.at(-1) === undefined) operands.pop();
        return editor.add({ ...rebuilt.node, operands, name }).id;
      }
    }
  }
}

function asItIs(node: Node): Rebuilt {
  if (node.op === "Input") return { kind: "input", type: node.types[0]! };
  if (node.op === "Constant") return { kind: "constant", value: node.attributes.value as Tensor };
  return { kind: "node", node };
}

function freeName(graph: Graph, id: NodeId): string {
  const taken = new Set(graph.inputs.map(({ name }) => name));
  let name = `x${id}`;
  while (taken.has(name)) name = `${name}_`;
  return name;
}

/** What is left of a graph after a change. */
function neededBy(graph: Graph, { nodes, outputs }: Change): ReadonlySet<NodeId> {
  const needed = new Set<NodeId>();
  const kept = outputs ? outputs.map((i) => graph.outputs[i]!) : graph.outputs;
  const stack = kept.map(({ value }) => value.node);
  for (let id = stack.pop(); id !== undefined; id = stack.pop()) {
    if (needed.has(id)) continue;
    needed.add(id);
    const rebuilt = nodes?.get(id) ?? asItIs(graph.nodes.get(id)!);
    if (rebuilt.kind === "value") stack.push(rebuilt.value.node);
    if (rebuilt.kind === "node")
      for (const operand of rebuilt.node.operands) if (operand) stack.push(operand.node);
  }
  return needed;
}
