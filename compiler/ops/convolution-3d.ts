import type { Attributes } from "../ir/graph.ts";
import type { ImportBuilder, ImportedValue, TFLiteOperator } from "../ir/op.ts";
import type { Shape } from "../ir/types.ts";
import type { WindowAxis } from "./pooling.ts";
import { samePads } from "./spatial.ts";

/**
 * Convolutions over three dimensions as ones over two, on data `[N, D, H, W, C]` and kernels
 * `[O, depth, height, width, C / groups]`: so they have all forms and kernels of those.
 */

/** The window along depth, height and width. */
export type Window3 = readonly [WindowAxis, WindowAxis, WindowAxis];

type Shape5 = readonly [number, number, number, number, number];

const reshaped = (build: ImportBuilder, x: ImportedValue, shape: Shape) =>
  build.one("Reshape", [x], { shape });

/** The slices that the kernel sees along the depth become channels: planes, all depths side by side in the batch. */
export function convolveVolume(
  build: ImportBuilder,
  [x, kernel, bias]: readonly [ImportedValue, ImportedValue, ImportedValue | undefined],
  [axis, y, z]: Window3,
  groups: number,
  further: Attributes = {},
): ImportedValue {
  const none = [0, 0, 0];
  const padded = build.one("Pad", [x], {
    padding: [0, axis.begin, ...none, 0, axis.end, ...none],
  });
  const [batch, depth, height, width, channels] = padded.type.shape as Shape5;
  const { size, stride, dilation } = axis;
  const count = Math.floor((depth - (size - 1) * dilation - 1) / stride) + 1;
  const slices = Array.from({ length: size }, (_, i) =>
    build.one("Slice", [padded], {
      begin: [0, i * dilation, ...none],
      size: [batch, count, height, width, channels],
      steps: [1, stride, 1, 1, 1],
    }),
  );
  const places = [batch * count, height, width];
  const joined = build.one("Concat", slices, { axis: 4 });
  const planes = reshaped(build, inGroups(build, joined, places, [size, groups]), [
    ...places,
    size * channels,
  ]);
  const turned = build.one("Transpose", [kernel], { permutation: [0, 2, 3, 1, 4] });
  const weights = reshaped(build, turned, [
    ...turned.type.shape.slice(0, 3),
    size * (channels / groups),
  ]);
  const plane = build.one("Conv2D", [planes, weights, bias], {
    ...window(y, z),
    groups,
    ...further,
  });
  return reshaped(build, plane, [batch, count, ...plane.type.shape.slice(1)]);
}

/** Channels that lie slice by slice, each with all groups: group by group, each with all slices. */
function inGroups(
  build: ImportBuilder,
  x: ImportedValue,
  places: Shape,
  [size, groups]: readonly [number, number],
): ImportedValue {
  if (groups === 1) return x;
  const split = reshaped(build, x, [...places, size, groups, x.type.shape[4]! / size / groups]);
  return build.one("Transpose", [split], { permutation: [0, 1, 2, 4, 3, 5] });
}

/**
 * Transposed, without groups: planes give the results of all depths of the kernel, which are laid where they belong, and summed
 * where they overlap. `begin` and `end` of the window are cut off; negative ones are added.
 */
export function convolveVolumeTransposed(
  build: ImportBuilder,
  [x, kernel, bias]: readonly [ImportedValue, ImportedValue, ImportedValue | undefined],
  [axis, y, z]: Window3,
): ImportedValue {
  const [batch, depth, ...plane] = x.type.shape as Shape5;
  const [outputs, size, kHeight, kWidth, channels] = kernel.type.shape as Shape5;
  const turned = build.one("Transpose", [kernel], { permutation: [1, 0, 2, 3, 4] });
  const weights = reshaped(build, turned, [size * outputs, kHeight, kWidth, channels]);
  const biases = bias && build.one("Tile", [bias], { repeats: [size] });
  const meets = axis.stride === size && axis.dilation === 1;
  const product = build.one(
    "Conv2DTranspose",
    [reshaped(build, x, [batch * depth, ...plane]), weights, meets ? biases : undefined],
    window(y, z),
  );
  const [, height, width] = product.type.shape as Shape5;
  const taps = reshaped(build, product, [batch, depth, height * width, size, outputs]);
  const volume = meets
    ? build.one("Transpose", [taps], { permutation: [0, 1, 3, 2, 4] })
    : overlapped(build, taps, axis);
  const whole = (depth - 1) * axis.stride + (size - 1) * axis.dilation + 1;
  const cut = cutDepth(
    build,
    reshaped(build, volume, [batch, whole, height * width * outputs]),
    axis,
  );
  const result = reshaped(build, cut, [batch, cut.type.shape[1]!, height, width, outputs]);
  return bias && !meets ? build.one("Add", [result, bias]) : result;
}

/** The sum of `[N, D, places, size, O]` over the kernel's depths, each at its distance: `[N, whole depth, places · O]`. */
function overlapped(
  build: ImportBuilder,
  taps: ImportedValue,
  { stride, dilation }: WindowAxis,
): ImportedValue {
  const [batch, depth, places, size, outputs] = taps.type.shape as Shape5;
  const row = places * outputs;
  const spread = (depth - 1) * stride + 1;
  const parts = Array.from({ length: size }, (_, k) => {
    const tap = build.one("Slice", [taps], {
      begin: [0, 0, 0, k, 0],
      size: [batch, depth, places, 1, outputs],
      steps: [1, 1, 1, 1, 1],
    });
    const apart = build.one("Pad", [reshaped(build, tap, [batch, depth, 1, row])], {
      padding: [0, 0, 0, 0, 0, 0, stride - 1, 0],
    });
    const rows = build.one("Slice", [reshaped(build, apart, [batch, depth * stride, row])], {
      begin: [0, 0, 0],
      size: [batch, spread, row],
      steps: [1, 1, 1],
    });
    return build.one("Pad", [rows], {
      padding: [0, k * dilation, 0, 0, (size - 1 - k) * dilation, 0],
    });
  });
  return parts.reduce((sum, part) => build.one("Add", [sum, part]));
}

/** `[N, D, …]` without its first `begin` and last `end` rows. */
function cutDepth(
  build: ImportBuilder,
  x: ImportedValue,
  { begin, end }: WindowAxis,
): ImportedValue {
  const [batch, depth, row] = x.type.shape as readonly [number, number, number];
  const [front, behind] = [Math.max(0, begin), Math.max(0, end)];
  const kept = build.one("Slice", [x], {
    begin: [0, front, 0],
    size: [batch, depth - front - behind, row],
    steps: [1, 1, 1],
  });
  return build.one("Pad", [kept], {
    padding: [0, Math.max(0, -begin), 0, 0, Math.max(0, -end), 0],
  });
}

function window(y: WindowAxis, z: WindowAxis): Attributes {
  return {
    strides: [y.stride, z.stride],
    dilationRate: [y.dilation, z.dilation],
    padding: [y.begin, z.begin, y.end, z.end],
  };
}

/** The window of a TFLite operator over `[D, H, W]` places, or of a transposed one whose result has as many. */
export function tfliteWindow3(op: TFLiteOperator, places: Shape, size: Shape): Window3 {
  const axes = ["D", "H", "W"].map((letter, i): WindowAxis => {
    const [stride, dilation] = [op.number(`stride${letter}`), op.number(`dilation${letter}Factor`)];
    const [begin, , end] =
      op.number("padding") === 0
        ? samePads([places[i]!, 1], [size[i]!, 1], [stride, 1], [dilation, 1])
        : [0, 0, 0];
    return { size: size[i]!, stride, dilation, begin, end, extra: 0 };
  });
  return axes as unknown as Window3;
}
