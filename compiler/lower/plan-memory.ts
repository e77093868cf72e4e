import type { Buffer, BufferId, Schedule } from "./schedule.ts";

/** Where every buffer lies. Constants come first, in `model.bin`; the arena follows them in the same memory. */
export interface MemoryPlan {
  /** Byte offset of each buffer from the start of the memory, by buffer id. */
  readonly offsets: readonly number[];
  /** Bytes of the constants, a multiple of `constantAlignment`. */
  readonly constantBytes: number;
  readonly arenaBytes: number;
  /** Over all steps, the largest sum of live bytes, each buffer rounded up to `arenaAlignment`. */
  readonly arenaLowerBoundBytes: number;
}

/** Bytes. A cache line, so that packed weights never straddle one more than they must. */
const constantAlignment = 64;
/** Bytes. One SIMD vector. */
const arenaAlignment = 16;

type Placement = ReadonlyMap<BufferId, number>;

/**
 * Offsets by lifetime: buffers are placed one after the other, each at the lowest place that is free during its
 * whole life. Three orders are tried and the smallest arena is kept.
 *
 * @source Pisarchyk and Lee 2020, "Efficient Memory Management for Deep Neural Net Inference", §5
 *   (arXiv:2001.03288): greedy by size and greedy by breadth.
 */
export function planMemory({ buffers, steps }: Schedule): MemoryPlan {
  const constants = buffers.filter((buffer) => buffer.constant);
  const live = buffers.filter((buffer) => !buffer.constant);
  const offsets = new Array<number>(buffers.length).fill(0);
  let constantBytes = 0;
  for (const { id, byteLength } of constants) {
    offsets[id] = constantBytes;
    constantBytes += roundUp(byteLength, constantAlignment);
  }
  const pressure = liveBytes(live, steps.length);
  const lowerBound = pressure.reduce((most, bytes) => Math.max(most, bytes), 0);
  const peak = (buffer: Buffer) =>
    Math.max(...pressure.slice(buffer.firstStep + 1, buffer.lastStep + 2));
  const orders: readonly (readonly Buffer[])[] = [
    live.toSorted((a, b) => b.byteLength - a.byteLength || a.firstStep - b.firstStep),
    live.toSorted((a, b) => peak(b) - peak(a) || b.byteLength - a.byteLength),
    live.toSorted((a, b) => a.firstStep - b.firstStep || b.byteLength - a.byteLength),
  ];
  let best: { placement: Placement; bytes: number } | undefined;
  for (const order of orders) {
    const found = place(order);
    if (best === undefined || found.bytes < best.bytes) best = found;
    if (best.bytes === lowerBound) break;
  }
  for (const [id, offset] of best!.placement) offsets[id] = constantBytes + offset;
  return { offsets, constantBytes, arenaBytes: best!.bytes, arenaLowerBoundBytes: lowerBound };
}

/** Bytes alive at each step, from before the first (index 0) to after the last. */
function liveBytes(live: readonly Buffer[], steps: number): readonly number[] {
  const change = new Array<number>(steps + 3).fill(0);
  for (const { byteLength, firstStep, lastStep } of live) {
    change[firstStep + 1]! += roundUp(byteLength, arenaAlignment);
    change[lastStep + 2]! -= roundUp(byteLength, arenaAlignment);
  }
  let bytes = 0;
  return change.map((by) => (bytes += by));
}

function place(order: readonly Buffer[]): { placement: Placement; bytes: number } {
  const placement = new Map<BufferId, number>();
  /** Sorted by offset. */
  const placed: { readonly buffer: Buffer; readonly offset: number }[] = [];
  let bytes = 0;
  for (const buffer of order) {
    const size = roundUp(buffer.byteLength, arenaAlignment);
    let offset = 0;
    for (const other of placed) {
      if (!livesTogether(buffer, other.buffer)) continue;
      if (offset + size <= other.offset) break;
      offset = Math.max(offset, other.offset + roundUp(other.buffer.byteLength, arenaAlignment));
    }
    placement.set(buffer.id, offset);
    const at = placed.findIndex((other) => offset < other.offset);
    placed.splice(at < 0 ? placed.length : at, 0, { buffer, offset });
    bytes = Math.max(bytes, offset + size);
  }
  return { placement, bytes };
}

function livesTogether(a: Buffer, b: Buffer): boolean {
  return a.firstStep <= b.lastStep && b.firstStep <= a.lastStep;
}

function roundUp(bytes: number, unit: number): number {
  return Math.ceil(bytes / unit) * unit;
}
