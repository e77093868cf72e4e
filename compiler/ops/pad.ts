import { PadMode } from "../../runtime/reference/pad.ts";
import { type ImportBuilder, type ImportedValue, InferenceError, type Site } from "../ir/op.ts";
import { type QuantizedDType, quantRange, sizeOf, type Tensor, tensor } from "../ir/types.ts";
import { defineOp } from "./define-op.ts";
import { int64 } from "./elementwise.ts";
import { onnxPerAxis } from "./onnx-layout.ts";
import { constant, operand, perTensor, result, roundFor } from "./requantization.ts";
import { axisOf, moved, perAxis } from "./views.ts";

/** Elements before and after, for each axis. */
function margins(padding: readonly number[]): readonly [readonly number[], readonly number[]] {
  return [padding.slice(0, padding.length / 2), padding.slice(padding.length / 2)];
}

/** The element that stands for the real `value`: the zero point for 0. */
function fillOf({ operands: [x], attributes, requantize }: Site): number {
  const value = attributes.value as number;
  const { dtype, quant } = x!;
  if (dtype === "float32") return Math.fround(value);
  const { scale, zeroPoint } = quant ? perTensor(quant) : { scale: 1, zeroPoint: 0 };
  const [low, high] = dtype === "bool" ? [0, 1] : quantRange[dtype as QuantizedDType];
  const steps = roundFor(requantize)(Math.fround(value / scale)) + zeroPoint;
  return Math.min(high, Math.max(low, steps));
}

/** The real number in a constant of one element. */
function realOf({ data, quant }: Tensor): number {
  return quant ? (data[0]! - quant.zeroPoint[0]!) * quant.scale[0]! : data[0]!;
}

/** ONNX lists all befores, then all afters; with `axes` for these axes only. */
function onnxPadding(rank: number, pads: ArrayLike<number>, axes?: ArrayLike<number>): number[] {
  const padding: number[] = Array(2 * rank).fill(0);
  const count = pads.length / 2;
  for (let i = 0; i < count; i++) {
    const axis = axes ? axisOf(axes[i]!, rank) : i;
    padding[axis] = pads[i]!;
    padding[rank + axis] = pads[count + i]!;
  }
  return padding;
}

/** TFLite lists before and after of each axis. */
function tflitePad(
  build: ImportBuilder,
  input: ImportedValue,
  { data }: Tensor,
  attributes: { readonly mode?: string; readonly value?: number },
): ImportedValue {
  const axes = input.type.shape;
  const padding = [...axes.map((_, i) => data[2 * i]!), ...axes.map((_, i) => data[2 * i + 1]!)];
  return build.one("Pad", [input], { padding, ...attributes });
}

export const Pad = defineOp({
  name: "Pad",
  doc: "the input inside a margin: of one value, of its own border elements, or mirrored",
  operands: [{ name: "input", role: "activation" }],
  attributes: {
    padding: {
      kind: "numbers",
      doc: "elements before each axis, then elements after each axis; negative ones are cut off",
    },
    mode: {
      kind: "string",
      default: "constant",
      oneOf: Object.keys(PadMode),
      doc: "what stands in the margin; `reflect` leaves the border element out, `symmetric` repeats it",
    },
    value: { kind: "number", default: 0, doc: "the real value of a constant margin" },
  },
  traits: ["movement"],
  infer([input], { padding, mode }) {
    const rank = input!.shape.length;
    const list = perAxis(padding as readonly number[], 2 * rank, "padding");
    const shape = input!.shape.map((size, axis) => size + list[axis]! + list[rank + axis]!);
    if (shape.some((size) => size < 0))
      throw new InferenceError(`padding [${list}] cuts off more than [${input!.shape}] has`);
    if (mode !== "constant" && sizeOf(input!.shape) === 0)
      throw new InferenceError(`an empty input cannot be padded in mode \`${mode}\``);
    return [moved(input!, shape)];
  },
  lower(site) {
    const [x, y] = [site.operands[0]!, site.results[0]!];
    const [before, after] = margins(site.attributes.padding as readonly number[]);
    // Axes behind the last one that is padded move as one block.
    const rank = 1 + before.findLastIndex((n, axis) => n !== 0 || after[axis] !== 0);
    const outer = y.shape.slice(0, rank);
    const table = [...outer, ...x.shape.slice(0, rank), ...before.slice(0, rank)];
    const mode = PadMode[site.attributes.mode as keyof typeof PadMode];
    return [
      {
        kernel: "pad",
        arguments: [
          operand(0),
          result(),
          sizeOf(outer),
          sizeOf(y.shape.slice(rank)),
          rank,
          constant(tensor("int32", [table.length], table)),
          mode,
          fillOf(site),
        ],
      },
    ];
  },
  onnx: {
    Pad(node, build) {
      const input = node.input(0);
      const pads = node.ints("pads") ?? node.constantInput(1, "pads")?.data;
      if (pads === undefined) return build.reject("input `pads` is missing");
      const mode = node.string("mode", "constant");
      if (!(mode in PadMode)) return build.reject(`mode \`${mode}\` is not supported`);
      const given = node.constantInput(2, "constant_value");
      return build.one("Pad", [input], {
        padding: onnxPadding(input.type.shape.length, pads, node.constantInput(3, "axes")?.data),
        mode,
        value: given?.data.length ? realOf(given) : node.float("value", 0),
      });
    },
  },
  tflite: {
    PAD: (op, build) => tflitePad(build, op.input(0), op.constantInput(1, "paddings")!, {}),
    PADV2: (op, build) =>
      tflitePad(build, op.input(0), op.constantInput(1, "paddings")!, {
        value: realOf(op.constantInput(2, "constant value")!),
      }),
    MIRROR_PAD: (op, build) =>
      tflitePad(build, op.input(0), op.constantInput(1, "paddings")!, {
        mode: op.number("mode") === 0 ? "reflect" : "symmetric",
      }),
  },
  toOnnx({ attributes, results }, [input], build) {
    const mode = attributes.mode as string;
    if (mode === "symmetric") return build.reject("ONNX has no symmetric padding");
    const [before, after] = margins(attributes.padding as readonly number[]);
    const pads = int64(build, [...onnxPerAxis(input!, before), ...onnxPerAxis(input!, after)]);
    const value =
      mode === "constant"
        ? build.constant(tensor(results[0]!.dtype, [], [attributes.value as number]))
        : undefined;
    return build.add("Pad", [input, pads, value], { mode }, results, input!.layout);
  },
});
