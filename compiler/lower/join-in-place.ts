import { bytesPerElement } from "../ir/types.ts";
import { bytesInArena, liveBytes } from "./plan-memory.ts";
import type { Buffer, BufferId, Schedule, Step } from "./schedule.ts";

/**
 * Lets those who compute the parts of a concatenation write them at their places in the whole, where each part is one piece
 * of it: there is nothing left to copy then.
 *
 * ```text
 * conv(x, …, a)  conv(x, …, b)  copyBlocks(a, y, 1, 8, 16, 0)  copyBlocks(b, y, 1, 8, 16, 8)
 *     ⇒  conv(x, …, y[0…8])  conv(x, …, y[8…16])
 * ```
 *
 * The whole is alive from its first part on, so this is done only where the largest sum of live bytes does not grow. A part
 * that is read after the concatenation stays what it is: another step may be allowed to write over it.
 */
export function joinInPlace(schedule: Schedule): Schedule {
  const { steps } = schedule;
  const buffers = [...schedule.buffers];
  const inputs = new Set(schedule.inputs.map(({ buffer }) => buffer));
  const pressure = [...liveBytes(buffers, steps.length)];
  const most = pressure.reduce((a, b) => Math.max(a, b), 0);
  const dropped = new Set<number>();
  for (let at = 0; at < steps.length; ) {
    const end = endOfNode(steps, at);
    const found = new Map<BufferId, Copy>();
    for (let step = at; step < end; step++) {
      const copy = copyAt(steps[step]!, step, buffers);
      if (!copy || inputs.has(copy.part) || found.has(copy.part)) continue;
      if (buffers[copy.part]!.lastStep < end) found.set(copy.part, copy);
    }
    const copies = [...found.values()];
    if (copies.length > 0 && join(copies, buffers, pressure, most))
      for (const { step } of copies) dropped.add(step);
    at = end;
  }
  if (dropped.size === 0) return schedule;
  return withoutSteps({ ...schedule, buffers: livingAsWholes(buffers) }, dropped);
}

/** Each part alive for as long as the whole that it is in, so that nothing is put over it before that is read. */
function livingAsWholes(buffers: readonly Buffer[]): readonly Buffer[] {
  const living = [...buffers];
  // A whole is numbered after its parts.
  for (const { id, within, ...buffer } of buffers.toReversed())
    if (within) living[id] = { ...buffer, id, within, lastStep: living[within.buffer]!.lastStep };
  return living;
}

/** A call that does nothing but put one buffer into another one, in one piece. */
interface Copy {
  readonly step: number;
  readonly part: BufferId;
  readonly whole: BufferId;
  /** In elements. */
  readonly offset: number;
}

/** One past the calls that compute one node. */
function endOfNode(steps: readonly Step[], at: number): number {
  let end = at + 1;
  while (end < steps.length && steps[end]!.node === steps[at]!.node) end++;
  return end;
}

function copyAt(
  { kernel, arguments: list }: Step,
  step: number,
  buffers: readonly Buffer[],
): Copy | undefined {
  if (kernel !== "copyBlocks") return undefined;
  const [source, result, blocks, block, , offset] = list;
  if (typeof source !== "object" || typeof result !== "object" || blocks !== 1) return undefined;
  const [part, whole] = [buffers[source.buffer]!, buffers[result.buffer]!];
  if (part.constant || part.within || part === whole) return undefined;
  if (part.dtype !== whole.dtype || part.length !== block) return undefined;
  return { step, part: part.id, whole: whole.id, offset: offset as number };
}

/** For how many steps a whole may be alive before it was: they are looked at one by one, for each part. */
const mostSteps = 4096;

/** Places the parts of one concatenation in it; whether that needs no more memory. */
function join(
  copies: readonly Copy[],
  buffers: Buffer[],
  pressure: number[],
  most: number,
): boolean {
  const whole = buffers[copies[0]!.whole]!;
  const parts = copies.map(({ part }) => buffers[part]!);
  const firstStep = parts.reduce((a, part) => Math.min(a, part.firstStep), whole.firstStep);
  if (whole.firstStep - firstStep > mostSteps) return false;
  const change = new Map<number, number>();
  const addTo = (buffer: Buffer, from: number, to: number, sign: 1 | -1) => {
    const bytes = sign * bytesInArena(buffer);
    for (let step = from; step <= to; step++) change.set(step, (change.get(step) ?? 0) + bytes);
  };
  addTo(whole, firstStep, whole.firstStep - 1, 1);
  for (const part of parts) addTo(part, part.firstStep, part.lastStep, -1);
  // `pressure` begins before the first step.
  if ([...change].some(([step, bytes]) => pressure[step + 1]! + bytes > most)) return false;
  for (const [step, bytes] of change) pressure[step + 1]! += bytes;
  buffers[whole.id] = { ...whole, firstStep };
  for (const { part, offset } of copies) {
    const bytes = offset * bytesPerElement(whole.dtype);
    buffers[part] = { ...buffers[part]!, within: { buffer: whole.id, offset: bytes } };
  }
  return true;
}

/** The schedule without some steps, all others numbered anew. */
function withoutSteps(schedule: Schedule, dropped: ReadonlySet<number>): Schedule {
  /** How many steps are left before each. */
  const before: number[] = [];
  let left = 0;
  for (let step = 0; step <= schedule.steps.length; step++) {
    before.push(left);
    if (!dropped.has(step)) left++;
  }
  const first = (step: number) => (step < 0 ? step : before[step]!);
  const last = (step: number) => (dropped.has(step) ? before[step]! - 1 : first(step));
  return {
    ...schedule,
    steps: schedule.steps.filter((_, step) => !dropped.has(step)),
    buffers: schedule.buffers.map((buffer) => ({
      ...buffer,
      firstStep: first(buffer.firstStep),
      lastStep: last(buffer.lastStep),
    })),
    values: schedule.values.map((value) => ({ ...value, step: last(value.step) })),
  };
}
