import { lowerSite, runCalls } from "../../compiler/ir/evaluate.ts";
import type { Attributes } from "../../compiler/ir/graph.ts";
import { completeAttributes, inferTypes } from "../../compiler/ir/infer.ts";
import type { Requantize } from "../../compiler/ir/op.ts";
import type { Tensor } from "../../compiler/ir/types.ts";
import { ops } from "../../compiler/ops/index.ts";
import { kernels } from "../../runtime/reference/index.ts";

/** The results of one op on tensors, all operands known as constants; throws what inference says, or why there are no integers. */
export function applyOp(
  name: string,
  operands: readonly (Tensor | undefined)[],
  attributes: Attributes = {},
  requantize: Requantize = "onnx",
): readonly Tensor[] {
  const op = ops.get(name)!;
  const complete = completeAttributes(op, attributes);
  const results = inferTypes(op, operands, complete);
  const site = { name, attributes: complete, operands, constants: operands, results, requantize };
  const calls = lowerSite(op, site);
  if (typeof calls === "string") throw new Error(calls);
  return runCalls(calls, operands, results, kernels);
}

/** A float32 tensor. */
export function reals(shape: readonly number[], values: readonly number[]): Tensor {
  return { dtype: "float32", shape, data: Float32Array.from(values) };
}

/** An int32 tensor without parameters. */
export function integers(shape: readonly number[], values: readonly number[]): Tensor {
  return { dtype: "int32", shape, data: Int32Array.from(values) };
}

/** A quantized int8 tensor. */
export function quantized(
  shape: readonly number[],
  values: readonly number[],
  scale: number,
  zeroPoint: number,
): Tensor {
  const quant = { scale: [Math.fround(scale)], zeroPoint: [zeroPoint] };
  return { dtype: "int8", shape, data: Int8Array.from(values), quant };
}

/** The attributes of an int8 result. */
export function int8(scale: number, zeroPoint: number): Attributes {
  return { dtype: "int8", scale: [Math.fround(scale)], zeroPoint: [zeroPoint] };
}
