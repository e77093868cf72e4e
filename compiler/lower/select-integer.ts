import type { TypedArray } from "../ir/types.ts";
import { fuseAdditions } from "./fuse-additions.ts";
import { type PackedProduct, packProduct } from "./pack-layers.ts";
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

/** Bytes of a panel that stay in a near cache while all channels are multiplied with it. */
const mostPanelBytes = 1 << 16;

/** Bytes of a panel over which the widening of weights spreads well, also where the layer reads and writes little. */
const leastPanelBytes = 20 << 10;

/** Rows of a chunk at least: over them the widening of weights spreads. */
const fewestRows = 48;

/** Bytes of scratch for sums on their long way: `spillBytes` of `runtime/simd/packed-product.ts`. */
export const spillBytes = 256;

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
  const [kHeight, kWidth, strideY, strideX, , , padTop, padLeft, groups] = geometry.slice(7);
  const inner = (kHeight! * kWidth! * inChannels!) / groups!;
  const stored = (o: number, i: number) => constants[0]![o * inner + i]!;
  const scaling = { bias: constants[1]!, multiplier: constants[2]!, shift: constants[3]! };
  const sizes = {
    rows: batch! * outHeight! * outWidth!,
    inner,
    outputs: outputs!,
    groups: groups!,
  };
  const layer = { x: x!, y: y!, ...sizes, stored, ...scaling, ends };
  const isPointwise = kHeight === 1 && kWidth === 1 && strideY === 1 && strideX === 1;
  const isWhole = padTop === 0 && padLeft === 0 && outHeight === inHeight && outWidth === inWidth;
  if (isPointwise && isWhole && groups === 1) return dense(step, using, layer);
  const gathered = inner + 3 + kWidth! * inChannels!;
  const packed = pack(step, using, layer, 4 * gathered);
  if (!packed) return undefined;
  const list = [x!, ...packed.arrays, y!, ...geometry, ends[0], ...packed.ends];
  return { ...step, kernel: "conv2dPackedInteger", arguments: list };
}

function dense(step: Step, using: StepReplacement, layer: Layer): Step | undefined {
  const packed = pack(step, using, layer, 0);
  if (!packed) return undefined;
  const { x, y, rows, inner, outputs } = layer;
  const list = [x, ...packed.arrays, y, rows, inner, outputs, ...packed.ends];
  return { ...step, kernel: "densePackedInteger", arguments: list };
}

/** The arguments `weights, bias, records, scratch`, and `chunk, yZero, low, high, rounding, centre, form`. */
function pack(step: Step, using: StepReplacement, layer: Layer, gatheredBytes: number) {
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
  // A row too many for tiles of four is multiplied alone, unless it is gathered.
  const tiled = gatheredBytes === 0 && rows % 4 === 1 ? Math.max(1, rows - 1) : rows;
  const touched = using.byteLengthOf(layer.x) + using.byteLengthOf(layer.y);
  const chunk = chunkOf(tiled, packed, touched);
  const widened = chunk * packed.quads * 8 + packed.quads * 64;
  const isRow = rows === 1 && gatheredBytes === 0;
  const bytes = spillBytes + (isRow ? packed.quads * 8 : widened) + gatheredBytes;
  const weights = using.constant(`${step.node}_weights`, packed.weights);
  const bias = using.constant(`${step.node}_bias`, packed.bias);
  const { tiles, quads, centre, form } = packed;
  const signed = xType === "int8" ? 1 : 0;
  const { node, op, rules } = step;
  const list = [weights, bias, tiles, quads, signed];
  using.prepare({ node, op, rules, kernel: "preparePacked", arguments: list });
  return {
    arrays: [
      weights,
      bias,
      using.constant(`${step.node}_records`, packed.records),
      using.scratch(`${step.node}_scratch`, "int8", bytes),
    ],
    ends: [chunk, yZero, low, high, rounding, centre, form],
  };
}

/**
 * Rows that are packed at a time, a multiple of four, in even chunks: a row of a panel takes 8 bytes a quad where numbers are
 * widened. `touched` are the bytes that the layer reads and writes: a panel is worth no more memory than half of them.
 */
function chunkOf(rows: number, { quads }: PackedProduct, touched: number): number {
  const bytes = Math.min(mostPanelBytes, Math.max(leastPanelBytes, touched / 2));
  const fitting = Math.max(fewestRows, Math.floor(bytes / (8 * quads)));
  return Math.ceil(rows / Math.ceil(rows / fitting) / 4) * 4;
}

function constantsOf(
  using: StepReplacement,
  ...list: readonly (Argument | undefined)[]
): readonly TypedArray[] | undefined {
  const found = list.map((each) => using.constantOf(each)?.data);
  return found.every((each) => each !== undefined) ? found : undefined;
}
