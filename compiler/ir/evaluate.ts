import type { Graph, Node, NodeId } from "./graph.ts";
import { isIntegerForm } from "./infer.ts";
import type { KernelArgument, KernelCall, OpDef, OpTable, Requantize, Site } from "./op.ts";
import { allocate, sizeOf, type Tensor, type TensorType, type TypedArray } from "./types.ts";

/** A kernel as the evaluator sees it: typed arrays and numbers in, results written in place. */
export type Kernel = (...values: never[]) => void;
export type KernelTable = Readonly<Record<string, Kernel>>;

export interface Evaluation {
  readonly ops: OpTable;
  readonly kernels: KernelTable;
  /** How integer nodes round; no effect on float ones. */
  readonly requantize?: Requantize;
  /** Sees the results of each node once they are there; they are valid only during the call. */
  readonly observe?: (node: Node, results: readonly Tensor[]) => void;
}

/**
 * The outputs of `graph` for `inputs`, by port name. Every node is computed by the kernel calls that its op
 * lowers to: the same calls that an emitted program makes. A value is dropped after its last use.
 */
export function evaluate(
  graph: Graph,
  inputs: ReadonlyMap<string, Tensor>,
  evaluation: Evaluation,
): Map<string, Tensor> {
  return prepare(graph, evaluation)(inputs);
}

/** `evaluate` for many samples: lowering is done once. */
export function prepare(
  graph: Graph,
  evaluation: Evaluation,
): (inputs: ReadonlyMap<string, Tensor>) => Map<string, Tensor> {
  const { ops, kernels, requantize = "onnx", observe } = evaluation;
  const remainingUses = countUses(graph);
  const steps = [...graph.nodes.values()].map((node) => ({
    node,
    calls: callsOf(graph, node, ops, requantize),
  }));
  return (inputs) => {
    const tensors = new Map<NodeId, readonly Tensor[]>();
    const uses = new Map(remainingUses);
    const ports = new Map(graph.inputs.map((port) => [port.value.node, port.name]));
    for (const { node, calls } of steps) {
      const results = computeNode(
        node,
        calls,
        inputs.get(ports.get(node.id) ?? ""),
        tensors,
        kernels,
      );
      tensors.set(node.id, results);
      observe?.(node, results);
      for (const operand of node.operands) {
        if (operand === undefined) continue;
        const left = uses.get(operand.node)! - 1;
        uses.set(operand.node, left);
        if (left === 0) tensors.delete(operand.node);
      }
    }
    return new Map(
      graph.outputs.map(({ name, value }) => [name, tensors.get(value.node)![value.output]!]),
    );
  };
}

/** The kernel calls of a node; none for `Input` and `Constant`. An integer op that cannot be lowered is our bug here. */
export function callsOf(
  graph: Graph,
  node: Node,
  ops: OpTable,
  requantize: Requantize,
): readonly KernelCall[] {
  if (node.op === "Input" || node.op === "Constant") return [];
  const calls = lowerSite(ops.get(node.op)!, siteOf(graph, node, requantize));
  if (typeof calls === "string") throw new Error(`internal: ${node.name} (${node.op}): ${calls}`);
  return calls;
}

/** The integer or the float lowering, whichever the node's form asks for. */
export function lowerSite(op: OpDef, site: Site): readonly KernelCall[] | string {
  return isIntegerForm(op, site.attributes) ? op.lowerInteger!(site) : op.lower(site);
}

/** What lowering may know of a node as it stands in its graph. */
export function siteOf(graph: Graph, node: Node, requantize: Requantize): Site {
  const operandNodes = node.operands.map((operand) => operand && graph.nodes.get(operand.node)!);
  return {
    name: node.name,
    attributes: node.attributes,
    operands: node.operands.map((operand, i) => operand && operandNodes[i]!.types[operand.output]),
    constants: operandNodes.map((n) =>
      n?.op === "Constant" ? (n.attributes.value as Tensor) : undefined,
    ),
    results: node.types,
    requantize,
  };
}

/** Makes kernel calls on tensors: the results, freshly allocated. */
export function runCalls(
  calls: readonly KernelCall[],
  operands: readonly (Tensor | undefined)[],
  types: readonly TensorType[],
  kernels: KernelTable,
): readonly Tensor[] {
  const results = types.map((type) => ({
    ...type,
    data: allocate(type.dtype, sizeOf(type.shape)),
  }));
  const scratch = new Map<KernelArgument, TypedArray>();
  const resolve = (argument: KernelArgument): number | TypedArray => {
    if (typeof argument === "number") return argument;
    switch (argument.kind) {
      case "operand":
        return operands[argument.index]!.data;
      case "result":
        return results[argument.index]!.data;
      case "constant":
        return argument.tensor.data;
      case "scratch": {
        const buffer = scratch.get(argument) ?? allocate(argument.dtype, argument.length);
        scratch.set(argument, buffer);
        return buffer;
      }
    }
  };
  for (const call of calls) {
    const kernel = kernels[call.kernel];
    if (kernel === undefined) throw new Error(`internal: no kernel ${call.kernel}`);
    (kernel as (...values: unknown[]) => void)(...call.arguments.map(resolve));
  }
  return results;
}

function computeNode(
  node: Node,
  calls: readonly KernelCall[],
  input: Tensor | undefined,
  tensors: ReadonlyMap<NodeId, readonly Tensor[]>,
  kernels: KernelTable,
): readonly Tensor[] {
  if (node.op === "Constant") return [node.attributes.value as Tensor];
  if (node.op === "Input") {
    if (input === undefined) throw new Error(`internal: input ${node.name} is not given`);
    return [input];
  }
  const operands = node.operands.map(
    (operand) => operand && tensors.get(operand.node)![operand.output],
  );
  return runCalls(calls, operands, node.types, kernels);
}

function countUses(graph: Graph): ReadonlyMap<NodeId, number> {
  const uses = new Map<NodeId, number>();
  const count = (id: NodeId) => uses.set(id, (uses.get(id) ?? 0) + 1);
  for (const node of graph.nodes.values())
    for (const operand of node.operands) if (operand) count(operand.node);
  for (const port of graph.outputs) count(port.value.node);
  return uses;
}
