/** Takes one of `count` ways, by its number. */
export type Choose = (count: number) => number;

/** What a computation throws where the ways that it took lead nowhere. */
export const deadEnd: unique symbol = Symbol("dead end");

export interface Ways<T> {
  readonly results: readonly T[];
  /** There are no others. */
  readonly isComplete: boolean;
}

/**
 * The results of a computation for every sequence of choices that it can make, those of dead ends left out. It runs anew for each
 * sequence, so it may change what it makes as it goes along.
 */
export function eachWay<T>(compute: (choose: Choose) => T, limit: number): Ways<T> {
  const results: T[] = [];
  let taken: { way: number; readonly count: number }[] = [];
  for (let runs = 0; runs < limit; runs++) {
    let depth = 0;
    const choose: Choose = (count) => {
      if (depth === taken.length) taken.push({ way: 0, count });
      return taken[depth++]!.way;
    };
    try {
      results.push(compute(choose));
    } catch (error) {
      if (error !== deadEnd) throw error;
    }
    const next = taken.findLastIndex(({ way, count }) => way + 1 < count);
    if (next < 0) return { results, isComplete: true };
    taken = taken.slice(0, next + 1);
    taken[next]!.way++;
  }
  return { results, isComplete: false };
}
