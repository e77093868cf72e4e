import { roundHalfEven } from "../../runtime/reference/requantize.ts";
import { callsOf, type Evaluation, runCalls, siteOf } from "../ir/evaluate.ts";
import {
  type Attributes,
  type Graph,
  type Node,
  type NodeId,
  nodeOf,
  type Value,
} from "../ir/graph.ts";
import type { KernelArgument, KernelCall, OpTable, Requantize } from "../ir/op.ts";
import {
  type QuantizedDType,
  quantRange,
  sizeOf,
  type Tensor,
  type TensorType,
} from "../ir/types.ts";

/** What one node of a Q/DQ graph is computed from, and how. */
interface Step {
  readonly node: Node;
  readonly operands: readonly (Value | undefined)[];
  readonly calls: readonly KernelCall[];
}

/** How an integer kernel limits its result: by an activation of its own, by saturating, or in a call that follows. */
interface Limit {
  readonly activation: string;
  readonly apart?: Node;
}

/** The limit that a node between a layer and its `Quantize` sets, if it is one. */
function limitOf(limit: Node, quantize: Node): Limit | undefined {
  const { op, attributes } = limit;
  if (op === "ReLU") return { activation: "relu" };
  if (op === "ReLU6") return { activation: "relu6" };
  if (op !== "Clip") return undefined;
  const { min, max } = attributes as { readonly min: number; readonly max: number };
  if (min === -1 && max === 1) return { activation: "reluN1To1" };
  const { dtype, quant } = quantize.types[0]!;
  const [low, high] = quantRange[dtype as QuantizedDType];
  const steps = (real: number) => quant!.zeroPoint[0]! + roundHalfEven(real / quant!.scale[0]!);
  const isImplied = steps(min) <= low && high <= steps(max);
  return { activation: "linear", ...(!isImplied && { apart: limit }) };
}

/** How a graph is simulated. */
export interface Simulation extends Evaluation {
  /** Nodes that compute in float whatever they read. */
  readonly keptInFloat?: ReadonlySet<NodeId>;
}

/**
 * Computes a graph with explicit Q/DQ nodes as it will be deployed: each island `Dequantize → op [→ activation] →
 * Quantize` on the integers that it carries (exact sum, then the named requantization), everything outside of islands
 * in float. Islands are found here by their shape, not by the integer rules: so the two check each other.
 */
export function simulate(
  graph: Graph,
  inputs: ReadonlyMap<string, Tensor>,
  evaluation: Simulation,
): Map<string, Tensor> {
  return prepareSimulation(graph, evaluation)(inputs);
}

/** `simulate` for many samples: islands are found once. */
function prepareSimulation(
  graph: Graph,
  { ops, kernels, requantize = "onnx", keptInFloat = new Set() }: Simulation,
): (inputs: ReadonlyMap<string, Tensor>) => Map<string, Tensor> {
  const useCounts = countUses(graph);
  const steps = neededSteps(
    graph,
    (node) =>
      islandOf(graph, node, useCounts, ops, requantize, keptInFloat) ??
      floatStep(graph, node, ops, requantize),
  );
  const portOf = new Map(graph.inputs.map(({ name, value }) => [value.node, name]));
  return (inputs) => {
    const computed = new Map<number, readonly Tensor[]>();
    const tensorOf = (value: Value | undefined) =>
      value && computed.get(value.node)![value.output]!;
    for (const { node, operands, calls } of steps) {
      const port = portOf.get(node.id);
      if (port !== undefined) computed.set(node.id, [inputs.get(port)!]);
      else if (node.op === "Constant") computed.set(node.id, [node.attributes.value as Tensor]);
      else computed.set(node.id, runCalls(calls, operands.map(tensorOf), node.types, kernels));
    }
    return new Map(graph.outputs.map(({ name, value }) => [name, tensorOf(value)!]));
  };
}

/** The steps that the outputs need, in graph order: nodes inside of islands fall away. */
function neededSteps(graph: Graph, stepOf: (node: Node) => Step): readonly Step[] {
  const needed = new Set(graph.outputs.map(({ value }) => value.node));
  const steps: Step[] = [];
  for (const node of [...graph.nodes.values()].reverse()) {
    if (!needed.has(node.id)) continue;
    const step = stepOf(node);
    for (const operand of step.operands) if (operand) needed.add(operand.node);
    steps.push(step);
  }
  return steps.reverse();
}

function floatStep(graph: Graph, node: Node, ops: OpTable, requantize: Requantize): Step {
  return { node, operands: node.operands, calls: callsOf(graph, node, ops, requantize) };
}

/** The island that ends in a `Quantize` node, if its op can be computed on integers. */
function islandOf(
  graph: Graph,
  quantize: Node,
  useCounts: ReadonlyMap<number, number>,
  ops: OpTable,
  requantize: Requantize,
  keptInFloat: ReadonlySet<NodeId>,
): Step | undefined {
  if (quantize.op !== "Quantize") return undefined;
  const producer = nodeOf(graph, quantize.operands[0]!);
  if (keptInFloat.has(producer.id)) return undefined;
  const moved = movedIntegers(graph, producer, ops);
  if (moved) return requantizeStep(quantize, moved, ops, requantize);
  const limit = useCounts.get(producer.id) === 1 ? limitOf(producer, quantize) : undefined;
  const layer = limit === undefined ? undefined : nodeOf(graph, producer.operands[0]!);
  const fused =
    layer &&
    !keptInFloat.has(layer.id) &&
    useCounts.get(layer.id) === 1 &&
    "activation" in ops.get(layer.op)!.attributes
      ? limitedStep(graph, layer, quantize, limit!, ops, requantize)
      : undefined;
  return fused ?? islandStep(graph, producer, quantize, {}, ops, requantize);
}

/** The island of a layer and its limit; one apart works on the result in place. */
function limitedStep(
  graph: Graph,
  layer: Node,
  quantize: Node,
  { activation, apart }: Limit,
  ops: OpTable,
  requantize: Requantize,
): Step | undefined {
  const step = islandStep(graph, layer, quantize, { activation }, ops, requantize);
  if (step === undefined || apart === undefined) return step;
  const { dtype, scale, zeroPoint } = quantize.attributes;
  const limited = ops.get(apart.op)!.lowerInteger!({
    name: apart.name,
    attributes: { ...apart.attributes, dtype: dtype!, scale: scale!, zeroPoint: zeroPoint! },
    operands: quantize.types,
    constants: [undefined],
    results: quantize.types,
    requantize,
  });
  if (typeof limited === "string") return undefined;
  const inPlace = replaced(limited, "operand", { kind: "result", index: 0 });
  return { ...step, calls: [...step.calls, ...inPlace] };
}

function islandStep(
  graph: Graph,
  layer: Node,
  quantize: Node,
  fused: Attributes,
  ops: OpTable,
  requantize: Requantize,
): Step | undefined {
  const op = ops.get(layer.op)!;
  if (!op.lowerInteger || layer.types.length !== 1) return undefined;
  const operands = layer.operands.map((operand) => integersOf(graph, operand));
  if (operands.some((operand, i) => layer.operands[i] !== undefined && operand === undefined))
    return undefined;
  const { dtype, scale, zeroPoint } = quantize.attributes;
  const site = siteOf(
    graph,
    {
      ...layer,
      operands,
      types: quantize.types,
      attributes: {
        ...layer.attributes,
        ...fused,
        dtype: dtype!,
        scale: scale!,
        zeroPoint: zeroPoint!,
      },
    },
    requantize,
  );
  const calls = op.lowerInteger(site);
  return typeof calls === "string" ? undefined : { node: quantize, operands, calls };
}

/** Reals that are integers with parameters of their own, as they were dequantized or moved since. */
interface MovedIntegers {
  readonly reals: Value;
  readonly type: TensorType;
}

/** What a `Dequantize` or the movement behind it gives, if one scale says what its integers are. */
function movedIntegers(graph: Graph, producer: Node, ops: OpTable): MovedIntegers | undefined {
  let source = producer;
  while (source.op !== "Dequantize") {
    if (!ops.get(source.op)!.traits.includes("movement") || source.types.length > 1)
      return undefined;
    source = nodeOf(graph, source.operands[0]!);
  }
  const { dtype, quant } = nodeOf(graph, source.operands[0]!).types[source.operands[0]!.output]!;
  if (quant === undefined || quant.axis !== undefined) return undefined;
  const { shape } = producer.types[0]!;
  return { reals: { node: producer.id, output: 0 }, type: { dtype, shape, quant } };
}

/** Integers of one scale become integers of another: they are found again from their reals, which is exact. */
function requantizeStep(
  quantize: Node,
  { reals, type }: MovedIntegers,
  ops: OpTable,
  requantize: Requantize,
): Step {
  const { dtype, shape, quant } = type;
  const float: TensorType = { dtype: "float32", shape };
  const integers: KernelArgument = { kind: "scratch", dtype, length: sizeOf(shape) };
  const site = { name: quantize.name, constants: [undefined], requantize };
  const found = ops.get("Quantize")!.lower({
    ...site,
    attributes: { dtype, scale: quant!.scale, zeroPoint: quant!.zeroPoint },
    operands: [float],
    results: [type],
  });
  const { attributes, types } = quantize;
  const given = ops
    .get("Requantize")!
    .lower({ ...site, attributes, operands: [type], results: types });
  const calls = [...replaced(found, "result", integers), ...replaced(given, "operand", integers)];
  return { node: quantize, operands: [reals], calls };
}

/** Calls with another argument in place of their operand or result. */
function replaced(
  calls: readonly KernelCall[],
  kind: "operand" | "result",
  by: KernelArgument,
): readonly KernelCall[] {
  return calls.map((call) => ({
    ...call,
    arguments: call.arguments.map((argument) =>
      typeof argument === "object" && argument.kind === kind ? by : argument,
    ),
  }));
}

/** The integers behind a dequantized operand; operands that are no reals (indices) stand for themselves. */
function integersOf(graph: Graph, operand: Value | undefined): Value | undefined {
  if (operand === undefined) return undefined;
  const node = nodeOf(graph, operand);
  if (node.op === "Dequantize") return node.operands[0];
  return node.types[operand.output]!.dtype === "float32" ? undefined : operand;
}

function countUses(graph: Graph): ReadonlyMap<number, number> {
  const counts = new Map<number, number>();
  const count = (id: number) => counts.set(id, (counts.get(id) ?? 0) + 1);
  for (const node of graph.nodes.values())
    for (const operand of node.operands) if (operand) count(operand.node);
  for (const { value } of graph.outputs) count(value.node);
  return counts;
}
