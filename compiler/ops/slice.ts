import {
  type ImportBuilder,
  type ImportedValue,
  InferenceError,
  type OnnxNode,
  type TFLiteOperator,
} from "../ir/op.ts";
import type { Shape } from "../ir/types.ts";
import { defineOp } from "./define-op.ts";
import { int64 } from "./elementwise.ts";
import { onnxAxis } from "./onnx-layout.ts";
import { operand, result } from "./requantization.ts";
import { axisOf, moved, perAxis, range, stridesOf, viewOf } from "./views.ts";

/** The part of one axis that is kept: `size` places from `begin` on, `step` apart. */
interface Part {
  readonly begin: number;
  readonly size: number;
  readonly step: number;
}

function limit(x: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, x));
}

/** `[start : end : step]` of an axis as NumPy and ONNX read it: negative places count from the end, all are limited. */
function partOf(extent: number, start: number, end: number, step: number): Part {
  if (step === 0) throw new InferenceError("a step of a slice is 0");
  const [low, high] = step > 0 ? [0, extent] : [-1, extent - 1];
  const from = limit(start < 0 ? start + extent : start, 0, high);
  const to = limit(end < 0 ? end + extent : end, low, high);
  const size = Math.max(0, Math.ceil((to - from) / step));
  return { begin: size === 0 ? 0 : from, size, step };
}

/** A slice of `input` that keeps whole axes where `parts` says nothing. */
function slice(
  build: ImportBuilder,
  input: ImportedValue,
  parts: readonly (Part | undefined)[],
): ImportedValue {
  const all = input.type.shape.map((size, axis) => parts[axis] ?? { begin: 0, size, step: 1 });
  const same = all.every(({ size, step }, axis) => size === input.type.shape[axis] && step === 1);
  if (same) return input;
  return build.one("Slice", [input], {
    begin: all.map(({ begin }) => begin),
    size: all.map(({ size }) => size),
    steps: all.map(({ step }) => step),
  });
}

/** `input` cut along `axis` into pieces of these sizes. */
function cut(
  build: ImportBuilder,
  input: ImportedValue,
  axis: number,
  sizes: readonly number[],
): readonly ImportedValue[] {
  let begin = 0;
  return sizes.map((size) => {
    const parts: (Part | undefined)[] = [];
    parts[axis] = { begin, size, step: 1 };
    begin += size;
    return slice(build, input, parts);
  });
}

function onnxSplit(node: OnnxNode, build: ImportBuilder): readonly ImportedValue[] {
  const input = node.input(0);
  const axis = axisOf(node.int("axis", 0), input.type.shape.length);
  const extent = input.type.shape[axis]!;
  const stated = node.ints("split") ?? node.constantInput(1, "split")?.data;
  const count = node.outputNames.length;
  const even = Math.ceil(extent / count);
  const sizes = stated ? [...stated] : range(count).map((i) => limit(extent - i * even, 0, even));
  if (sizes.reduce((sum, size) => sum + size, 0) !== extent)
    return build.reject(`sizes [${sizes}] do not add up to ${extent}`);
  return cut(build, input, axis, sizes);
}

/** TensorFlow's slice language: masks say which entries are left out, added, or drop their axis. */
function stridedSlice(op: TFLiteOperator, build: ImportBuilder): ImportedValue {
  const input = op.input(0);
  const { shape } = input.type;
  const [begin, end, step] = [1, 2, 3].map((i) => [
    ...op.constantInput(i, "begin, end, strides")!.data,
  ]);
  const bit = (mask: string, i: number) => ((op.number(mask) >> i) & 1) === 1;
  const entries = begin!.length;
  const added = range(entries).filter((i) => bit("newAxisMask", i) && !bit("ellipsisMask", i));
  const parts: (Part | undefined)[] = [];
  const result: number[] = [];
  for (let i = 0; i < entries; i++) {
    const axis = parts.length;
    if (bit("ellipsisMask", i)) {
      const later = added.filter((entry) => entry > i).length;
      const whole = shape.length - axis - (entries - i - 1 - later);
      for (const offset of range(whole)) result.push(shape[axis + offset]!);
      parts.push(...Array(whole).fill(undefined));
    } else if (added.includes(i)) result.push(1);
    else {
      const shrink = bit("shrinkAxisMask", i);
      const part = axisPart(shape[axis]!, {
        begin: bit("beginMask", i) && !shrink ? undefined : begin![i]!,
        end: bit("endMask", i)
          ? undefined
          : op.boolean("offset")
            ? begin![i]! + end![i]!
            : end![i]!,
        step: step![i]!,
        shrink,
      });
      parts.push(part);
      if (!shrink) result.push(part.size);
    }
  }
  const sliced = slice(build, input, parts);
  const wanted = [...result, ...shape.slice(parts.length)];
  return wanted.length === sliced.type.shape.length && added.length === 0
    ? sliced
    : build.one("Reshape", [sliced], { shape: wanted });
}

function axisPart(
  extent: number,
  entry: { begin: number | undefined; end: number | undefined; step: number; shrink: boolean },
): Part {
  const { begin, end, step, shrink } = entry;
  if (shrink) return { begin: axisOf(begin!, extent), size: 1, step: 1 };
  return partOf(
    extent,
    begin ?? (step > 0 ? 0 : extent - 1),
    end ?? (step > 0 ? extent : -extent - 1),
    step,
  );
}

function checkPart(extent: number, { begin, size, step }: Part): void {
  const last = begin + (size - 1) * step;
  if (size > 0 && !(0 <= begin && begin < extent && 0 <= last && last < extent)) {
    throw new InferenceError(
      `${size} places from ${begin} on, ${step} apart, are not in ${extent}`,
    );
  }
}

function partsOf(shape: Shape, attributes: Readonly<Record<string, unknown>>): readonly Part[] {
  const [begin, size, steps] = ["begin", "size", "steps"].map((name) =>
    perAxis(attributes[name] as readonly number[], shape.length, name),
  );
  return shape.map((_, axis) => ({
    begin: begin![axis]!,
    size: size![axis]!,
    step: steps![axis]!,
  }));
}

export const Slice = defineOp({
  name: "Slice",
  doc: "y[i, j, …] = x[begin₀ + i · steps₀, begin₁ + j · steps₁, …]",
  operands: [{ name: "input", role: "activation" }],
  attributes: {
    begin: { kind: "numbers", doc: "the first place that is kept, for each axis" },
    size: { kind: "numbers", doc: "how many places are kept, for each axis" },
    steps: { kind: "numbers", doc: "their distance, for each axis; negative ones go backwards" },
  },
  traits: ["movement"],
  infer([input], attributes) {
    const parts = partsOf(input!.shape, attributes);
    parts.forEach((part, axis) => {
      checkPart(input!.shape[axis]!, part);
    });
    return [moved(input!, attributes.size as Shape)];
  },
  lower({ operands: [x], results: [y], attributes }) {
    const strides = stridesOf(x!.shape);
    const parts = partsOf(x!.shape, attributes);
    const offset = parts.reduce((sum, { begin }, axis) => sum + begin * strides[axis]!, 0);
    const view = viewOf(y!.shape, [parts.map(({ step }, axis) => step * strides[axis]!)]);
    return [{ kernel: "strided", arguments: [operand(0), result(), view, offset] }];
  },
  onnx: {
    Slice(node, build) {
      const input = node.input(0);
      const rank = input.type.shape.length;
      const list = (index: number, name: string) =>
        node.ints(name) ??
        (node.constantInput(index, name) && [...node.constantInput(index, name)!.data]);
      const [starts, ends] = [list(1, "starts"), list(2, "ends")];
      if (!starts || !ends) return build.reject("inputs `starts` and `ends` are missing");
      const axes = list(3, "axes") ?? range(starts.length);
      const steps = list(4, "steps");
      const parts: (Part | undefined)[] = [];
      axes.forEach((given, i) => {
        const axis = axisOf(given, rank);
        parts[axis] = partOf(input.type.shape[axis]!, starts[i]!, ends[i]!, steps?.[i] ?? 1);
      });
      return slice(build, input, parts);
    },
    Split: onnxSplit,
  },
  tflite: {
    SLICE(op, build) {
      const input = op.input(0);
      const [begin, size] = [op.constantInput(1, "begin")!.data, op.constantInput(2, "size")!.data];
      const parts = input.type.shape.map((extent, axis) => ({
        begin: begin[axis]!,
        size: size[axis] === -1 ? extent - begin[axis]! : size[axis]!,
        step: 1,
      }));
      return slice(build, input, parts);
    },
    STRIDED_SLICE: stridedSlice,
    SPLIT(op, build) {
      const input = op.input(1);
      const axis = axisOf(op.constantInput(0, "axis")!.data[0]!, input.type.shape.length);
      const count = op.outputTypes.length;
      return cut(build, input, axis, Array(count).fill(input.type.shape[axis]! / count));
    },
    SPLIT_V(op, build) {
      const input = op.input(0);
      const axis = axisOf(op.constantInput(2, "axis")!.data[0]!, input.type.shape.length);
      const sizes = [...op.constantInput(1, "sizes")!.data];
      const known = sizes.reduce((sum, size) => sum + Math.max(0, size), 0);
      const rest = input.type.shape[axis]! - known;
      return cut(
        build,
        input,
        axis,
        sizes.map((size) => (size < 0 ? rest : size)),
      );
    },
    UNPACK(op, build) {
      const input = op.input(0);
      const { shape } = input.type;
      const axis = axisOf(op.number("axis"), shape.length);
      const count = op.outputTypes.length;
      if (shape[axis] !== count) return build.reject(`[${shape}] is not cut into ${count} pieces`);
      return cut(build, input, axis, Array(count).fill(1)).map((piece) =>
        build.one("Reshape", [piece], { shape: shape.filter((_, i) => i !== axis) }),
      );
    },
    REVERSE_V2(op, build) {
      const input = op.input(0);
      const { shape } = input.type;
      const axes = [...op.constantInput(1, "axis")!.data].map((axis) => axisOf(axis, shape.length));
      const parts = shape.map((size, axis) =>
        axes.includes(axis) && size > 0 ? { begin: size - 1, size, step: -1 } : undefined,
      );
      return slice(build, input, parts);
    },
  },
  toOnnx({ operands: [x], attributes, results }, [input], build) {
    const parts = partsOf(x!.shape, attributes);
    const axes = range(parts.length).filter(
      (axis) => parts[axis]!.size !== x!.shape[axis] || parts[axis]!.step !== 1,
    );
    const each = (f: (part: Part) => number) =>
      int64(
        build,
        axes.map((axis) => f(parts[axis]!)),
      );
    // An end before the first place is written as far below it as ONNX allows.
    const end = ({ begin, size, step }: Part) => {
      const place = begin + size * step;
      return place < 0 ? -(2 ** 31) : place;
    };
    return build.add(
      "Slice",
      [
        input,
        each(({ begin }) => begin),
        each(end),
        int64(
          build,
          axes.map((axis) => onnxAxis(input!, axis)),
        ),
        each(({ step }) => step),
      ],
      {},
      results,
      input!.layout,
    );
  },
});
