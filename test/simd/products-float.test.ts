import fc from "fast-check";
import { describe, it } from "vitest";
import { float32Array } from "./arbitraries.ts";
import { type Arguments, type KernelProperty, prepareFamilies } from "./families.ts";

const between = (min: number, max: number) => fc.integer({ min, max });

interface Window {
  readonly extent: number;
  readonly taps: number;
  readonly stride: number;
  readonly dilation: number;
  readonly before: number;
  readonly after: number;
}

/** One axis of a window; paddings may be wider than the kernel, so that it sees nothing. */
const axis: fc.Arbitrary<Window> = fc.record({
  extent: between(1, 7),
  taps: between(1, 4),
  stride: between(1, 3),
  dilation: between(1, 2),
  before: between(0, 4),
  after: between(0, 4),
});

const reachOf = ({ taps, dilation }: Window) => (taps - 1) * dilation + 1;

/** How many places a window has; those without any are left out. */
const forward = (window: Window) =>
  Math.floor((window.extent + window.before + window.after - reachOf(window)) / window.stride) + 1;

const transposed = (window: Window) =>
  (window.extent - 1) * window.stride + reachOf(window) - window.before - window.after;

/** `x, kernel, bias, y` and the numbers from the batch on. */
function convolutions(
  outputsOf: (window: Window) => number,
  channels: fc.Arbitrary<{ readonly each: number; readonly out: number; readonly groups: number }>,
  depthwise = false,
): fc.Arbitrary<Arguments> {
  return fc
    .tuple(axis, axis, channels, between(1, 2))
    .filter(([h, w]) => outputsOf(h) > 0 && outputsOf(w) > 0)
    .chain(([h, w, { each, out, groups }, batch]) => {
      const [inChannels, outChannels] = depthwise
        ? [groups, groups * out]
        : [groups * each, groups * out];
      const taps = h.taps * w.taps * outChannels * (depthwise ? 1 : each);
      const outputs = [outputsOf(h), outputsOf(w), outChannels] as const;
      const sizes = [
        batch * h.extent * w.extent * inChannels,
        taps,
        outChannels,
        batch * outputs[0] * outputs[1] * outChannels,
      ] as const;
      const numbers = [
        ...[batch, h.extent, w.extent, inChannels, ...outputs, h.taps, w.taps],
        ...[h.stride, w.stride, h.dilation, w.dilation, h.before, w.before],
        ...(depthwise ? [] : [groups]),
      ];
      return fc
        .tuple(...sizes.map(float32Array))
        .map((arrays): Arguments => [...arrays, ...numbers]);
    });
}

const floats = (count: number) => new Array<"float32">(count).fill("float32");
const grouped = fc.record({ each: between(1, 9), out: between(1, 9), groups: between(1, 3) });

/** Strides of a matrix in elements: row-major, or its transpose. */
const strides = (rows: number, columns: number) =>
  fc.boolean().map((turned) => (turned ? [1, rows] : [columns, 1]) as readonly [number, number]);

const products = fc
  .tuple(between(1, 3), between(1, 6), between(0, 9), between(1, 19))
  .chain(([batches, rows, inner, columns]) =>
    fc
      .tuple(strides(rows, inner), strides(inner, columns), fc.boolean(), fc.boolean())
      .chain(([[xRow, xStep], [wRow, wStep], xShared, wShared]) =>
        fc
          .tuple(
            float32Array(batches * rows * inner),
            float32Array(batches * inner * columns),
            float32Array(batches * rows * columns),
          )
          .map(([x, w, y]): Arguments => {
            const starts = (shared: boolean, size: number) =>
              Int32Array.from({ length: batches }, (_, b) => (shared ? 0 : b * size));
            const places = [starts(xShared, rows * inner), starts(wShared, inner * columns)];
            return [x, w, y, ...places, batches, rows, inner, columns, xRow, xStep, wRow, wStep];
          }),
      ),
  );

const properties: readonly KernelProperty[] = [
  { kernel: "conv2d", signature: floats(4), calls: convolutions(forward, grouped) },
  { kernel: "conv2dTranspose", signature: floats(4), calls: convolutions(transposed, grouped) },
  {
    kernel: "depthwiseConv2d",
    signature: floats(4),
    calls: convolutions(
      forward,
      fc.record({
        each: fc.constant(1),
        out: fc.oneof(fc.constant(1), between(1, 9)),
        groups: between(1, 21),
      }),
      true,
    ),
  },
  {
    kernel: "dense",
    signature: floats(4),
    calls: fc
      .tuple(between(0, 5), between(0, 11), between(1, 11))
      .chain(([rows, inputs, outputs]) =>
        fc
          .tuple(...[rows * inputs, outputs * inputs, outputs, rows * outputs].map(float32Array))
          .map((arrays): Arguments => [...arrays, rows, inputs, outputs]),
      ),
  },
  {
    kernel: "matMul",
    signature: ["float32", "float32", "float32", "int32", "int32"],
    calls: products,
  },
];

describe("products of float32", async () => {
  const families = await prepareFamilies(properties);
  it.each(properties)("$kernel of $signature", (property) => families.check(property));
});
