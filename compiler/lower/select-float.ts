import type { Tensor, TypedArray } from "../ir/types.ts";
import { replaceSteps, type StepReplacement } from "./replace-steps.ts";
import type { Schedule, Step } from "./schedule.ts";

/**
 * Float32 products with constant weights, on weights that are packed ahead: what the SIMD kernels `…Packed` take. Gives
 * the same bytes; a product for which that cannot be shown stays as it is.
 *
 * ```text
 * dense(x, kernel, bias, y, …)    ⇒    densePacked(x, packed, y, …)
 * ```
 */
export function selectFloat(schedule: Schedule): Schedule {
  return replaceSteps(schedule, (step, using) => packers[step.kernel]?.(step, using));
}

const packers: Readonly<Record<string, (step: Step, using: StepReplacement) => Step | undefined>> =
  { conv2d, conv2dTranspose, dense, matMul };

/** Channels in a block of packed weights. */
const blockColumns = 8;

/** float32 elements of the input of a convolution that are gathered before they are multiplied. */
const panelElements = 1 << 14;

/** The weights of a layer as its kernel has them: `at(o, i)` is the weight of output `o` at the index `i` of its sum. */
interface Weights {
  readonly outputs: number;
  readonly groups: number;
  readonly inner: number;
  readonly bias: TypedArray | undefined;
  readonly at: (output: number, index: number) => number;
}

/** `[groups][outputs / groups / 8][1 + inner][8]`: biases first, then weights; outputs beyond the last are 0. */
function pack({ outputs, groups, inner, bias, at }: Weights): Tensor {
  const each = outputs / groups;
  const blocks = Math.ceil(each / blockColumns);
  const blockSize = (inner + 1) * blockColumns;
  const data = new Float32Array(groups * blocks * blockSize);
  for (let o = 0; o < outputs; o++) {
    const [group, column] = [Math.floor(o / each), o % each];
    const block = group * blocks + Math.floor(column / blockColumns);
    const first = block * blockSize + (column % blockColumns);
    data[first] = bias === undefined ? 0 : bias[o]!;
    for (let i = 0; i < inner; i++) data[first + (i + 1) * blockColumns] = at(o, i);
  }
  return { dtype: "float32", shape: [data.length], data };
}

/** Row-major weights `[outputs, inner]` with biases. */
function packRows(
  { node }: Step,
  using: StepReplacement,
  [kernel, bias]: readonly [Tensor, Tensor],
  groups: number,
) {
  const outputs = bias.data.length;
  const inner = outputs === 0 ? 0 : kernel.data.length / outputs;
  const at = (o: number, i: number) => kernel.data[o * inner + i]!;
  const weights = { outputs, groups, inner, bias: bias.data, at };
  return using.constant(`${node}_packed`, pack(weights));
}

/** The constants that are the second and third argument of a layer. */
function layerConstants(step: Step, using: StepReplacement): readonly [Tensor, Tensor] | undefined {
  const kernel = using.constantOf(step.arguments[1]);
  const bias = using.constantOf(step.arguments[2]);
  return kernel && bias && [kernel, bias];
}

function dense(step: Step, using: StepReplacement): Step | undefined {
  const constants = layerConstants(step, using);
  if (!constants) return undefined;
  const [x, , , y, ...numbers] = step.arguments;
  const packed = packRows(step, using, constants, 1);
  return { ...step, kernel: "densePacked", arguments: [x!, packed, y!, ...numbers] };
}

function conv2dTranspose(step: Step, using: StepReplacement): Step | undefined {
  const constants = layerConstants(step, using);
  if (!constants) return undefined;
  const [x, , , y, ...numbers] = step.arguments;
  const packed = packRows(step, using, constants, numbers.at(-1) as number);
  return { ...step, kernel: "conv2dTransposePacked", arguments: [x!, packed, y!, ...numbers] };
}

/** Numbers of a convolution's call, from `batch` on: see the reference kernel. */
type Geometry = readonly [
  ...[batch: number, inHeight: number, inWidth: number, inChannels: number],
  ...[outHeight: number, outWidth: number, outChannels: number, kHeight: number, kWidth: number],
  ...[strideY: number, strideX: number, dilationY: number, dilationX: number],
  ...[padTop: number, padLeft: number, groups: number],
];

function conv2d(step: Step, using: StepReplacement): Step | undefined {
  const constants = layerConstants(step, using);
  const [x, , , y, ...numbers] = step.arguments;
  const geometry = numbers as unknown as Geometry;
  if (!constants || (isPadded(geometry) && !ignoresZeros(constants))) return undefined;
  const [batch, , , inChannels, outHeight, outWidth, outChannels, kHeight, kWidth] = geometry;
  const [strideY, strideX] = geometry.slice(9) as [number, number];
  const groups = geometry.at(-1)!;
  const rows = batch * outHeight * outWidth;
  const packed = packRows(step, using, constants, groups);
  const isPointwise = kHeight * kWidth === 1 && strideY === 1 && strideX === 1 && groups === 1;
  if (isPointwise && !isPadded(geometry)) {
    const sizes = [rows, inChannels, outChannels];
    return { ...step, kernel: "densePacked", arguments: [x!, packed, y!, ...sizes] };
  }
  const inner = (kHeight * kWidth * inChannels) / groups;
  const fitting = Math.max(4, 4 * Math.floor(panelElements / Math.max(1, inner) / 4));
  const panelRows = Math.max(1, Math.min(rows, fitting));
  const panel = using.scratch(`${step.node}_panel`, "float32", panelRows * inner);
  const list = [x!, packed, panel, y!, ...numbers, panelRows];
  return { ...step, kernel: "conv2dPacked", arguments: list };
}

/** Whether some place of the window is outside of the input. */
function isPadded(geometry: Geometry): boolean {
  const [, inHeight, inWidth, , outHeight, outWidth, , kHeight, kWidth, ...window] = geometry;
  const [strideY, strideX, dilationY, dilationX, padTop, padLeft] = window;
  const bottom = (outHeight - 1) * strideY + (kHeight - 1) * dilationY - padTop;
  const right = (outWidth - 1) * strideX + (kWidth - 1) * dilationX - padLeft;
  return padTop > 0 || padLeft > 0 || bottom >= inHeight || right >= inWidth;
}

/**
 * Whether it makes no difference that products with 0 are added: they are ±0 where the weight is finite, and only a sum
 * of −0 is changed by that, which none can become that does not start as one.
 */
function ignoresZeros([kernel, bias]: readonly [Tensor, Tensor]): boolean {
  return kernel.data.every((w) => Number.isFinite(w)) && !bias.data.some((b) => Object.is(b, -0));
}

/** A product with one constant matrix for all rows is a layer without biases. */
function matMul(step: Step, using: StepReplacement): Step | undefined {
  const [x, w, y, xPlaces, wPlaces, ...numbers] = step.arguments;
  const kernel = using.constantOf(w)?.data;
  const [xStart, wStart] = [using.constantOf(xPlaces)?.data, using.constantOf(wPlaces)?.data];
  const [batches, rows, inner, outputs, xRow, xStep, wRow, wStep] = numbers as number[];
  if (!kernel || !xStart || !wStart || batches === 0) return undefined;
  const isRowMajor = xStep === 1 && xRow === inner;
  const isOneRun = xStart.every((start, b) => start === b * rows! * inner!);
  if (!isRowMajor || !isOneRun || wStart.some((start) => start !== wStart[0])) return undefined;
  const at = (o: number, i: number) => kernel[wStart[0]! + i * wRow! + o * wStep!]!;
  const weights = { outputs: outputs!, groups: 1, inner: inner!, bias: undefined, at };
  const packed = using.constant(`${step.node}_packed`, pack(weights));
  const sizes = [batches! * rows!, inner!, outputs!];
  return { ...step, kernel: "densePacked", arguments: [x!, packed, y!, ...sizes] };
}
