import { type Random, random } from "../onnxruntime/random.ts";
import { type OperatorText, type TensorText, tfliteBytes } from "./tflite-model.ts";

/** A TFLite model that is being written, operator by operator. Values are names; their shapes are stated, as in the file. */
export interface TfliteNet {
  readonly numbers: Random;
  /** An operator with one result. */
  op(
    op: string,
    inputs: readonly (string | undefined)[],
    shape: readonly number[],
    options?: OperatorText["options"],
  ): string;
  /** An operator with a result of each shape. */
  ops(
    op: string,
    inputs: readonly (string | undefined)[],
    shapes: readonly (readonly number[])[],
    options?: OperatorText["options"],
  ): readonly string[];
  /** Random weights of a standard deviation. */
  weights(shape: readonly number[], deviation: number): string;
  floats(shape: readonly number[], values: ArrayLike<number>): string;
  ints(values: readonly number[], shape?: readonly number[]): string;
  bytes(output: string): Uint8Array;
}

const sizeOf = (shape: readonly number[]) => shape.reduce((a, b) => a * b, 1);

/** A model with one input, `x`. */
export function tfliteNet(input: TensorText): TfliteNet {
  const numbers = random(1);
  const tensors: Record<string, TensorText> = { x: input };
  const operators: OperatorText[] = [];
  const constant = (text: TensorText): string => {
    const name = `constant_${Object.keys(tensors).length}`;
    tensors[name] = text;
    return name;
  };
  const ops: TfliteNet["ops"] = (op, inputs, shapes, options = {}) => {
    const outputs = shapes.map((_, i) => `${op.toLowerCase()}_${operators.length}_${i}`);
    for (const [i, shape] of shapes.entries()) tensors[outputs[i]!] = { shape };
    operators.push({ op, inputs, outputs, options });
    return outputs;
  };
  const floats: TfliteNet["floats"] = (shape, values) =>
    constant({ shape, data: Float32Array.from(values) });
  return {
    numbers,
    ops,
    floats,
    op: (op, inputs, shape, options) => ops(op, inputs, [shape], options)[0]!,
    weights(shape, deviation) {
      const spread = deviation * Math.sqrt(12);
      const draw = () => spread * (numbers.unit() - 0.5);
      return floats(shape, Array.from({ length: sizeOf(shape) }, draw));
    },
    ints: (values, shape = [values.length]) =>
      constant({ shape, type: "int32", data: Int32Array.from(values) }),
    bytes: (output) => tfliteBytes({ tensors, operators, inputs: ["x"], outputs: [output] }),
  };
}
