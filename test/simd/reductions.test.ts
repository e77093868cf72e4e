import fc from "fast-check";
import { describe, it } from "vitest";
import type { TypedArray } from "../../compiler/ir/types.ts";
import {
  elements,
  integerRanges,
  integerViews,
  mixedElements,
  mixedFloat32Array,
  views,
} from "./arbitraries.ts";
import { type Arguments, type KernelProperty, prepareFamilies, type ViewName } from "./families.ts";
import { channelCounts, windows } from "./windows.ts";

const int = (min: number, max: number) => fc.integer({ min, max });
const fixed = (...numbers: readonly number[]) => numbers.map((n) => fc.constant(n));
const epsilons = fc.constantFrom(1e-3, 1e-5, 1e-12, 0).map(Math.fround);
/** Reals of a moderate size: sums of them are numbers. */
const moderate = (length: number) =>
  fc.float32Array({ minLength: length, maxLength: length, min: -8, max: 8, noNaN: true });
const reals = (length: number) => fc.oneof(moderate(length), mixedFloat32Array(length));

/** `[outer, length, inner]`: rows, columns in several vectors, or both empty. */
const middles = fc.oneof(
  fc.tuple(int(0, 3), int(0, 20), fc.constant(1)),
  fc.tuple(int(0, 2), int(0, 5), int(0, 22)),
  fc.tuple(int(0, 1), int(0, 3), int(23, 70)),
);

/** `kernel(x, y, outer, length, inner, …)`. */
function reduction(
  kernel: string,
  from: ViewName,
  to: ViewName = from,
  ...parameters: readonly fc.Arbitrary<number>[]
): KernelProperty {
  return {
    kernel,
    signature: [from, to],
    calls: middles.chain(([outer, length, inner]) =>
      fc.tuple(
        mixedElements(from, outer * length * inner),
        elements(to, outer * inner),
        ...fixed(outer, length, inner),
        ...parameters,
      ),
    ),
  };
}

/** `kernel(x, y, outer, length, inner, …)` with results like the input. */
const alike = (kernel: string, view: ViewName, ...parameters: readonly fc.Arbitrary<number>[]) => ({
  kernel,
  signature: [view, view] as const,
  calls: middles.chain(([outer, length, inner]) => {
    const size = outer * length * inner;
    const x: fc.Arbitrary<TypedArray> =
      view === "float32" ? reals(size) : mixedElements(view, size);
    return fc.tuple(x, elements(view, size), ...fixed(outer, length, inner), ...parameters);
  }),
});

const limitOf = (view: ViewName, which: "min" | "max") =>
  fc.constant(
    view === "float32"
      ? Number.POSITIVE_INFINITY * (which === "min" ? -1 : 1)
      : integerRanges[view][which],
  );

const places = (kernel: string, view: ViewName): KernelProperty => ({
  kernel,
  signature: [view, "int32"],
  calls: fc
    .tuple(middles, int(0, 1))
    .chain(([[outer, length, inner], last]) =>
      fc.tuple(
        mixedElements(view, outer * (length + 1) * inner),
        elements("int32", outer * inner),
        ...fixed(outer, length + 1, inner, last),
      ),
    ),
});

const best = (view: ViewName): KernelProperty => ({
  kernel: "topK",
  signature: [view, view, "int32"],
  calls: fc
    .tuple(int(0, 3), int(0, 9), int(0, 3), int(0, 9), int(0, 1))
    .chain(([outer, length, inner, some, largest]) => {
      const k = Math.min(some, length);
      return fc.tuple(
        mixedElements(view, outer * length * inner),
        elements(view, outer * k * inner),
        elements("int32", outer * k * inner),
        ...fixed(outer, length, inner, k, largest),
      );
    }),
});

const normalizations: readonly KernelProperty[] = [
  {
    kernel: "batchNorm",
    signature: ["float32", "float32", "float32", "float32", "float32", "float32"],
    calls: fc.tuple(fc.oneof(int(0, 5), int(63, 66)), int(0, 11)).chain(([rows, channels]) =>
      fc.tuple(
        reals(rows * channels),
        ...[0, 1, 2].map(() => reals(channels)),
        reals(channels).map((variance) => variance.map(Math.abs)),
        moderate(rows * channels),
        ...fixed(rows, channels),
        epsilons,
      ),
    ) as unknown as fc.Arbitrary<Arguments>,
  },
  {
    kernel: "layerNorm",
    signature: ["float32", "float32", "float32", "float32"],
    calls: fc
      .tuple(int(0, 4), int(0, 20))
      .chain(([rows, length]) =>
        fc.tuple(
          reals(rows * length),
          reals(length),
          reals(length),
          moderate(rows * length),
          ...fixed(rows, length),
          epsilons,
        ),
      ),
  },
  {
    kernel: "groupNorm",
    signature: ["float32", "float32", "float32", "float32"],
    calls: fc
      .tuple(int(0, 2), int(0, 6), int(1, 3), int(1, 7))
      .chain(([batch, count, groups, each]) =>
        fc.tuple(
          reals(batch * count * groups * each),
          reals(groups * each),
          reals(groups * each),
          moderate(batch * count * groups * each),
          ...fixed(batch, count, groups * each, groups),
          epsilons,
        ),
      ),
  },
  alike("l2Normalize", "float32", epsilons),
  {
    kernel: "localResponseNorm",
    signature: ["float32", "float32"],
    calls: fc
      .tuple(int(0, 4), int(1, 14))
      .chain(([rows, channels]) =>
        fc.tuple(
          reals(rows * channels),
          moderate(rows * channels),
          ...fixed(rows, channels),
          int(0, 4),
          int(0, 4),
          fc.oneof(fc.constantFrom(1, 2, 0), fc.float({ min: -1, max: 4, noNaN: true })),
          fc.float({ min: Math.fround(1e-4), max: 2, noNaN: true }),
          fc.oneof(fc.constantFrom(0.75, 0.5, 1, 0), fc.float({ min: -2, max: 2, noNaN: true })),
        ),
      ),
  },
];

const averagePools: KernelProperty = {
  kernel: "averagePool2d",
  signature: ["float32", "float32"],
  calls: fc
    .record({
      batch: int(1, 2),
      h: windows,
      w: windows,
      channels: channelCounts,
      counted: fc.boolean(),
    })
    .chain(({ batch, h, w, channels, counted }) =>
      fc.tuple(
        fc.oneof(
          moderate(batch * h.extent * w.extent * channels),
          elements("float32", batch * h.extent * w.extent * channels),
        ) as fc.Arbitrary<TypedArray>,
        moderate(batch * h.count * w.count * channels),
        ...fixed(batch, h.extent, w.extent, h.count, w.count, channels, h.size, w.size),
        ...fixed(h.stride, w.stride, h.dilation, w.dilation, h.before, w.before),
        ...(counted ? [h.before, w.before, h.after, w.after] : [0, 0, 0, 0]).map((n) =>
          fc.constant(n),
        ),
      ),
    ),
};

const globalAveragePools: KernelProperty = {
  kernel: "globalAveragePool2d",
  signature: ["float32", "float32"],
  calls: fc
    .tuple(int(0, 2), int(0, 9), channelCounts)
    .chain(([batch, count, channels]) =>
      fc.tuple(
        reals(batch * count * channels),
        moderate(batch * channels),
        ...fixed(batch, count, channels),
      ),
    ),
};

const properties: readonly KernelProperty[] = [
  ...["reduceSum", "reduceMean", "reduceProd"].map((kernel) => reduction(kernel, "float32")),
  ...["reduceSumInteger", "reduceProdInteger"].flatMap((kernel) =>
    integerViews.map((view) => reduction(kernel, view)),
  ),
  ...views.map((view) => reduction("reduceMax", view, view, limitOf(view, "min"))),
  ...views.map((view) => reduction("reduceMin", view, view, limitOf(view, "max"))),
  ...["argMax", "argMin"].flatMap((kernel) => views.map((view) => places(kernel, view))),
  ...views.map((view) => alike("cumSum", view, int(0, 1), int(0, 1))),
  ...views.map(best),
  ...normalizations,
  alike("softmax", "float32", fc.constantFrom(1, 0.5, -1, Math.fround(0.3))),
  alike("logSoftmax", "float32"),
  averagePools,
  globalAveragePools,
];

describe("kernels that reduce and normalize", async () => {
  const families = await prepareFamilies(properties);
  it.each(properties)("$kernel of $signature", (property) => families.check(property));
});
