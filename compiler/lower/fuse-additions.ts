import { bytesPerElement } from "../ir/types.ts";
import { keepBuffers } from "./replace-steps.ts";
import type { Buffer, BufferId, Schedule, Step } from "./schedule.ts";

/**
 * The schedule with each packed layer whose result is only added to something of its own shape, by the step right behind it,
 * joined with that addition. The kernels compute and add some rows at a time: the same bytes, and the result of the layer
 * takes no memory. The sum is put over the other addend, if that is not read later.
 *
 * ```text
 * densePackedInteger(x, …, t, …); addFixed(t, b, y, …)    ⇒    densePackedAddFixed(x, …, middle, b, y, …)
 * ```
 */
export function fuseAdditions(schedule: Schedule): Schedule {
  const buffers = [...schedule.buffers];
  const dropped = new Set<BufferId>();
  /** What is put elsewhere than in its own buffer. */
  const places = new Map<BufferId, BufferId>();
  const steps: Step[] = [];
  const newStep: number[] = [];
  let { values } = schedule;
  for (let at = 0; at < schedule.steps.length; at++) {
    const layer = placed(schedule.steps[at]!, places);
    const sum = schedule.steps[at + 1];
    const pair = sum && pairOf(layer, placed(sum, places), at, buffers);
    newStep.push(steps.length);
    if (!pair) {
      steps.push(layer);
      continue;
    }
    const { result, y, place } = pair;
    values = values.filter(({ buffer, step }) => buffer !== result || step !== at);
    dropped.add(result);
    dropped.add(y);
    dropped.delete(place);
    if (place !== y) places.set(y, place);
    buffers[place] = { ...buffers[place]!, lastStep: buffers[y]!.lastStep };
    newStep.push(steps.length);
    steps.push(
      fused(layer, sum, pair, (length) => {
        const { dtype } = buffers[result]!;
        const byteLength = length * bytesPerElement(dtype);
        const life = { firstStep: at, lastStep: at };
        const id = buffers.length;
        buffers.push({ id, name: `${layer.node}_rows`, dtype, length, byteLength, ...life });
        return id;
      }),
    );
    at++;
  }
  const stepOf = (old: number) => (old < 0 ? old : (newStep[old] ?? steps.length));
  const placeOf = <Holder extends { readonly buffer: BufferId }>(holder: Holder): Holder => ({
    ...holder,
    buffer: places.get(holder.buffer) ?? holder.buffer,
  });
  const fusedSchedule: Schedule = {
    ...schedule,
    steps,
    buffers: buffers.map((buffer) => ({
      ...buffer,
      firstStep: stepOf(buffer.firstStep),
      lastStep: stepOf(buffer.lastStep),
    })),
    outputs: schedule.outputs.map(placeOf),
    values: values.map((value) => ({ ...placeOf(value), step: stepOf(value.step) })),
  };
  return keepBuffers(fusedSchedule, ({ id }) => !dropped.has(id));
}

/** A layer and the addition of its result, which is nowhere else in use. */
interface Pair {
  readonly kernel: string;
  readonly result: BufferId;
  readonly other: BufferId;
  /** Where the sum was, and where it is put. */
  readonly y: BufferId;
  readonly place: BufferId;
  /** Of the addition, the result of the layer first. */
  readonly numbers: readonly number[];
}

/** Names of layers and of additions in those of the kernels that do both. */
const layers: Readonly<Record<string, string>> = {
  densePackedInteger: "densePacked",
  conv2dPackedInteger: "conv2dPacked",
};
const additions: Readonly<Record<string, string>> = { addFixed: "AddFixed", addReal: "AddReal" };

function pairOf(layer: Step, sum: Step, at: number, buffers: readonly Buffer[]): Pair | undefined {
  const [begin, end] = [layers[layer.kernel], additions[sum.kernel]];
  if (begin === undefined || end === undefined) return undefined;
  const [x, result] = [bufferOf(layer, 0), bufferOf(layer, 5)];
  const [a, b, y, view] = [0, 1, 2, 3].map((i) => bufferOf(sum, i)) as [
    ...[BufferId, BufferId, BufferId, BufferId],
  ];
  if (a === b || (a !== result && b !== result)) return undefined;
  // What the package has kernels for: sums of mixed types, and of 16 bits, are few.
  const types = new Set([a, b, y].map((id) => buffers[id]!.dtype));
  if (types.size > 1 || bytesPerElement(buffers[y]!.dtype) > 1) return undefined;
  const { firstStep, lastStep, length } = buffers[result]!;
  if (firstStep !== at || (lastStep !== at + 1 && y !== result)) return undefined;
  // Broadcast operands have steps of 0.
  const flat = [1, length, 1, 1];
  const extents = buffers[view]!.constant?.data;
  if (extents?.length !== flat.length || flat.some((n, i) => extents[i] !== n)) return undefined;
  const numbers = sum.arguments.slice(4) as number[];
  const ordered = a === result ? numbers : exchanged(sum.kernel, numbers);
  if (!ordered) return undefined;
  const other = a === result ? b : a;
  const place = canTake(buffers[other]!, buffers[y]!, at + 1) && other !== x ? other : y;
  return place === x
    ? undefined
    : { kernel: begin + end, result, other, y, place, numbers: ordered };
}

/** Whether a sum can be put over an addend. */
function canTake({ constant, lastStep, dtype, length }: Buffer, y: Buffer, last: number): boolean {
  return !constant && !y.within && lastStep <= last && dtype === y.dtype && length === y.length;
}

/** The numbers of an addition with its operands exchanged, unless the second is subtracted in fixed point. */
function exchanged(kernel: string, numbers: readonly number[]): readonly number[] | undefined {
  const [first, each] = kernel === "addFixed" ? [1, 3] : [0, 2];
  if (kernel === "addFixed" && numbers[5]! < 0) return undefined;
  const second = first + each;
  return [
    ...numbers.slice(0, first),
    ...numbers.slice(second, second + each),
    ...numbers.slice(first, second),
    ...numbers.slice(second + each),
  ];
}

/** Both as one step; `addRows` gives a buffer for the rows in between, of some length. */
function fused(
  layer: Step,
  sum: Step,
  { kernel, other, place, numbers }: Pair,
  addRows: (length: number) => BufferId,
): Step {
  const own = layer.arguments.slice(6) as number[];
  const middle = addRows(rowsOf(layer.kernel, own));
  const arrays = [middle, other, place].map((buffer) => ({ buffer }));
  return {
    ...layer,
    node: `${layer.node} + ${sum.node}`,
    op: `${layer.op} + ${sum.op}`,
    rules: [...layer.rules, ...sum.rules],
    kernel,
    arguments: [...layer.arguments.slice(0, 5), ...arrays, ...own, ...numbers],
  };
}

/** How many elements of the layer's result are added at a time: those of a chunk, or of a band. */
function rowsOf(kernel: string, list: readonly number[]): number {
  if (kernel === "densePackedInteger") {
    const [rows, , outputs, chunk] = list as [number, number, number, number];
    return Math.min(rows, chunk) * outputs;
  }
  const [outWidth, outChannels] = list.slice(5, 7) as [number, number];
  return list[bandAt]! * outWidth * outChannels;
}

/** Where `band` is among the numbers of `conv2dPackedInteger`. */
const bandAt = 17;

function bufferOf({ arguments: list }: Step, at: number): BufferId {
  const argument = list[at];
  if (typeof argument !== "object") throw new Error("internal: an argument has no buffer");
  return argument.buffer;
}

function placed(step: Step, places: ReadonlyMap<BufferId, BufferId>): Step {
  const list = step.arguments.map((each) => {
    const place = typeof each === "object" ? places.get(each.buffer) : undefined;
    return place === undefined ? each : { buffer: place };
  });
  return { ...step, arguments: list };
}
