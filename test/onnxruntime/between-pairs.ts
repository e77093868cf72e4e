import { fusedOps, runModel } from "../support/onnxruntime.ts";
import { type Affine, dequantize } from "./formulas.ts";
import { modelBytes, type Node, node, type Value } from "./one-op-model.ts";

/** A float tensor that is fed so that its QuantizeLinear gives exactly these codes, 0…255. */
export interface Operand {
  readonly params: Affine;
  readonly shape: readonly number[];
  readonly codes: ArrayLike<number>;
}

export interface BetweenPairs {
  /** Become the values `x0`, `x1` … behind their own QuantizeLinear and DequantizeLinear. */
  readonly operands: readonly Operand[];
  /** Make `y` from them. */
  readonly nodes: readonly Node[];
  readonly constants?: Readonly<Record<string, Value>>;
  /** Of `y`, which gets a QuantizeLinear and a DequantizeLinear. */
  readonly params: Affine;
  readonly shape: readonly number[];
  /** int8 has all codes and zero points 128 lower. */
  readonly activation?: "uint8" | "int8";
  readonly opset?: number;
}

/** The serialized model, float at its border: every operand and the result between Q and DQ. */
export function pairsModel(text: BetweenPairs): Uint8Array {
  const { operands, nodes, constants = {}, params, shape, activation = "uint8", opset = 17 } = text;
  const offset = activation === "int8" ? 128 : 0;
  const ends: Record<string, Value> = {};
  const pair = (name: string, { scale, zeroPoint }: Affine, from: string, to: string): Node[] => {
    ends[`${name}.scale`] = scalar("float32", scale);
    ends[`${name}.zeroPoint`] = scalar(activation, zeroPoint - offset);
    const quant = [`${name}.scale`, `${name}.zeroPoint`];
    const quantized = `${name}.quantized`;
    return [
      node("QuantizeLinear", [from, ...quant], quantized),
      node("DequantizeLinear", [quantized, ...quant], to),
    ];
  };
  const inputs = operands.map(({ shape }, i) => [`in${i}`, { dtype: "float32", shape }] as const);
  const before = operands.flatMap(({ params }, i) => pair(`x${i}`, params, `in${i}`, `x${i}`));
  const after = pair("y", params, "y", "out");
  return modelBytes({
    opset,
    inputs: Object.fromEntries(inputs),
    outputs: { out: { dtype: "float32", shape } },
    constants: { ...constants, ...ends },
    nodes: [...before, ...nodes, ...after],
  });
}

/** The codes of the result, 0…255. */
export async function runBetweenPairs(text: BetweenPairs): Promise<Uint8Array> {
  const feeds = text.operands.map(({ params, shape, codes }, i) => {
    const data = Float32Array.from(codes, (q) => dequantize(q, params));
    return [`in${i}`, { shape, data }] as const;
  });
  const { out } = await runModel(pairsModel(text), Object.fromEntries(feeds));
  const { scale, zeroPoint } = text.params;
  return Uint8Array.from(out!.data as Float32Array, (y) => Math.round(y / scale) + zeroPoint);
}

/** The ops that run, without the Q and DQ that stand at the float border: `"QLinearAdd"`, `"Flatten Transpose"`. */
export async function opsBetweenPairs(text: BetweenPairs): Promise<string> {
  return fusedNames(pairsModel(text), text.operands.length);
}

/** Sorted op types of the optimized graph, less `inputs` QuantizeLinear, one DequantizeLinear and layout transposes. */
export async function fusedNames(model: Uint8Array, inputs = 1): Promise<string> {
  const count = await fusedOps(model);
  const less = (op: string, n: number) => count.set(op, (count.get(op) ?? 0) - n);
  less("QuantizeLinear", inputs);
  less("DequantizeLinear", 1);
  if (count.has("QLinearConv")) less("Transpose", 2);
  return [...count]
    .flatMap(([op, n]) => Array<string>(Math.max(0, n)).fill(op))
    .sort()
    .join(" ");
}

export function scalar(dtype: Value["dtype"], value: number): Value {
  return { dtype, shape: [], values: [value] };
}

export function vector(dtype: Value["dtype"], values: ArrayLike<number>): Value {
  return { dtype, shape: [values.length], values };
}
