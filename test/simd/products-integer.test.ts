import fc from "fast-check";
import { describe, it } from "vitest";
import { Rounding } from "../../runtime/reference/requantize.ts";
import { elements } from "./arbitraries.ts";
import { type Arguments, type KernelProperty, prepareFamilies, type ViewName } from "./families.ts";
import { integer, limits, scalings } from "./integers.ts";
import { windows } from "./windows.ts";

/** Products of integers on weights as they are. */

/** Types of input, weights, multiplier and output. */
type Types = readonly [x: ViewName, w: ViewName, m: ViewName, y: ViewName];

const types: readonly Types[] = [
  ["int8", "int8", "float32", "int8"],
  ["int8", "int8", "int32", "int8"],
  ["uint8", "uint8", "float32", "uint8"],
  ["uint8", "uint8", "int32", "uint8"],
  ["int16", "int8", "int32", "int16"],
  ["uint16", "int16", "float32", "uint16"],
  ["uint8", "int8", "float32", "int32"],
];

/** How many elements the arrays of a product have, and its numbers. */
interface Shape {
  readonly x: number;
  readonly w: number;
  readonly y: number;
  readonly channels: number;
  readonly numbers: readonly number[];
}

const between = (min: number, max: number) => fc.integer({ min, max });

/** An axis of a transposed window: the input, the kernel, and what of the result is cut off or added. */
const transposedAxis = fc
  .record({
    ...{ extent: between(1, 4), size: between(1, 3), stride: between(1, 3) },
    ...{ dilation: between(1, 3), before: between(-1, 2), after: between(-1, 2) },
  })
  .map((w) => {
    const full = (w.extent - 1) * w.stride + (w.size - 1) * w.dilation + 1;
    return { ...w, count: Math.max(0, full - w.before - w.after) };
  });

const axis = windows.filter(({ size, count }) => size <= 3 && count <= 4);

const convolutions = (along: typeof axis): fc.Arbitrary<Shape> =>
  fc
    .record({
      ...{ rows: along, columns: along, batch: between(1, 2), groups: between(1, 2) },
      ...{ inputs: between(1, 11), outputs: between(1, 6) },
    })
    .map(({ rows, columns, batch, groups, inputs, outputs }) => {
      const channels = groups * outputs;
      return {
        x: batch * rows.extent * columns.extent * groups * inputs,
        w: channels * rows.size * columns.size * inputs,
        y: batch * rows.count * columns.count * channels,
        channels,
        numbers: [
          ...[batch, rows.extent, columns.extent, groups * inputs],
          ...[rows.count, columns.count, channels, rows.size, columns.size],
          ...[rows.stride, columns.stride, rows.dilation, columns.dilation],
          ...[rows.before, columns.before, groups],
        ],
      };
    });

const layers: fc.Arbitrary<Shape> = fc
  .tuple(fc.nat({ max: 4 }), fc.nat({ max: 30 }), between(1, 9))
  .map(([rows, inputs, outputs]) => ({
    ...{ x: rows * inputs, w: outputs * inputs, y: rows * outputs, channels: outputs },
    numbers: [rows, inputs, outputs],
  }));

/** What the shapes of all products have in common: factors for each channel, zero points, limits and rounding. */
function quantization([x, w, m, y]: Types, channels: number) {
  const exact = y === "int32";
  const places = { minLength: channels, maxLength: channels };
  return fc
    .record({
      bias: fc.array(between(-99999, 99999), places),
      scaling: scalings(channels, m === "float32"),
      zeros: fc.tuple(integer(x), integer(w), exact ? fc.constant(0) : integer(y)),
      range: exact ? fc.constant([-(2 ** 31), 2 ** 31 - 1]) : limits(y),
    })
    .map(({ bias, scaling: { multiplier, shift, rounding }, zeros, range }) => ({
      ...{ bias: Int32Array.from(bias), multiplier, shift },
      numbers: [...zeros, ...range, exact ? Rounding.exact : rounding],
    }));
}

/** Calls of a kernel with biases: `x, kernel, bias, multiplier, shift, y`, then numbers. */
const biased = (kernel: string, shapes: fc.Arbitrary<Shape>) => (of: Types) => ({
  kernel,
  signature: [of[0], of[1], "int32", of[2], "int32", of[3]] as const,
  calls: shapes.chain((shape) =>
    fc
      .tuple(
        ...[elements(of[0], shape.x), elements(of[1], shape.w), elements(of[3], shape.y)],
        quantization(of, shape.channels),
      )
      .map(
        ([x, w, y, { bias, multiplier, shift, numbers }]): Arguments => [
          ...[x!, w!, bias, multiplier, shift, y!, ...shape.numbers, ...numbers],
        ],
      ),
  ),
});

/** Strides of a matrix in elements: row-major, or its transpose. */
const strides = (rows: number, columns: number) =>
  fc.constantFrom<readonly [number, number]>([columns, 1], [1, rows]);

const matrices = (of: Types): KernelProperty => ({
  kernel: "matMulInteger",
  signature: [of[0], of[1], of[2], "int32", of[3], "int32", "int32"],
  calls: fc
    .tuple(between(1, 2), between(1, 6), fc.nat({ max: 19 }), between(1, 18), fc.boolean())
    .chain(([batches, rows, inner, columns, isShared]) =>
      fc
        .record({
          x: elements(of[0], batches * rows * inner),
          w: elements(of[1], batches * inner * columns),
          y: elements(of[3], batches * rows * columns),
          steps: fc.tuple(strides(rows, inner), strides(inner, columns)),
          quantized: quantization(of, columns),
        })
        .map(({ x, w, y, steps, quantized: { multiplier, shift, numbers } }): Arguments => {
          const starts = (size: number) => Int32Array.from({ length: batches }, (_, b) => b * size);
          const places = [starts(rows * inner), starts(isShared ? 0 : inner * columns)] as const;
          const sizes = [batches, rows, inner, columns];
          return [x, w, multiplier, shift, y, ...places, ...sizes, ...steps.flat(), ...numbers];
        }),
    ),
});

const properties: readonly KernelProperty[] = [
  ...types.map(biased("conv2dInteger", convolutions(axis))),
  ...types.map(biased("conv2dTransposeInteger", convolutions(transposedAxis))),
  ...types.map(biased("denseInteger", layers)),
  ...types.map(matrices),
];

describe("products of integers", async () => {
  const families = await prepareFamilies(properties);
  // 1,400 for each kernel.
  it.each(properties)("$kernel of $signature", (property) => families.check(property, 200));
});
