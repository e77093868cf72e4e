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

/**
 * Pairs of buffers that live together, up to which all of them are compared. A chain has a few for each node; a network
 * with more than this is planned by the sweep alone.
 */
const mostPairs = 2 ** 22;

/** A buffer of the arena and the bytes that it takes there. */
interface Block {
  readonly id: BufferId;
  readonly bytes: number;
  readonly firstStep: number;
  readonly lastStep: number;
}

interface Placement {
  readonly offsets: ReadonlyMap<BufferId, number>;
  readonly bytes: number;
}

/**
 * Offsets by lifetime: blocks are placed one after the other, each at the lowest place that is free during its whole
 * life. Three orders are tried and the smallest arena is kept: by first step, which is one sweep over time, and, where
 * the network is not too wide for it, by size and by breadth. Where that is more than what must be alive together, small
 * changes of the order are tried.
 *
 * @source Pisarchyk and Lee 2020, "Efficient Memory Management for Deep Neural Net Inference", §5
 *   (arXiv:2001.03288): greedy by size and greedy by breadth.
 */
export function planMemory({ buffers, steps }: Schedule): MemoryPlan {
  const offsets = new Array<number>(buffers.length).fill(0);
  let constantBytes = 0;
  for (const { id, byteLength, constant } of buffers) {
    if (!constant) continue;
    offsets[id] = constantBytes;
    constantBytes += roundUp(byteLength, constantAlignment);
  }
  const blocks = buffers.filter(({ constant, within }) => !constant && !within).map(blockOf);
  const pressure = liveBytes(buffers, steps.length);
  const lowerBound = pressure.reduce((most, bytes) => Math.max(most, bytes), 0);
  const best = smallestArena(blocks, pressure, lowerBound);
  for (const [id, offset] of best.offsets) offsets[id] = constantBytes + offset;
  // A whole is numbered after its parts.
  for (const { id, within } of buffers.toReversed())
    if (within) offsets[id] = offsets[within.buffer]! + within.offset;
  return { offsets, constantBytes, arenaBytes: best.bytes, arenaLowerBoundBytes: lowerBound };
}

function blockOf(buffer: Buffer): Block {
  const { id, firstStep, lastStep } = buffer;
  return { id, bytes: bytesInArena(buffer), firstStep, lastStep };
}

/** What a buffer takes in the arena, in bytes. */
export function bytesInArena({ byteLength }: Buffer): number {
  return roundUp(byteLength, arenaAlignment);
}

/** Bytes of the arena alive at each step, from before the first (index 0) to after the last. */
export function liveBytes(buffers: readonly Buffer[], steps: number): readonly number[] {
  const change = new Array<number>(steps + 3).fill(0);
  for (const buffer of buffers) {
    const { constant, within, firstStep, lastStep } = buffer;
    if (constant || within) continue;
    const bytes = bytesInArena(buffer);
    change[firstStep + 1]! += bytes;
    change[lastStep + 2]! -= bytes;
  }
  let live = 0;
  return change.map((by) => (live += by));
}

function smallestArena(
  blocks: readonly Block[],
  pressure: readonly number[],
  lowerBound: number,
): Placement {
  const inTime = blocks.toSorted((a, b) => a.firstStep - b.firstStep || b.bytes - a.bytes);
  let best = sweep(inTime);
  if (best.bytes === lowerBound) return best;
  const neighbours = liveTogether(inTime);
  if (neighbours === undefined) return best;
  const peak = rangeMaximum(pressure);
  const breadth = new Map(blocks.map((b) => [b.id, peak(b.firstStep + 1, b.lastStep + 1)]));
  const orders: readonly (readonly Block[])[] = [
    blocks.toSorted((a, b) => b.bytes - a.bytes || a.firstStep - b.firstStep),
    blocks.toSorted((a, b) => breadth.get(b.id)! - breadth.get(a.id)! || b.bytes - a.bytes),
  ];
  let bestOrder: readonly Block[] = inTime;
  for (const order of orders) {
    const found = place(order, neighbours);
    if (found.bytes < best.bytes) [best, bestOrder] = [found, order];
    if (best.bytes === lowerBound) return best;
  }
  return climbed(bestOrder, best, neighbours, lowerBound);
}

/** Pairs of neighbours that the search may look at: a second or less. */
const mostLooks = 2 ** 23;
const mostTries = 2000;

/**
 * A smaller arena by small changes of the order: a block that ends where the arena ends is placed before another one, one
 * of those that it lives together with or one of theirs. Changes that lose nothing are kept, since many of them lead on.
 * The same order and blocks give the same arena.
 *
 * @source The idea of hill climbing over the order of placement is that of TVM's memory planner (tir.usmp).
 */
function climbed(
  start: readonly Block[],
  first: Placement,
  neighbours: ReadonlyMap<BufferId, readonly Block[]>,
  lowerBound: number,
): Placement {
  const looks = start.reduce((sum, { id }) => sum + neighbours.get(id)!.length, start.length);
  const tries = Math.min(mostTries, Math.floor(mostLooks / looks));
  const random = randomNumbers();
  const order = [...start];
  const placeOf = new Map(order.map(({ id }, i) => [id, i]));
  const swap = (a: number, b: number) => {
    [order[a], order[b]] = [order[b]!, order[a]!];
    placeOf.set(order[a]!.id, a);
    placeOf.set(order[b]!.id, b);
  };
  let best = first;
  let current = place(order, neighbours);
  for (let i = 0; i < tries && best.bytes > lowerBound; i++) {
    const highest = order.filter(
      ({ id, bytes }) => current.offsets.get(id)! + bytes === current.bytes,
    );
    const block = highest[random(highest.length)]!;
    const near = neighbours.get(block.id)!;
    const beside = near[random(near.length)] ?? block;
    const around = [block, ...(random(2) === 0 ? near : neighbours.get(beside.id)!)];
    const other = around[random(around.length)]!;
    const [a, b] = [placeOf.get(block.id)!, placeOf.get(other.id)!];
    swap(a, b);
    const found = place(order, neighbours);
    if (found.bytes <= current.bytes) current = found;
    else swap(a, b);
    if (current.bytes < best.bytes) best = current;
  }
  return best;
}

/** Whole numbers below a bound, the same ones each time. @source Marsaglia 2003, "Xorshift RNGs", §4. */
function randomNumbers(): (below: number) => number {
  let state = 2463534242;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return below === 0 ? 0 : (state >>> 0) % below;
  };
}

/** Places blocks in the order of their first step, each in the lowest gap between those that are alive then. */
function sweep(inTime: readonly Block[]): Placement {
  const offsets = new Map<BufferId, number>();
  const ends = inTime.toSorted((a, b) => a.lastStep - b.lastStep);
  const gaps = new Gaps();
  let ended = 0;
  for (const { id, bytes, firstStep } of inTime) {
    for (; ends[ended]!.lastStep < firstStep; ended++)
      gaps.free(offsets.get(ends[ended]!.id)!, ends[ended]!.bytes);
    offsets.set(id, gaps.take(bytes));
  }
  return { offsets, bytes: gaps.end };
}

/** The free places of an arena that has no end. */
class Gaps {
  /** Apart from each other, in the order of their places; behind `end` all is free. */
  readonly #gaps: { start: number; stop: number }[] = [];
  /** The first byte behind everything that was ever taken. */
  end = 0;

  /** The lowest place for so many bytes. */
  take(bytes: number): number {
    const at = this.#gaps.findIndex(({ start, stop }) => bytes <= stop - start);
    const gap = this.#gaps[at];
    if (gap === undefined) {
      const last = this.#gaps.at(-1);
      const start = last?.stop === this.end ? this.#gaps.pop()!.start : this.end;
      this.end = start + bytes;
      return start;
    }
    const { start } = gap;
    gap.start += bytes;
    if (gap.start === gap.stop) this.#gaps.splice(at, 1);
    return start;
  }

  /** Gives bytes back, joined with the gaps before and behind them. */
  free(start: number, bytes: number): void {
    if (bytes === 0) return;
    const at = this.#firstFrom(start);
    const stop = start + bytes;
    const [before, behind] = [this.#gaps[at - 1], this.#gaps[at]];
    const joins = { before: before?.stop === start, behind: behind?.start === stop };
    const gap = {
      start: joins.before ? before!.start : start,
      stop: joins.behind ? behind!.stop : stop,
    };
    this.#gaps.splice(at - Number(joins.before), Number(joins.before) + Number(joins.behind), gap);
  }

  /** The index of the first gap at or behind a place. */
  #firstFrom(place: number): number {
    let low = 0;
    let high = this.#gaps.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#gaps[middle]!.start < place) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** For each block those that live at a step at which it lives too; `undefined` for more than `mostPairs`. */
function liveTogether(
  inTime: readonly Block[],
): ReadonlyMap<BufferId, readonly Block[]> | undefined {
  const neighbours = new Map(inTime.map(({ id }) => [id, [] as Block[]]));
  let alive: Block[] = [];
  let pairs = 0;
  for (const block of inTime) {
    alive = alive.filter(({ lastStep }) => block.firstStep <= lastStep);
    pairs += alive.length;
    if (pairs > mostPairs) return undefined;
    for (const other of alive) {
      neighbours.get(other.id)!.push(block);
      neighbours.get(block.id)!.push(other);
    }
    alive.push(block);
  }
  return neighbours;
}

function place(
  order: readonly Block[],
  neighbours: ReadonlyMap<BufferId, readonly Block[]>,
): Placement {
  const offsets = new Map<BufferId, number>();
  let end = 0;
  for (const { id, bytes } of order) {
    const taken = neighbours.get(id)!.flatMap((other) => {
      const start = offsets.get(other.id);
      return start === undefined ? [] : [{ start, stop: start + other.bytes }];
    });
    let offset = 0;
    for (const { start, stop } of taken.sort((a, b) => a.start - b.start)) {
      if (offset + bytes <= start) break;
      offset = Math.max(offset, stop);
    }
    offsets.set(id, offset);
    end = Math.max(end, offset + bytes);
  }
  return { offsets, bytes: end };
}

/** The largest of `values` from one index to another, both included, from maxima over spans of powers of two. */
function rangeMaximum(values: readonly number[]): (from: number, to: number) => number {
  const spans: (readonly number[])[] = [values];
  for (let width = 1; 2 * width <= values.length; width *= 2) {
    const half = spans.at(-1)!;
    spans.push(half.slice(width).map((value, i) => Math.max(value, half[i]!)));
  }
  return (from, to) => {
    const level = 31 - Math.clz32(to - from + 1);
    const span = spans[level]!;
    return Math.max(span[from]!, span[to + 1 - 2 ** level]!);
  };
}

function roundUp(bytes: number, unit: number): number {
  return Math.ceil(bytes / unit) * unit;
}
