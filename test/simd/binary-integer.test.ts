import fc from "fast-check";
import { describe, it } from "vitest";
import { fixedPoint } from "../../compiler/ops/requantization.ts";
import { broadcastView } from "../../compiler/ops/views.ts";
import { Rounding } from "../../runtime/reference/requantize.ts";
import { type KernelProperty, prepareFamilies, type ViewName } from "./families.ts";
import { factors, integer, limits, noise, quantizedViews, scalings } from "./integers.ts";
import { tableOf } from "./views.ts";

const sizes = fc.oneof(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 5, max: 35 }));

/** Two shapes that broadcast, the operands of them, the result and the view. */
const operands = (view: ViewName) =>
  fc
    .array(fc.tuple(sizes, fc.constantFrom("both", "both", "both", "first", "second")), {
      minLength: 1,
      maxLength: 3,
    })
    .filter((axes) => axes.reduce((size, [extent]) => size * extent, 1) <= 2000)
    .chain((axes) => {
      const shapeOf = (other: string) => axes.map(([n, in_]) => (in_ === other ? 1 : n));
      const whole = axes.map(([n]) => n);
      const shapes = [shapeOf("second"), shapeOf("first")];
      const length = (shape: readonly number[]) => shape.reduce((size, n) => size * n, 1);
      const table = tableOf(broadcastView(whole, shapes));
      const arrays = [...shapes, whole].map((shape) => noise(view, length(shape)));
      return fc.tuple(...arrays).map((each) => [...each, table]);
    });

const scales = fc.double({ min: -9, max: 3, noNaN: true }).map((e) => Math.fround(2 ** e));
const signs = fc.constantFrom(1, 1, -1);

const reals = ["addReal", "multiplyReal"].flatMap((kernel) =>
  quantizedViews.map((view): KernelProperty => {
    const calls = fc
      .record({
        arrays: operands(view),
        zeros: fc.tuple(integer(view), integer(view), integer(view)),
        scales: fc.tuple(scales, scales, scales),
        sign: signs,
        range: limits(view),
      })
      .map(({ arrays, zeros: [a, b, y], scales: [aScale, bScale, yScale], sign, range }) => {
        const lift = view === "int8" ? 128 : view === "uint8" ? 0 : -y;
        return [...arrays, a, aScale, b, sign * bScale, y, yScale, lift, ...range];
      });
    return { kernel, signature: [view, view, view, "int32"], calls };
  }),
);

const sums = quantizedViews.map((view): KernelProperty => {
  const wide = view.endsWith("16");
  const calls = fc
    .record({
      arrays: operands(view),
      zeros: fc.tuple(integer(view), integer(view), integer(view)),
      scales: fc.tuple(
        fc.oneof(scales, fc.constant(0.5)),
        fc.oneof(scales, fc.constant(0.5)),
        scales,
      ),
      sign: signs,
      range: limits(view),
    })
    .map(({ arrays, zeros, scales: [a, b, y], sign, range }) => {
      const left = wide ? 15 : 20;
      const twice = 2 * Math.max(a, b);
      const [ofA, ofB, ofY] = [a / twice, b / twice, twice / (2 ** left * y)].map(fixedPoint);
      return [
        ...[...arrays, left, zeros[0], ofA!.multiplier, ofA!.shift],
        ...[zeros[1], sign * ofB!.multiplier, ofB!.shift],
        ...[zeros[2], ofY!.multiplier, ofY!.shift, ...range],
      ];
    });
  return { kernel: "addFixed", signature: [view, view, view, "int32"], calls };
});

const products = quantizedViews.map((view): KernelProperty => {
  const calls = fc
    .record({
      arrays: operands(view),
      zeros: fc.tuple(integer(view), integer(view), integer(view)),
      factor: factors.map((f) => fixedPoint(f)),
      range: limits(view),
    })
    .map(({ arrays, zeros, factor, range }) => [
      ...[...arrays, ...zeros, factor.multiplier, factor.shift, ...range],
    ]);
  return { kernel: "multiplyFixed", signature: [view, view, view, "int32"], calls };
});

const slopes = quantizedViews.flatMap((view) =>
  [true, false].map((real): KernelProperty => {
    const calls = fc
      .record({
        arrays: operands(view),
        zeros: fc.tuple(integer(view), integer(view), integer(view)),
        scaling: scalings(2, real),
        range: limits(view),
      })
      .map(({ arrays, zeros, scaling: { multiplier, shift }, range }) => [
        ...[...arrays, ...zeros, multiplier[0]!, shift[0]!, multiplier[1]!, shift[1]!],
        ...[...range, real ? Rounding.halfEven : Rounding.fixedTwice],
      ]);
    return { kernel: "preluInteger", signature: [view, view, view, "int32"], calls };
  }),
);

const reductions = quantizedViews.flatMap((view) =>
  [true, false].map((real): KernelProperty => {
    const calls = fc
      .record({
        outer: fc.integer({ min: 1, max: 3 }),
        length: fc.oneof(fc.integer({ min: 1, max: 9 }), fc.constantFrom(128, 129, 300)),
        inner: fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 20 })),
        zeros: fc.tuple(integer(view), integer(view)),
        scaling: scalings(1, real),
        range: limits(view),
      })
      .chain(({ outer, length, inner, zeros: [xZero, yZero], scaling, range }) =>
        fc
          .tuple(noise(view, outer * length * inner), noise(view, outer * inner))
          .map(([x, y]) => [
            ...[x, y, outer, length, inner, xZero, scaling.multiplier[0]!, scaling.shift[0]!],
            ...[yZero, ...range, real ? Rounding.halfEven : Rounding.fixedTwice],
          ]),
      );
    return { kernel: "reduceSumQuantized", signature: [view, view], calls };
  }),
);

const properties = [...reals, ...sums, ...products, ...slopes, ...reductions];

describe("binary kernels of integers", async () => {
  const families = await prepareFamilies(properties);
  it.each(properties)("$kernel of $signature", (property) => families.check(property));
});
