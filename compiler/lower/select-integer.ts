import type { TypedArray } from "../ir/types.ts";
import { fuseAdditions } from "./fuse-additions.ts";
import { packProduct } from "./pack-layers.ts";
import { replaceSteps, type StepReplacement } from "./replace-steps.ts";
import type { Schedule, Step } from "./schedule.ts";
import { selectDepthwise } from "./select-depthwise.ts";

/**
 * Products of 8-bit integers with constant weights, on weights that are packed ahead: what the SIMD kernels
 * `…PackedInteger` take. Gives the same bytes; a layer that cannot be packed stays as it is.
 *
 * ```text
 * conv2dInteger(x, kernel, bias, …, y, …)    ⇒    conv2dPackedInteger(x, weights, bias, records, scratch, y, …)
 * ```
 */
export function selectInteger(schedule: Schedule): Schedule {
  return fuseAdditions(
    replaceSteps(schedule, (step, using) => packers[step.kernel]?.(step, using)),
  );
}

const packers: Readonly<Record<string, (step: Step, using: StepReplacement) => Step | undefined>> =
  { conv2dInteger, denseInteger, depthwiseConv2dInteger: selectDepthwise, matMulInteger };

/** Bytes of a copy, with numbers of 16 bits, that stay in a near cache while all channels are multiplied with it. */
const mostCopyBytes = 1 << 16;

/** Bytes of a copy over which the widening of weights spreads well, also where the layer reads and writes little. */
const leastCopyBytes = 20 << 10;

/** Rows of a chunk at least: over them the widening of weights spreads. */
const fewestRows = 48;

/** What the families multiply at a time, six rows or four, fits into so many. */
const rowsOfTiles = 12;

/** Bytes of scratch for sums on their long way: `spillBytes` of `runtime/simd/packed-product.ts`. */
export const spillBytes = 272;

type Argument = Step["arguments"][number];

/** How the arguments of the kernels end. */
type Ends = readonly [
  ...[xZero: number, kernelZero: number, yZero: number],
  ...[low: number, high: number, rounding: number],
];

/** A product before it is packed. */
interface Layer {
  readonly x: Argument;
  readonly y: Argument;
  readonly rows: number;
  readonly inner: number;
  readonly outputs: number;
  readonly groups: number;
  /** A weight as it is stored. */
  readonly stored: (output: number, index: number) => number;
  readonly bias: TypedArray;
  readonly multiplier: TypedArray;
  readonly shift: TypedArray;
  readonly ends: Ends;
}

function denseInteger(step: Step, using: StepReplacement): Step | undefined {
  const [x, kernel, bias, multiplier, shift, y, ...numbers] = step.arguments;
  const constants = constantsOf(using, kernel, bias, multiplier, shift);
  if (!constants) return undefined;
  const [rows, inner, outputs, ...ends] = numbers as [number, number, number, ...Ends];
  const stored = (o: number, i: number) => constants[0]![o * inner + i]!;
  const scaling = { bias: constants[1]!, multiplier: constants[2]!, shift: constants[3]! };
  const layer = { x: x!, y: y!, rows, inner, outputs, groups: 1, stored, ...scaling, ends };
  return dense(step, using, layer);
}

/** With one constant matrix on the right for all rows it is a layer without biases. */
function matMulInteger(step: Step, using: StepReplacement): Step | undefined {
  const [x, w, multiplier, shift, y, xPlaces, wPlaces, ...numbers] = step.arguments;
  const constants = constantsOf(using, w, multiplier, shift, xPlaces, wPlaces);
  if (!constants) return undefined;
  const [batches, rows, inner, outputs, xRow, xStep, wRow, wStep, ...ends] = numbers as [
    ...[number, number, number, number, number, number, number, number],
    ...Ends,
  ];
  const [weights, factors, shifts, xStart, wStart] = constants;
  const isOneRun = xStart!.every((start, b) => start === b * rows * inner);
  const isOneMatrix = wStart!.every((start) => start === wStart![0]);
  if (batches === 0 || xStep !== 1 || xRow !== inner || !isOneRun || !isOneMatrix) return undefined;
  const stored = (o: number, i: number) => weights![wStart![0]! + i * wRow + o * wStep]!;
  const scaling = { bias: new Int32Array(outputs), multiplier: factors!, shift: shifts! };
  const sizes = { rows: batches * rows, inner, outputs, groups: 1 };
  return dense(step, using, { x: x!, y: y!, ...sizes, stored, ...scaling, ends });
}

/** `batch, inHeight, inWidth, inChannels, outHeight, outWidth, outChannels, kHeight, kWidth`, strides, dilations, pads, groups. */
const geometryNumbers = 16;

function conv2dInteger(step: Step, using: StepReplacement): Step | undefined {
  const [x, kernel, bias, multiplier, shift, y, ...numbers] = step.arguments;
  const constants = constantsOf(using, kernel, bias, multiplier, shift);
  if (!constants) return undefined;
  const geometry = numbers.slice(0, geometryNumbers) as number[];
  const ends = numbers.slice(geometryNumbers) as unknown as Ends;
  const [batch, inHeight, inWidth, inChannels, outHeight, outWidth, outputs] = geometry;
  const [kHeight, kWidth, strideY, strideX, dilationY, dilationX, padTop, padLeft, groups] =
    geometry.slice(7);
  const inner = (kHeight! * kWidth! * inChannels!) / groups!;
  const stored = (o: number, i: number) => constants[0]![o * inner + i]!;
  const scaling = { bias: constants[1]!, multiplier: constants[2]!, shift: constants[3]! };
  const rows = batch! * outHeight! * outWidth!;
  const layer = {
    x: x!,
    y: y!,
    rows,
    inner,
    outputs: outputs!,
    groups: groups!,
    stored,
    ...scaling,
    ends,
  };
  const isPointwise = kHeight === 1 && kWidth === 1 && strideY === 1 && strideX === 1;
  const isWhole = padTop === 0 && padLeft === 0 && outHeight === inHeight && outWidth === inWidth;
  if (isPointwise && isWhole && groups === 1) return dense(step, using, layer);
  // A row of the kernel is one run of numbers, if nothing is left out between its places; runs are filled up to whole quads.
  const run = groups === 1 && dilationX === 1 ? kWidth! * inChannels! : inChannels! / groups!;
  const runs = inner / run;
  const whole = Math.ceil(run / 4) * 4;
  const columns = (outWidth! - 1) * strideX! + (kWidth! - 1) * dilationX! + 1;
  const linesOf = (band: number) => (band - 1) * strideY! + (kHeight! - 1) * dilationY! + 1;
  const copyOf = (band: number) => linesOf(band) * columns * inChannels! * 2;
  const most = copyBytes(using, layer);
  const fitting = Math.floor((most - copyOf(1)) / (copyOf(2) - copyOf(1))) + 1;
  const fewest = Math.min(outHeight!, Math.ceil(fewestRows / outWidth!));
  const band = evenly(outHeight!, Math.max(fewest, fitting));
  const offsets = whole16(runs * 4) + whole16(wholeTiles(band * outWidth!) * 4);
  const packed = pack(
    step,
    using,
    {
      ...layer,
      inner: runs * whole,
      stored: (o, i) =>
        i % whole < run ? stored(o, Math.floor(i / whole) * run + (i % whole)) : ends[1],
    },
    offsets + copyOf(band),
  );
  if (!packed) return undefined;
  const list = [x!, ...packed.arrays, y!, ...geometry, ends[0], band, ...packed.ends];
  return { ...step, kernel: "conv2dPackedInteger", arguments: list };
}

function dense(step: Step, using: StepReplacement, layer: Layer): Step | undefined {
  const { x, y, rows, inner, outputs } = layer;
  // A row too many for whole tiles is multiplied alone.
  const tiled = rows % rowsOfTiles === 1 ? Math.max(1, rows - 1) : rows;
  const fitting = Math.max(fewestRows, Math.floor(copyBytes(using, layer) / (2 * inner)));
  const chunk = wholeTiles(evenly(tiled, fitting));
  const packed = pack(step, using, layer, 16 + chunk * 4 + Math.min(rows, chunk) * inner * 2);
  if (!packed) return undefined;
  const list = [x, ...packed.arrays, y, rows, inner, outputs, chunk, ...packed.ends];
  return { ...step, kernel: "densePackedInteger", arguments: list };
}

/** The arguments `weights, bias, records, scratch`, and `yZero, low, high, rounding, centre, form`. */
function pack(step: Step, using: StepReplacement, layer: Layer, copyBytes: number) {
  const { rows, outputs, stored, ends } = layer;
  const xType = using.dtypeOf(layer.x);
  if ((xType !== "int8" && xType !== "uint8") || rows === 0 || outputs === 0) return undefined;
  const [xZero, kernelZero, yZero, low, high, rounding] = ends;
  const packed = packProduct({
    ...layer,
    weight: (o, i) => stored(o, i) - kernelZero,
    ...{ xType, xZero, yType: using.dtypeOf(layer.y), yZero, low, high, rounding },
  });
  if (!packed) return undefined;
  const { tiles, quads, centre, form } = packed;
  const scratchBytes = spillBytes + quads * 64 + copyBytes + 16;
  const weights = using.constant(`${step.node}_weights`, packed.weights);
  const bias = using.constant(`${step.node}_bias`, packed.bias);
  const signed = xType === "int8" ? 1 : 0;
  const { node, op, rules } = step;
  const list = [weights, bias, tiles, quads, signed];
  using.prepare({ node, op, rules, kernel: "preparePacked", arguments: list });
  return {
    arrays: [
      weights,
      bias,
      using.constant(`${step.node}_records`, packed.records),
      using.scratch(`${step.node}_scratch`, "int8", scratchBytes),
    ],
    ends: [yZero, low, high, rounding, centre, form],
  };
}

/** Bytes that a copy may take: it is worth no more memory than half of what the layer reads and writes. */
function copyBytes(using: StepReplacement, { x, y }: Layer): number {
  const touched = using.byteLengthOf(x) + using.byteLengthOf(y);
  return Math.min(mostCopyBytes, Math.max(leastCopyBytes, touched / 2));
}

/** The size of parts of at most `most`, as even as can be. */
function evenly(count: number, most: number): number {
  return Math.ceil(count / Math.ceil(count / most));
}

function wholeTiles(rows: number): number {
  return Math.ceil(rows / rowsOfTiles) * rowsOfTiles;
}

function whole16(bytes: number): number {
  return Math.ceil(bytes / 16) * 16;
}

function constantsOf(
  using: StepReplacement,
  ...list: readonly (Argument | undefined)[]
): readonly TypedArray[] | undefined {
  const found = list.map((each) => using.constantOf(each)?.data);
  return found.every((each) => each !== undefined) ? found : undefined;
}
