import { fingerprint } from "../../runtime/files.ts";
import { callsOf, siteOf } from "../ir/evaluate.ts";
import { type Graph, type Node, type NodeId, type Port, typeOf, type Value } from "../ir/graph.ts";
import type { KernelArgument, KernelCall, OpTable, Requantize } from "../ir/op.ts";
import { bytesPerElement, type DType, sizeOf, type Tensor, type TensorType } from "../ir/types.ts";

export type BufferId = number;

/** A piece of memory of one element type, live from the step that writes it first to the one that reads it last. */
export interface Buffer {
  readonly id: BufferId;
  /** The graph node whose result it holds first. */
  readonly name: string;
  readonly dtype: DType;
  /** In elements. */
  readonly length: number;
  readonly byteLength: number;
  /** The contents, for a constant; absent for memory of the arena. */
  readonly constant?: Tensor;
  /** It is a piece of a larger one, `offset` bytes from the start of that, and lives to its end; see `join-in-place.ts`. */
  readonly within?: { readonly buffer: BufferId; readonly offset: number };
  /** Steps, both included; −1 is before the first, `steps.length` after the last. */
  readonly firstStep: number;
  readonly lastStep: number;
}

/** One call of a kernel, its buffers resolved. */
export interface Step {
  /** Name and op of the graph node that the call computes. */
  readonly node: string;
  readonly op: string;
  readonly kernel: string;
  /** Rules and passes that made the node what it is, oldest first. */
  readonly rules: readonly string[];
  readonly arguments: readonly (number | { readonly buffer: BufferId })[];
  /** Multiply-accumulates of the node, at the last of its calls, for an op that multiplies. */
  readonly macs?: number;
}

/** An input or output of the program. */
export interface PortPlan {
  readonly name: string;
  readonly type: TensorType;
  readonly wire?: string;
  readonly buffer: BufferId;
}

/** Where a value of the graph is once it is computed. A value that is a mere copy is where its source is. */
export interface PlacedValue {
  readonly node: NodeId;
  readonly output: number;
  readonly buffer: BufferId;
  /** The step after which it is there; −1 for inputs and constants. Later steps may write over it. */
  readonly step: number;
}

/** A program in the order of its execution: which kernel runs when, on which buffers. Offsets come later. */
export interface Schedule {
  readonly name: string;
  readonly requantize: Requantize;
  readonly buffers: readonly Buffer[];
  readonly steps: readonly Step[];
  /** Calls that are made once, when the constants are in memory. */
  readonly preparation?: readonly Step[];
  readonly inputs: readonly PortPlan[];
  readonly outputs: readonly PortPlan[];
  /** In graph order. */
  readonly values: readonly PlacedValue[];
}

interface LoweredNode {
  readonly node: Node;
  readonly calls: readonly KernelCall[];
  readonly macs: number | undefined;
  /** Of the node's first call, and of its last. */
  readonly firstStep: number;
  readonly lastStep: number;
}

/**
 * The kernel calls of all nodes in graph order, with the lifetimes of their buffers. A copy is not made where the
 * source can serve as it is; an elementwise node writes over an operand of its own size that nobody reads later.
 */
export function schedule(graph: Graph, ops: OpTable, requantize: Requantize): Schedule {
  const origin = new Map<string, Value>();
  const lowered = lowerNodes(graph, ops, requantize, origin);
  const originOf = (value: Value) => origin.get(key(value)) ?? value;
  const lastStep = lastReads(graph, lowered, originOf);
  const buffers = new BufferList();
  const held = new Map<string, BufferId>();
  const bufferOf = (value: Value) => held.get(key(originOf(value)))!;

  for (const node of graph.nodes.values()) {
    const value = { node: node.id, output: 0 };
    if (node.op === "Constant")
      held.set(key(value), buffers.constant(node.name, node.attributes.value as Tensor));
    if (node.op === "Input")
      held.set(
        key(value),
        buffers.add(node.name, node.types[0]!, -1, lastStep.get(key(value)) ?? -1),
      );
  }
  const steps: Step[] = [];
  for (const { node, calls, macs, firstStep, lastStep: end } of lowered) {
    node.types.forEach((type, output) => {
      const last = Math.max(end, lastStep.get(key({ node: node.id, output })) ?? end);
      const reused = overwritable(node, calls, type, ops, (operand) => {
        const source = originOf(operand);
        return lastStep.get(key(source)) === firstStep ? buffers.at(bufferOf(operand)) : undefined;
      });
      if (reused) held.set(key({ node: node.id, output }), buffers.extend(reused.id, last));
      else
        held.set(
          key({ node: node.id, output }),
          buffers.add(resultName(node, output), type, firstStep, last),
        );
    });
    const scratch = new Map<KernelArgument, BufferId>();
    const resolve = (argument: KernelArgument): Step["arguments"][number] => {
      if (typeof argument === "number") return argument;
      switch (argument.kind) {
        case "operand":
          return { buffer: bufferOf(node.operands[argument.index]!) };
        case "result":
          return { buffer: bufferOf({ node: node.id, output: argument.index }) };
        case "constant":
          return { buffer: buffers.constant(`${node.name}_table`, argument.tensor) };
        case "scratch": {
          const type = { dtype: argument.dtype, shape: [argument.length] };
          const buffer =
            scratch.get(argument) ?? buffers.add(`${node.name}_scratch`, type, firstStep, end);
          scratch.set(argument, buffer);
          return { buffer };
        }
      }
    };
    for (const call of calls) {
      steps.push({
        node: node.name,
        op: node.op,
        kernel: call.kernel,
        rules: node.provenance.rules,
        arguments: call.arguments.map(resolve),
        ...(macs !== undefined && call === calls.at(-1) && { macs }),
      });
    }
  }
  const plan = ({ name, value, wire }: Port): PortPlan => ({
    name,
    type: typeOf(graph, value),
    ...(wire !== undefined && { wire }),
    buffer: bufferOf(value),
  });
  return {
    name: graph.name,
    requantize,
    buffers: buffers.list(),
    steps,
    inputs: graph.inputs.map(plan),
    outputs: graph.outputs.map(plan),
    values: placedValues(graph, lowered, originOf, bufferOf),
  };
}

function placedValues(
  graph: Graph,
  lowered: readonly LoweredNode[],
  originOf: (value: Value) => Value,
  bufferOf: (value: Value) => BufferId,
): readonly PlacedValue[] {
  const computedAt = new Map(lowered.map(({ node, lastStep }) => [node.id, lastStep]));
  return [...graph.nodes.values()].flatMap(({ id: node, types }) =>
    types.map((_, output) => {
      const value = { node, output };
      const step = computedAt.get(originOf(value).node) ?? -1;
      return { ...value, buffer: bufferOf(value), step };
    }),
  );
}

/** Calls of every node that computes; a value that is a mere copy is entered into `origin` instead. */
function lowerNodes(
  graph: Graph,
  ops: OpTable,
  requantize: Requantize,
  origin: Map<string, Value>,
): readonly LoweredNode[] {
  const lowered: LoweredNode[] = [];
  let step = 0;
  for (const node of graph.nodes.values()) {
    if (node.op === "Constant" || node.op === "Input") continue;
    const calls = callsOf(graph, node, ops, requantize);
    const copied = copiedOperand(graph, node, calls);
    if (copied) {
      origin.set(key({ node: node.id, output: 0 }), origin.get(key(copied)) ?? copied);
      continue;
    }
    const macs = ops.get(node.op)!.macs?.(siteOf(graph, node, requantize));
    lowered.push({ node, calls, macs, firstStep: step, lastStep: step + calls.length - 1 });
    step += calls.length;
  }
  return lowered;
}

/** The operand that a node only copies, if its elements are of the same type. */
function copiedOperand(graph: Graph, node: Node, calls: readonly KernelCall[]): Value | undefined {
  const [source] = calls[0]?.arguments ?? [];
  if (calls.length !== 1 || calls[0]!.kernel !== "copy") return undefined;
  if (typeof source !== "object" || source.kind !== "operand") return undefined;
  const operand = node.operands[source.index]!;
  const { dtype, shape } = typeOf(graph, operand);
  return dtype === node.types[0]!.dtype && sizeOf(shape) === sizeOf(node.types[0]!.shape)
    ? operand
    : undefined;
}

/** For each value that owns memory, the last step that reads it; outputs are read after the last one. */
function lastReads(
  graph: Graph,
  lowered: readonly LoweredNode[],
  originOf: (value: Value) => Value,
): ReadonlyMap<string, number> {
  const last = new Map<string, number>();
  for (const { node, lastStep } of lowered) {
    for (const operand of node.operands) if (operand) last.set(key(originOf(operand)), lastStep);
  }
  const end = lowered.at(-1)?.lastStep ?? -1;
  for (const { value } of graph.outputs) last.set(key(originOf(value)), end + 1);
  return last;
}

/** The buffer of an operand that the only call of an elementwise node may write over. */
function overwritable(
  node: Node,
  calls: readonly KernelCall[],
  type: TensorType,
  ops: OpTable,
  dyingBuffer: (operand: Value) => Buffer | undefined,
): Buffer | undefined {
  if (
    calls.length !== 1 ||
    node.types.length !== 1 ||
    !ops.get(node.op)!.traits.includes("elementwise")
  )
    return undefined;
  for (const operand of node.operands) {
    const buffer = operand && dyingBuffer(operand);
    if (
      buffer &&
      !buffer.constant &&
      buffer.dtype === type.dtype &&
      buffer.length === sizeOf(type.shape)
    )
      return buffer;
  }
  return undefined;
}

function resultName(node: Node, output: number): string {
  return output === 0 ? node.name : `${node.name}_${output}`;
}

function key({ node, output }: Value): string {
  return `${node}:${output}`;
}

/** The buffers of a program while they are collected. Equal constants are kept once. */
class BufferList {
  readonly #buffers: Buffer[] = [];
  readonly #constants = new Map<string, BufferId[]>();

  at(id: BufferId): Buffer {
    return this.#buffers[id]!;
  }

  list(): readonly Buffer[] {
    return this.#buffers;
  }

  add(name: string, { dtype, shape }: TensorType, firstStep: number, lastStep: number): BufferId {
    const length = sizeOf(shape);
    const id = this.#buffers.length;
    this.#buffers.push({
      id,
      name,
      dtype,
      length,
      byteLength: length * bytesPerElement(dtype),
      firstStep,
      lastStep,
    });
    return id;
  }

  extend(id: BufferId, lastStep: number): BufferId {
    this.#buffers[id] = { ...this.#buffers[id]!, lastStep };
    return id;
  }

  constant(name: string, constant: Tensor): BufferId {
    const digest = `${constant.dtype}:${constant.data.length}:${fingerprint(bytesOf(constant))}`;
    const candidates = this.#constants.get(digest) ?? [];
    const twin = candidates.find((id) =>
      sameBytes(bytesOf(this.#buffers[id]!.constant!), bytesOf(constant)),
    );
    if (twin !== undefined) return twin;
    const id = this.add(name, { dtype: constant.dtype, shape: [constant.data.length] }, -1, -1);
    this.#buffers[id] = { ...this.#buffers[id]!, constant };
    this.#constants.set(digest, [...candidates, id]);
    return id;
  }
}

function bytesOf({ data }: Tensor): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
