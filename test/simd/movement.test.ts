import fc from "fast-check";
import { describe, it } from "vitest";
import { stridesOf, viewOf } from "../../compiler/ops/views.ts";
import { PadMode } from "../../runtime/reference/pad.ts";
import { elements, integerRanges, integerViews, mixedElements, views } from "./arbitraries.ts";
import { type Arguments, type KernelProperty, prepareFamilies, type ViewName } from "./families.ts";
import { tableOf } from "./views.ts";

const size = (shape: readonly number[]) => shape.reduce((product, n) => product * n, 1);
const int = (min: number, max: number) => fc.integer({ min, max });
/** How many elements move together: few, around the widths of vectors, or many. */
const runs = fc.oneof(int(0, 5), int(6, 40), fc.constantFrom(255, 256, 257, 300));
const shapes = fc.array(int(1, 5), { minLength: 1, maxLength: 4 });
const fixed = (...numbers: readonly (number | Int32Array)[]) => numbers.map((n) => fc.constant(n));
/** An element that pads: a number of the type. */
const filling = (view: ViewName): fc.Arbitrary<number> =>
  view === "float32" ? fc.float() : fc.integer(integerRanges[view]);

const copies = (view: ViewName): KernelProperty => ({
  kernel: "copy",
  signature: [view, view],
  calls: runs.chain((n) => fc.tuple(elements(view, n), elements(view, n), fc.constant(n))),
});

/** Axes in another order, backwards, repeated, or a part of them. */
const strided = (view: ViewName): KernelProperty => ({
  kernel: "strided",
  signature: [view, view, "int32"],
  calls: shapes.chain((shape) => {
    const own = stridesOf(shape);
    const axis = fc.nat({ max: shape.length - 1 });
    const ways = shape.map((n, i) =>
      fc.constantFrom(
        { extent: n, stride: own[i]!, start: 0 },
        { extent: n, stride: -own[i]!, start: own[i]! * (n - 1) },
        { extent: 20, stride: 0, start: 0 },
        { extent: Math.ceil(n / 2), stride: 2 * own[i]!, start: 0 },
        { extent: n - 1, stride: own[i]!, start: own[i]! },
      ),
    );
    return fc.tuple(axis, fc.tuple(...ways), fc.boolean()).chain(([rotation, read, plain]) => {
      const axes = plain
        ? read.map((_, i) => ({ extent: shape[i]!, stride: own[i]!, start: 0 }))
        : read;
      const turned = [...axes.slice(rotation), ...axes.slice(0, rotation)];
      const extents = turned
        .map(({ extent }) => extent)
        .map((n, i) => (i < 2 ? n : Math.min(n, 5)));
      const table = tableOf(viewOf(extents, [turned.map(({ stride }) => stride)]));
      const offset = turned.reduce((sum, { start }) => sum + start, 0);
      return fc.tuple(
        elements(view, size(shape)),
        elements(view, size(extents)),
        fc.constant(table),
        fc.constant(size(extents) === 0 ? 0 : offset),
      );
    });
  }),
});

const blocks = (view: ViewName): KernelProperty => ({
  kernel: "copyBlocks",
  signature: [view, view],
  calls: fc
    .tuple(int(0, 3), runs, int(0, 5), int(0, 5))
    .chain(([count, length, gap, offset]) =>
      fc.tuple(
        elements(view, count * length),
        elements(view, offset + count * (length + gap)),
        ...fixed(count, length, length + gap, offset),
      ),
    ),
});

const padding = (view: ViewName): KernelProperty => ({
  kernel: "pad",
  signature: [view, view, "int32"],
  calls: fc
    .record({
      mode: fc.constantFrom(...Object.values(PadMode)),
      inner: fc.oneof(fc.constant(1), runs),
      axes: fc.array(fc.record({ size: int(1, 4), before: int(-2, 6), after: int(-2, 6) }), {
        maxLength: 2,
      }),
      value: filling(view),
    })
    .chain(({ mode, inner, axes, value }) => {
      const extents = axes.map(({ size, before, after }) => Math.max(0, size + before + after));
      const table = [
        ...extents,
        ...axes.map(({ size }) => size),
        ...axes.map(({ before }) => before),
      ];
      return fc.tuple(
        elements(view, size(axes.map((axis) => axis.size)) * inner),
        elements(view, size(extents) * inner),
        ...fixed(size(extents), inner, axes.length, Int32Array.from(table), mode, value),
      ) as unknown as fc.Arbitrary<Arguments>;
    }),
});

const triangles = (view: ViewName): KernelProperty => ({
  kernel: "trilu",
  signature: [view, view],
  calls: fc
    .tuple(int(0, 3), int(0, 5), int(0, 5), int(0, 1), int(-6, 6))
    .chain(([batch, rows, columns, upper, k]) =>
      fc.tuple(
        elements(view, batch * rows * columns),
        elements(view, batch * rows * columns),
        ...fixed(batch, rows, columns, upper, k),
      ),
    ),
});

/** Indices for an axis of `extent`, a few of them outside. */
const indices = (view: ViewName, count: number, extent: number) =>
  fc
    .array(
      view === "uint8" || view === "uint16" ? int(0, extent + 1) : int(-extent - 1, extent + 1),
      { minLength: count, maxLength: count },
    )
    .map((list) => {
      const array = { int8: Int8Array, uint8: Uint8Array, int16: Int16Array, uint16: Uint16Array };
      return (array[view as keyof typeof array] ?? Int32Array).from(list);
    });

const gathers = (view: ViewName, index: ViewName): KernelProperty => ({
  kernel: "gather",
  signature: [view, index, view],
  calls: fc
    .tuple(int(0, 3), int(1, 4), runs, int(0, 4))
    .chain(([outer, extent, inner, count]) =>
      fc.tuple(
        elements(view, outer * extent * inner),
        indices(index, count, extent),
        elements(view, outer * count * inner),
        ...fixed(outer, extent, inner, count),
      ),
    ),
});

const batched = (view: ViewName, index: ViewName): KernelProperty => ({
  kernel: "gatherBatched",
  signature: [view, index, view],
  calls: fc
    .tuple(int(0, 3), int(0, 3), int(1, 4), int(0, 20), int(0, 4))
    .chain(([groups, outer, extent, inner, count]) =>
      fc.tuple(
        elements(view, groups * outer * extent * inner),
        indices(index, groups * count, extent),
        elements(view, groups * outer * count * inner),
        ...fixed(groups, outer, extent, inner, count),
      ),
    ),
});

const chosen = (view: ViewName, index: ViewName): KernelProperty => ({
  kernel: "gatherElements",
  signature: [view, index, view, "int32"],
  calls: fc
    .tuple(shapes, fc.nat({ max: 3 }), int(0, 6))
    .map(([shape, axis, count]) => [shape, axis % shape.length, count] as const)
    .chain(([shape, axis, count]) => {
      const strides = stridesOf(shape);
      const result = shape.map((n, i) => (i === axis ? count : n));
      const table = [...result, ...strides.map((stride, i) => (i === axis ? 0 : stride))];
      return fc.tuple(
        elements(view, size(shape)),
        indices(index, size(result), shape[axis]!),
        elements(view, size(result)),
        ...fixed(size(result), shape.length, Int32Array.from(table), shape[axis]!, strides[axis]!),
      ) as unknown as fc.Arbitrary<Arguments>;
    }),
});

const slices = (view: ViewName, index: ViewName): KernelProperty => ({
  kernel: "gatherND",
  signature: [view, index, view, "int32"],
  calls: fc
    .tuple(int(0, 2), int(0, 4), int(0, 20), fc.array(int(1, 4), { maxLength: 3 }))
    .chain(([groups, count, inner, sizes]) =>
      fc.tuple(
        elements(view, groups * size(sizes) * inner),
        indices(index, groups * count * sizes.length, 4),
        elements(view, groups * count * inner),
        ...fixed(groups, count, sizes.length, inner, Int32Array.from(sizes)),
      ),
    ) as unknown as fc.Arbitrary<Arguments>,
});

const scatters = (view: ViewName, index: ViewName): KernelProperty => ({
  kernel: "scatterND",
  signature: [view, index, view, view, "int32"],
  calls: fc
    .tuple(int(0, 4), int(0, 20), fc.array(int(1, 4), { maxLength: 3 }))
    .chain(([count, inner, sizes]) =>
      fc.tuple(
        elements(view, size(sizes) * inner),
        indices(index, count * sizes.length, 4),
        elements(view, count * inner),
        elements(view, size(sizes) * inner),
        ...fixed(size(sizes) * inner, count, sizes.length, inner, Int32Array.from(sizes)),
      ),
    ) as unknown as fc.Arbitrary<Arguments>,
});

const hot = (index: ViewName, to: ViewName): KernelProperty => ({
  kernel: "oneHot",
  signature: [index, to],
  calls: fc
    .tuple(int(0, 3), int(1, 5), int(0, 4), filling(to), filling(to))
    .chain(([outer, depth, inner, on, off]) =>
      fc.tuple(
        indices(index, outer * inner, depth),
        elements(to, outer * depth * inner),
        ...fixed(outer, depth, inner, on, off),
      ),
    ),
});

/** `kernel(x, y, length, …)`. */
const converted = (
  kernel: string,
  from: ViewName,
  to: ViewName,
  ...limits: readonly number[]
): KernelProperty => ({
  kernel,
  signature: [from, to],
  calls: fc
    .nat({ max: 40 })
    .chain((n) => fc.tuple(mixedElements(from, n), elements(to, n), ...fixed(n, ...limits))),
});

const properties: readonly KernelProperty[] = [
  ...[copies, strided, blocks, padding, triangles].flatMap((make) => views.map(make)),
  ...[gathers, batched, chosen, slices, scatters].flatMap((make) => [
    ...views.map((view) => make(view, "int32")),
    ...integerViews.filter((view) => view !== "int32").map((view) => make("float32", view)),
  ]),
  ...integerViews.map((view) => hot(view, "float32")),
  ...integerViews.map((view) => hot("int32", view)),
  ...integerViews.flatMap((from) => views.map((to) => converted("convert", from, to))),
  converted("convert", "float32", "float32"),
  ...integerViews.map((to) =>
    converted("truncate", "float32", to, integerRanges[to].min, integerRanges[to].max),
  ),
  ...views.map((from) => converted("isNonZero", from, "uint8")),
  converted("roundToHalf", "float32", "float32"),
];

describe("kernels that move and convert elements", async () => {
  const families = await prepareFamilies(properties);
  it.each(properties)("$kernel of $signature", (property) => families.check(property));
});
