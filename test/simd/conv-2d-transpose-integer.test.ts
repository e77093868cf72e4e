import fc from "fast-check";
import { describe, it } from "vitest";
import { Rounding } from "../../runtime/reference/requantize.ts";
import { elements } from "./arbitraries.ts";
import { type Arguments, type KernelProperty, prepareFamilies, type ViewName } from "./families.ts";
import { integer, limits, scalings } from "./integers.ts";

/** An axis of a transposed window: the input, the kernel, and what of the result is cut off or added. */
const axis = fc
  .record({
    extent: fc.integer({ min: 1, max: 4 }),
    size: fc.integer({ min: 1, max: 3 }),
    stride: fc.integer({ min: 1, max: 3 }),
    dilation: fc.integer({ min: 1, max: 3 }),
    before: fc.integer({ min: -1, max: 2 }),
    after: fc.integer({ min: -1, max: 2 }),
  })
  .map((w) => {
    const full = (w.extent - 1) * w.stride + (w.size - 1) * w.dilation + 1;
    return { ...w, count: Math.max(0, full - w.before - w.after) };
  });

const shapes = fc.record({
  rows: axis,
  columns: axis,
  batch: fc.integer({ min: 1, max: 2 }),
  groups: fc.integer({ min: 1, max: 2 }),
  inputs: fc.integer({ min: 1, max: 11 }),
  outputs: fc.integer({ min: 1, max: 6 }),
});

function calls(x: ViewName, w: ViewName, m: ViewName, y: ViewName): fc.Arbitrary<Arguments> {
  return shapes.chain(({ rows, columns, batch, groups, inputs, outputs }) => {
    const channels = groups * outputs;
    const result = batch * rows.count * columns.count * channels;
    const numbers = [
      ...[batch, rows.extent, columns.extent, groups * inputs],
      ...[rows.count, columns.count, channels, rows.size, columns.size],
      ...[rows.stride, columns.stride, rows.dilation, columns.dilation],
      ...[rows.before, columns.before, groups],
    ];
    const exact = y === "int32";
    return fc
      .record({
        input: elements(x, batch * rows.extent * columns.extent * groups * inputs),
        kernel: elements(w, channels * rows.size * columns.size * inputs),
        bias: fc.array(fc.integer({ min: -99999, max: 99999 }), {
          minLength: channels,
          maxLength: channels,
        }),
        scaling: scalings(channels, m === "float32"),
        output: elements(y, result),
        zeros: fc.tuple(integer(x), integer(w), exact ? fc.constant(0) : integer(y)),
        range: exact ? fc.constant([-(2 ** 31), 2 ** 31 - 1]) : limits(y),
      })
      .map(({ input, kernel, bias, scaling, output, zeros, range }) => [
        ...[input, kernel, Int32Array.from(bias), scaling.multiplier, scaling.shift, output],
        ...[...numbers, ...zeros, ...range, exact ? Rounding.exact : scaling.rounding],
      ]);
  });
}

const types: readonly (readonly [ViewName, ViewName, ViewName, ViewName])[] = [
  ["int8", "int8", "float32", "int8"],
  ["int8", "int8", "int32", "int8"],
  ["uint8", "uint8", "float32", "uint8"],
  ["uint8", "uint8", "int32", "uint8"],
  ["int16", "int8", "int32", "int16"],
  ["uint16", "int16", "float32", "uint16"],
  ["uint8", "int8", "float32", "int32"],
];

const properties: readonly KernelProperty[] = types.map(([x, w, m, y]) => ({
  kernel: "conv2dTransposeInteger",
  signature: [x, w, "int32", m, "int32", y],
  calls: calls(x, w, m, y),
}));

describe("transposed convolution of integers", async () => {
  const families = await prepareFamilies(properties);
  it.each(properties)("$kernel of $signature", (property) => families.check(property, 300));
});
