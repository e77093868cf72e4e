import { GraphEditor } from "../../compiler/ir/edit.ts";
import type { Attributes, Graph, Value } from "../../compiler/ir/graph.ts";
import type { Tensor } from "../../compiler/ir/types.ts";
import { tensor } from "../../compiler/ir/types.ts";
import { ops } from "../../compiler/ops/index.ts";
import { type Affine, dequantize } from "../onnxruntime/formulas.ts";

/** One op between Dequantize and Quantize, with float ports: what both ONNX Runtime and we can compute. */

/** A value of the network: an input of the graph behind its own Quantize. Codes and zero point are those of uint8. */
export interface Activation {
  readonly kind: "activation";
  readonly params: Affine;
  readonly shape: readonly number[];
  readonly codes: ArrayLike<number>;
}

/** Anything constant; quantized ones get a Dequantize. uint8 ones are activations, which int8 has 128 lower. */
export interface Constant {
  readonly kind: "constant";
  readonly tensor: Tensor;
}

export interface Island {
  readonly op: string;
  readonly attributes?: Attributes;
  /** Nodes behind the op, before the Quantize. */
  readonly behind?: readonly (readonly [op: string, attributes: Attributes])[];
  readonly operands: readonly (Activation | Constant | undefined)[];
  /** Of the result, as uint8. */
  readonly to: Affine;
}

export type Carrier = "uint8" | "int8";

export const activation = (
  params: Affine,
  shape: readonly number[],
  codes: ArrayLike<number>,
): Activation => ({ kind: "activation", params, shape, codes });

export const constant = (value: Tensor): Constant => ({ kind: "constant", tensor: value });

/** What int8 lies below uint8. */
export function offsetOf(carrier: Carrier): number {
  return carrier === "int8" ? 128 : 0;
}

/** The graph; its inputs are `x0`, `x1` … and its output is `y`. */
export function islandGraph(island: Island, carrier: Carrier): Graph {
  const editor = new GraphEditor(ops, "island");
  const offset = offsetOf(carrier);
  const pair = (real: Value, { scale, zeroPoint }: Affine): Value => {
    const parameters = { dtype: carrier, scale: [scale], zeroPoint: [zeroPoint - offset] };
    const q = editor.value({ op: "Quantize", operands: [real], attributes: parameters });
    return editor.value({ op: "Dequantize", operands: [q] });
  };
  const operands = island.operands.map((operand, i) => {
    if (operand?.kind === "activation") {
      const { shape, params } = operand;
      return pair(editor.input(`x${i}`, { dtype: "float32", shape }), params);
    }
    if (operand === undefined) return undefined;
    const value = editor.constant(carried(operand.tensor, carrier));
    return operand.tensor.quant ? editor.value({ op: "Dequantize", operands: [value] }) : value;
  });
  const { op, attributes = {}, behind = [], to } = island;
  let y = editor.value({ op, operands, attributes });
  for (const [next, rest] of behind)
    y = editor.value({ op: next, operands: [y], attributes: rest });
  editor.output({ name: "y", value: pair(y, to) });
  return editor.finish();
}

function carried(value: Tensor, carrier: Carrier): Tensor {
  if (value.dtype !== "uint8" || carrier === "uint8") return value;
  const quant = { ...value.quant!, zeroPoint: value.quant!.zeroPoint.map((zero) => zero - 128) };
  return { ...value, dtype: "int8", data: Int8Array.from(value.data, (q) => q - 128), quant };
}

/** Reals that the graph's Quantize nodes turn into exactly the codes. */
export function realsOf(island: Island): ReadonlyMap<string, Tensor> {
  const inputs = new Map<string, Tensor>();
  island.operands.forEach((operand, i) => {
    if (operand?.kind !== "activation") return;
    const reals = Float32Array.from(operand.codes, (q) => dequantize(q, operand.params));
    inputs.set(`x${i}`, tensor("float32", operand.shape, reals));
  });
  return inputs;
}

/** Codes, as uint8, of dequantized reals. */
export function codesOf(reals: ArrayLike<number>, { scale, zeroPoint }: Affine): number[] {
  return Array.from(reals, (y) => Math.round(y / scale) + zeroPoint);
}
