import { kernels } from "../../runtime/reference/index.ts";
import { prepare } from "../ir/evaluate.ts";
import { type Graph, type Node, type NodeId, typeOf } from "../ir/graph.ts";
import type { OpTable } from "../ir/op.ts";
import {
  allocate,
  type QuantizedDType,
  quantRange,
  sizeOf,
  type Tensor,
  type TensorType,
} from "../ir/types.ts";
import { drawing, exactNumbers } from "../literal/exact-numbers.ts";

/** A value for each input of a graph, by its name. */
export type Inputs = ReadonlyMap<string, Tensor>;

/** What a graph computes, and the largest number on the way there: against it rounding errors are measured. */
export interface Outcome {
  readonly outputs: ReadonlyMap<string, Tensor>;
  readonly magnitude: number;
  /** Whether an integer was made of something that is no number, as the root of −1: what it is to be then no rule says. */
  readonly roundsNaN: boolean;
}

/** Inputs on which sums and products are exact, the same for the same seed and names. */
export function exactInputs(graph: Graph, seed: number): Inputs {
  return new Map(
    graph.inputs.map(({ name, value }, i) => [
      name,
      exactTensor(typeOf(graph, value), seed * 31 + i),
    ]),
  );
}

/** The same inputs, the real ones 64 times smaller. */
export function smaller(inputs: Inputs): Inputs {
  return new Map(
    [...inputs].map(([name, tensor]) => {
      if (tensor.dtype !== "float32") return [name, tensor];
      return [name, { ...tensor, data: tensor.data.map((x) => x / 64) }];
    }),
  );
}

/** A tensor of a type, of small numbers; integers of a quantized type take all values that it has. */
export function exactTensor(type: TensorType, seed: number): Tensor {
  const length = sizeOf(type.shape);
  const data = allocate(type.dtype, length);
  if (type.dtype === "float32") data.set(exactNumbers(seed, length));
  else {
    const draw = drawing(seed);
    const [lowest, highest] = boundsOf(type);
    for (let i = 0; i < length; i++) data[i] = lowest + draw(highest - lowest + 1);
  }
  return { ...type, data };
}

/** Integers without a scale may be places in something: those near 0 are in most things. */
function boundsOf({ dtype, quant }: TensorType): readonly [number, number] {
  if (dtype === "bool") return [0, 1];
  if (quant === undefined) return [0, 2];
  const [lowest, highest] = quantRange[dtype as QuantizedDType];
  return [Math.max(lowest, -1000), Math.min(highest, 1000)];
}

/** What a graph computes on reference kernels. */
export function runGraph(graph: Graph, inputs: Inputs, ops: OpTable): Outcome {
  let magnitude = 0;
  let roundsNaN = false;
  const withNaN = new Set<NodeId>();
  const observe = ({ id, operands }: Node, results: readonly Tensor[]) => {
    for (const { dtype, data } of results) {
      if (dtype !== "float32") {
        roundsNaN ||= operands.some(
          (operand) => operand !== undefined && withNaN.has(operand.node),
        );
        continue;
      }
      for (const x of data) {
        const size = Math.abs(x);
        if (size > magnitude && size < Number.POSITIVE_INFINITY) magnitude = size;
        if (Number.isNaN(x)) withNaN.add(id);
      }
    }
  };
  const outputs = prepare(graph, { ops, kernels, observe })(inputs);
  return { outputs, magnitude, roundsNaN };
}
