import fc from "fast-check";
import { describe, it } from "vitest";
import { kernels } from "../../runtime/reference/index.ts";
import { float32Array } from "./arbitraries.ts";
import { type Arguments, type KernelProperty, prepareFamilies } from "./families.ts";
import { windows } from "./windows.ts";

/** Products on packed weights mean what the reference kernels do on the same weights in their own order. */

const columns = 8;

/** Elements of `[groups][outputs / groups / 8][1 + inner][8]`. */
const packedLength = (outputs: number, inner: number, groups: number) =>
  groups * Math.ceil(outputs / groups / columns) * (1 + inner) * columns;

/** Row-major weights `[outputs, inner]`, and the biases that stand before them. */
function unpacked(packed: Float32Array, outputs: number, inner: number, groups: number) {
  const each = outputs / groups;
  const at = (o: number, row: number) => {
    const [group, column] = [Math.floor(o / each), o % each];
    const block = group * Math.ceil(each / columns) + Math.floor(column / columns);
    return packed[(block * (1 + inner) + row) * columns + (column % columns)]!;
  };
  const kernel = Float32Array.from({ length: outputs * inner }, (_, i) =>
    at(Math.floor(i / inner), 1 + (i % inner)),
  );
  return { kernel, bias: Float32Array.from({ length: outputs }, (_, o) => at(o, 0)) };
}

/** Numbers that times 0 are 0, and none of which is −0. */
const finiteArray = (length: number): fc.Arbitrary<Float32Array> =>
  fc
    .float32Array({ minLength: length, maxLength: length, noNaN: true, noDefaultInfinity: true })
    .map((values) => values.map((value) => value + 0));

const grouped = fc.record({
  each: fc.integer({ min: 1, max: 5 }),
  out: fc.oneof(fc.integer({ min: 1, max: 9 }), fc.constantFrom(16, 19)),
  groups: fc.integer({ min: 1, max: 2 }),
  batch: fc.integer({ min: 1, max: 2 }),
});

/** Windows of few places, since each of them is a product. */
const small = windows.filter(({ size, count }) => size <= 3 && 0 < count && count <= 4);

interface Layer {
  readonly sizes: readonly [x: number, packed: number, y: number];
  readonly numbers: readonly number[];
  readonly inner: number;
  readonly rows: number;
}

/** A convolution over `small` windows, or the transposed one of which they are the window. */
const layers = (transposed: boolean): fc.Arbitrary<Layer> =>
  fc.tuple(small, small, grouped).map(([h, w, { each, out, groups, batch }]) => {
    const [input, output] = transposed
      ? (["count", "extent"] as const)
      : (["extent", "count"] as const);
    const inner = h.size * w.size * each;
    const rows = batch * h[output] * w[output];
    const numbers = [
      ...[batch, h[input], w[input], groups * each, h[output], w[output], groups * out],
      ...[h.size, w.size, h.stride, w.stride, h.dilation, w.dilation, h.before, w.before, groups],
    ];
    const x = batch * h[input] * w[input] * groups * each;
    const packed = packedLength(groups * out, inner, groups);
    return { sizes: [x, packed, rows * groups * out], numbers, inner, rows };
  });

type Convolution = typeof kernels.conv2d;
type Numbers =
  Parameters<Convolution> extends [unknown, unknown, unknown, unknown, ...infer N] ? N : never;

function convolve(
  convolution: Convolution,
  x: Float32Array,
  packed: Float32Array,
  y: Float32Array,
  numbers: Numbers,
): void {
  const [, , , inChannels, , , outputs, kHeight, kWidth] = numbers;
  const groups = numbers.at(-1)!;
  const inner = (kHeight * kWidth * inChannels) / groups;
  const { kernel, bias } = unpacked(packed, outputs, inner, groups);
  convolution(x, kernel, bias, y, ...numbers);
}

const properties: readonly KernelProperty[] = [
  {
    kernel: "densePacked",
    signature: ["float32", "float32", "float32"],
    calls: fc
      .tuple(
        fc.nat({ max: 6 }),
        fc.nat({ max: 9 }),
        fc.oneof(fc.nat({ max: 19 }), fc.nat({ max: 70 })),
      )
      .chain(
        ([rows, inputs, outputs]): fc.Arbitrary<Arguments> =>
          fc.tuple(
            float32Array(rows * inputs),
            float32Array(packedLength(outputs, inputs, 1)),
            float32Array(rows * outputs),
            ...[rows, inputs, outputs].map(fc.constant),
          ),
      ),
    reference(
      x: Float32Array,
      packed: Float32Array,
      y: Float32Array,
      rows: number,
      inputs: number,
      outputs: number,
    ) {
      const { kernel, bias } = unpacked(packed, outputs, inputs, 1);
      kernels.dense(x, kernel, bias, y, rows, inputs, outputs);
    },
  },
  {
    kernel: "conv2dPacked",
    signature: ["float32", "float32", "float32", "float32"],
    scratch: [2],
    calls: fc.tuple(layers(false), fc.nat()).chain(
      ([
        {
          sizes: [x, packed, y],
          numbers,
          inner,
          rows,
        },
        some,
      ]): fc.Arbitrary<Arguments> => {
        const panelRows = 1 + (some % rows);
        return fc.tuple(
          float32Array(x),
          finiteArray(packed),
          fc.constant(new Float32Array(panelRows * inner)),
          float32Array(y),
          ...[...numbers, panelRows].map(fc.constant),
        );
      },
    ),
    reference: (
      x: Float32Array,
      packed: Float32Array,
      _panel: Float32Array,
      y: Float32Array,
      ...numbers: number[]
    ) => convolve(kernels.conv2d, x, packed, y, numbers.slice(0, -1) as Numbers),
  },
  {
    kernel: "conv2dTransposePacked",
    signature: ["float32", "float32", "float32"],
    calls: layers(true).chain(
      ({ sizes, numbers }): fc.Arbitrary<Arguments> =>
        fc.tuple(...sizes.map(float32Array), ...numbers.map(fc.constant)),
    ),
    reference: (x: Float32Array, packed: Float32Array, y: Float32Array, ...numbers: Numbers) =>
      convolve(kernels.conv2dTranspose, x, packed, y, numbers),
  },
];

describe("products of float32 on packed weights", async () => {
  const families = await prepareFamilies(properties);
  it.each(properties)("$kernel of $signature", (property) => families.check(property));
});
