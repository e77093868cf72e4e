import fc from "fast-check";
import { describe, it } from "vitest";
import { fixedPoint } from "../../compiler/ops/requantization.ts";
import { Rounding } from "../../runtime/reference/requantize.ts";
import { mixedFloat32Array } from "./arbitraries.ts";
import { type KernelProperty, prepareFamilies } from "./families.ts";
import { factors, integer, limits, noise, quantizedViews, rangeOf } from "./integers.ts";

const eightBits = ["int8", "uint8"] as const;
const lengths = fc.nat({ max: 40 });
const scales = fc.double({ min: -9, max: 3, noNaN: true }).map((e) => Math.fround(2 ** e));

const lookups = eightBits.flatMap((x) =>
  ([...quantizedViews, "float32"] as const).map((y): KernelProperty => {
    const calls = lengths.chain((n) =>
      fc.tuple(noise(x, n), noise(y, 256), noise(y, n), fc.constant(n), fc.constant(rangeOf(x)[0])),
    );
    return { kernel: "lookup", signature: [x, y, y], calls };
  }),
);

const shapes = fc.tuple(
  fc.integer({ min: 1, max: 3 }),
  fc.integer({ min: 1, max: 9 }),
  fc.oneof(fc.constant(1), fc.nat({ max: 20 })),
);

const parameters = (view: (typeof quantizedViews)[number] | "int32", channels: number) => {
  const many = { minLength: channels, maxLength: channels };
  return fc.tuple(
    fc.array(fc.oneof(scales, fc.constantFrom(1, 0.25)), many).map((s) => Float32Array.from(s)),
    fc.array(integer(view), many).map((zeros) => Int32Array.from(zeros)),
  );
};

const withParameters = [...quantizedViews, "int32"] as const;

const quantizations = withParameters.map((view): KernelProperty => {
  const calls = shapes.chain(([outer, channels, inner]) => {
    const length = outer * channels * inner;
    return fc
      .tuple(
        mixedFloat32Array(length),
        parameters(view, channels),
        noise(view, length),
        fc.constantFrom(Rounding.halfEven, Rounding.fixedTwice),
      )
      .map(([x, [scale, zeros], q, rounding]) => [
        ...[x, scale, zeros, q, outer, channels, inner, ...rangeOf(view), rounding],
      ]);
  });
  return { kernel: "quantize", signature: ["float32", "float32", "int32", view], calls };
});

const dequantizations = withParameters.map((view): KernelProperty => {
  const calls = shapes.chain(([outer, channels, inner]) => {
    const length = outer * channels * inner;
    return fc
      .tuple(noise(view, length), parameters(view, channels), noise("float32", length))
      .map(([q, [scale, zeros], x]) => [q, scale, zeros, x, outer, channels, inner]);
  });
  return { kernel: "dequantize", signature: [view, "float32", "int32", "float32"], calls };
});

/** A zero point that leaves the differences in 32 bits. */
const zeroOf = (view: (typeof withParameters)[number]) =>
  view === "int32" ? fc.constant(0) : integer(view);

const rescales = (["int32", ...quantizedViews] as const).flatMap((from) =>
  quantizedViews.map((to): KernelProperty => {
    const calls = lengths.chain((n) =>
      fc
        .tuple(noise(from, n), noise(to, n), zeroOf(from), factors, integer(to), limits(to))
        .map(([x, y, xZero, factor, yZero, range]) => {
          const { multiplier, shift } = fixedPoint(factor);
          return [x, y, n, xZero, multiplier, shift, yZero, ...range];
        }),
    );
    return { kernel: "rescale", signature: [from, to], calls };
  }),
);

const rows = fc.tuple(
  fc.integer({ min: 1, max: 3 }),
  fc.oneof(fc.integer({ min: 1, max: 20 }), fc.constantFrom(100, 1001)),
  fc.oneof({ weight: 3, arbitrary: fc.constant(1) }, fc.integer({ min: 1, max: 4 })),
);

const fixedSoftmaxes = eightBits.map((view): KernelProperty => {
  const calls = fc
    .tuple(rows, fc.double({ min: -25.9, max: 5, noNaN: true }))
    .chain(([[outer, size, inner], exponent]) => {
      const factor = Math.min(2 ** (exponent + 26), 2 ** 31 - 1);
      const { multiplier, shift } = fixedPoint(factor);
      const least = -Math.floor(31 * 2 ** (26 - shift));
      const length = outer * size * inner;
      return fc
        .tuple(noise(view, length), noise(view, length))
        .map(([x, y]) => [
          ...[x, y, outer, size, inner, multiplier, shift, least, rangeOf(view)[0]],
        ]);
    });
  return { kernel: "softmaxFixedPoint", signature: [view, view], calls };
});

const tableSoftmaxes = eightBits.map((view): KernelProperty => {
  const calls = fc
    .tuple(rows, fc.double({ min: -8, max: 0, noNaN: true }))
    .chain(([[outer, size, inner], exponent]) => {
      const step = 2 ** exponent;
      const lift = Math.max(0, Math.log(2 ** 127 / size) - 5) / step;
      const table = Float32Array.from({ length: 256 }, (_, i) => Math.exp((i - 255 + lift) * step));
      const length = outer * size * inner;
      return fc
        .tuple(noise(view, length), noise(view, length), fc.integer({ min: 1, max: 256 }))
        .chain(([x, y, inverse]) =>
          fc
            .tuple(integer(view), limits(view))
            .map(([yZero, range]) => [
              ...[x, table, y, outer, size, inner, inverse, yZero, ...range],
            ]),
        );
    });
  return { kernel: "softmaxTable", signature: [view, "float32", view], calls };
});

const images = fc.record({
  batch: fc.integer({ min: 1, max: 2 }),
  inHeight: fc.integer({ min: 1, max: 4 }),
  inWidth: fc.integer({ min: 1, max: 4 }),
  outHeight: fc.integer({ min: 1, max: 5 }),
  outWidth: fc.integer({ min: 1, max: 5 }),
  channels: fc.integer({ min: 1, max: 11 }),
});

/** The arrays and sizes of a resize. */
const resized = (view: (typeof quantizedViews)[number]) =>
  images.chain((image) => {
    const { batch, inHeight, inWidth, outHeight, outWidth, channels } = image;
    return fc.record({
      x: noise(view, batch * inHeight * inWidth * channels),
      y: noise(view, batch * outHeight * outWidth * channels),
      image: fc.constant(image),
      numbers: fc.constant([batch, inHeight, inWidth, outHeight, outWidth, channels]),
    });
  });

/** Places of a resized axis, from half an element before it to half an element behind. */
const places = (size: number, count: number) =>
  fc
    .array(fc.integer({ min: -511, max: 1024 * size - 513 }), {
      minLength: count,
      maxLength: count,
    })
    .map((each) => Int32Array.from(each));

const fixedResizes = quantizedViews.map((view): KernelProperty => {
  const calls = resized(view).chain(({ x, y, image, numbers }) =>
    fc
      .tuple(places(image.inHeight, image.outHeight), places(image.inWidth, image.outWidth))
      .map(([down, along]) => [x, down, along, y, ...numbers]),
  );
  return { kernel: "resizeBilinearInteger", signature: [view, "int32", "int32", view], calls };
});

const pairs = (size: number, count: number) => {
  const many = { minLength: 2 * count, maxLength: 2 * count };
  return fc.tuple(
    fc.array(fc.nat({ max: size - 1 }), many).map((each) => Int32Array.from(each)),
    fc
      .array(fc.double({ min: 0, max: 1, noNaN: true }), many)
      .map((each) => Float32Array.from(each)),
  );
};

const realResizes = quantizedViews.map((view): KernelProperty => {
  const calls = resized(view).chain(({ x, y, image, numbers }) =>
    fc
      .tuple(
        pairs(image.inHeight, image.outHeight),
        pairs(image.inWidth, image.outWidth),
        fc.tuple(scales, integer(view), scales, integer(view)),
        limits(view),
      )
      .map(([down, along, quants, range]) => [
        ...[x, ...down, ...along, y, ...numbers, ...quants, ...range],
      ]),
  );
  const neighbours = ["int32", "float32", "int32", "float32"] as const;
  return { kernel: "interpolateInteger", signature: [view, ...neighbours, view], calls };
});

const properties = [
  ...lookups,
  ...quantizations,
  ...dequantizations,
  ...rescales,
  ...fixedSoftmaxes,
  ...tableSoftmaxes,
  ...fixedResizes,
  ...realResizes,
];

describe("integers one by one, softmax and resizing of them", async () => {
  const families = await prepareFamilies(properties);
  it.each(properties)("$kernel of $signature", (property) => families.check(property));
});
