import fc from "fast-check";
import { describe, it } from "vitest";
import { Rounding } from "../../runtime/reference/requantize.ts";
import { type KernelProperty, prepareFamilies, type ViewName } from "./families.ts";
import { integer, limits, noise, quantizedViews, scalings } from "./integers.ts";
import { channelCounts, windows } from "./windows.ts";

const generic = (x: ViewName, w: ViewName, y: ViewName, real: boolean): KernelProperty => {
  const calls = fc
    .record({
      batch: fc.integer({ min: 1, max: 2 }),
      h: windows,
      w: windows,
      channels: channelCounts,
      each: fc.constantFrom(1, 1, 2, 3),
    })
    .chain(({ batch, h, w: v, channels, each }) => {
      const out = channels * each;
      return fc
        .record({
          values: noise(x, batch * h.extent * v.extent * channels),
          kernel: noise(w, h.size * v.size * out),
          bias: noise("int16", out).map((some) => Int32Array.from(some)),
          scaling: scalings(out, real),
          result: noise(y, batch * h.count * v.count * out),
          zeros: fc.tuple(integer(x), fc.oneof(fc.constant(0), integer(w))),
          zero: y === "int32" ? fc.constant(0) : integer(y),
          range: y === "int32" ? fc.constant([-(2 ** 31), 2 ** 31 - 1]) : limits(y),
        })
        .map(({ values, kernel, bias, scaling, result, zeros, zero, range }) => [
          ...[values, kernel, bias, scaling.multiplier, scaling.shift, new Int32Array(out), result],
          ...[batch, h.extent, v.extent, channels, h.count, v.count, out, h.size, v.size],
          ...[h.stride, v.stride, h.dilation, v.dilation, h.before, v.before],
          ...[...zeros, zero, ...range, y === "int32" ? Rounding.exact : scaling.rounding],
        ]);
    });
  return {
    kernel: "depthwiseConv2dInteger",
    signature: [x, w, "int32", real ? "float32" : "int32", "int32", "int32", y],
    calls,
    scratch: [5],
  };
};

const properties = [true, false].flatMap((real) => [
  ...quantizedViews.map((x) => generic(x, "int8", x, real)),
  generic("uint8", "uint8", "uint8", real),
  generic("int8", "int8", "int32", real),
]);

describe("depthwise convolutions of integers", async () => {
  const families = await prepareFamilies(properties);
  it.each(properties)("$kernel of $signature", (property) => families.check(property));
});
