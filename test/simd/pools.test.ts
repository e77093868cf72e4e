import fc from "fast-check";
import { describe, it } from "vitest";
import { type KernelProperty, prepareFamilies } from "./families.ts";
import { integer, limits, noise, quantizedViews, scalings } from "./integers.ts";
import { channelCounts, windows } from "./windows.ts";

/** `batch … padLeft`, the padding of all sides, and the sizes of arrays. */
const geometries = fc
  .record({
    batch: fc.integer({ min: 1, max: 2 }),
    h: windows,
    w: windows,
    channels: channelCounts,
  })
  .map(({ batch, h, w, channels }) => ({
    channels,
    inLength: batch * h.extent * w.extent * channels,
    outLength: batch * h.count * w.count * channels,
    padding: [h.before, w.before, h.after, w.after],
    numbers: [
      ...[batch, h.extent, w.extent, h.count, w.count, channels, h.size, w.size],
      ...[h.stride, w.stride, h.dilation, w.dilation, h.before, w.before],
    ],
  }));

const views = ["float32", "int32", ...quantizedViews] as const;
const lowest = {
  float32: Number.NEGATIVE_INFINITY,
  int32: -(2 ** 31),
  int8: -128,
  uint8: 0,
  int16: -32768,
  uint16: 0,
};

const maxPools = views.map((view): KernelProperty => {
  const calls = geometries.chain(({ inLength, outLength, numbers }) =>
    fc
      .tuple(noise(view, inLength), noise(view, outLength))
      .map(([x, y]) => [x, y, ...numbers, lowest[view]]),
  );
  return { kernel: "maxPool2d", signature: [view, view], calls };
});

const indices = views.map((view): KernelProperty => {
  const calls = geometries.chain(({ inLength, outLength, numbers }) =>
    fc
      .tuple(noise(view, inLength), noise(view, outLength), fc.nat({ max: 9 }))
      .map(([x, maxima, step]) => [x, maxima, new Int32Array(outLength), ...numbers, step, 1]),
  );
  return { kernel: "maxPool2dIndices", signature: [view, view, "int32"], calls };
});

const globalMaxPools = views.map((view): KernelProperty => {
  const calls = fc
    .tuple(fc.integer({ min: 1, max: 2 }), fc.nat({ max: 9 }), channelCounts)
    .chain(([batch, places, channels]) =>
      fc
        .tuple(noise(view, batch * places * channels), noise(view, batch * channels))
        .map(([x, y]) => [x, y, batch, places, channels, lowest[view]]),
    );
  return { kernel: "globalMaxPool2d", signature: [view, view], calls };
});

const integerMeans = quantizedViews.map((view): KernelProperty => {
  const calls = geometries.chain(({ inLength, outLength, channels, numbers }) =>
    fc
      .tuple(noise(view, inLength), noise(view, outLength), limits(view))
      .map(([x, y, range]) => [x, new Int32Array(channels), y, ...numbers, ...range]),
  );
  return { kernel: "averagePool2dInteger", signature: [view, "int32", view], calls, scratch: [1] };
});

const scales = fc.double({ min: -9, max: 3, noNaN: true }).map((e) => Math.fround(2 ** e));

const realMeans = quantizedViews.map((view): KernelProperty => {
  const calls = geometries.chain(({ inLength, outLength, channels, numbers, padding }) =>
    fc
      .tuple(
        noise(view, inLength),
        noise(view, outLength),
        fc.tuple(...padding.map((size) => fc.nat({ max: size }))),
        fc.tuple(scales, integer(view), scales, integer(view)),
        fc.constantFrom(0, 128),
        limits(view),
      )
      .map(([x, y, counted, parameters, shift, range]) => {
        const sums = new Float32Array(channels);
        return [x, sums, y, ...numbers, ...counted, ...parameters, shift, ...range];
      }),
  );
  return { kernel: "averagePool2dReal", signature: [view, "float32", view], calls, scratch: [1] };
});

const globalMeans = quantizedViews.flatMap((view) =>
  [true, false].map((real): KernelProperty => {
    const calls = fc
      .tuple(
        fc.integer({ min: 1, max: 2 }),
        fc.oneof(fc.integer({ min: 1, max: 9 }), fc.constantFrom(127, 128, 129, 300)),
        channelCounts,
      )
      .chain(([batch, places, channels]) =>
        fc
          .tuple(
            noise(view, batch * places * channels),
            scalings(1, real),
            noise(view, batch * channels),
            fc.tuple(integer(view), integer(view)),
            limits(view),
          )
          .map(([x, { multiplier, shift, rounding }, y, zeros, range]) => [
            ...[x, multiplier, shift, new Int32Array(channels), y],
            ...[batch, places, channels, ...zeros, ...range, rounding],
          ]),
      );
    const signature = [view, real ? "float32" : "int32", "int32", "int32", view] as const;
    return { kernel: "globalAveragePool2dInteger", signature, calls, scratch: [3] };
  }),
);

const properties = [
  ...maxPools,
  ...indices,
  ...globalMaxPools,
  ...integerMeans,
  ...realMeans,
  ...globalMeans,
];

describe("pools", async () => {
  const families = await prepareFamilies(properties);
  it.each(properties)("$kernel of $signature", (property) => families.check(property));
});
