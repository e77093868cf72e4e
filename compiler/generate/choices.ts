/**
 * What a graph is decoded from: a flat list of natural numbers. The first one is the seed of all numbers that the list does
 * not state; where it is 0 these are 0 too, and 0 always chooses what is simplest. So `[0]` is the smallest graph of its
 * kind, `[n]` a random one, and a longer list says its first choices one by one.
 */
export type Choices = readonly number[];

/** Reads choices one after the other; never at an end. Another `attempt` reads other numbers from the same list. */
export class Draw {
  readonly #choices: Choices;
  readonly #salt: number;
  readonly #attempt: number;
  #place = 1;

  constructor(choices: Choices, attempt = 0) {
    this.#choices = choices;
    this.#attempt = attempt;
    const seed = choices[0] ?? 0;
    this.#salt = seed === 0 && attempt === 0 ? 0 : mixed(seed >>> 0, attempt);
  }

  /** A number from 0 to `n − 1`. */
  below(n: number): number {
    const place = this.#place++;
    const stated = this.#attempt === 0 ? this.#choices[place] : undefined;
    const number = stated ?? (this.#salt === 0 ? 0 : mixed(this.#salt, place));
    return n <= 1 ? 0 : Math.floor(number) % n;
  }

  /** True in `often` of `all` cases; false where all numbers are 0. */
  chance(often: number, all: number): boolean {
    return this.below(all) >= all - often;
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!;
  }

  /** The items in a random order; as they are where all numbers are 0. */
  shuffled<T>(list: readonly T[]): readonly T[] {
    const items = [...list];
    for (let i = 0; i < items.length - 1; i++) {
      const j = i + this.below(items.length - i);
      [items[i], items[j]] = [items[j]!, items[i]!];
    }
    return items;
  }

  /** A number for whoever draws many of no consequence, as weights are; 0 where all numbers are 0. */
  seed(): number {
    return this.below(2 ** 31);
  }
}

/** 32 bits that depend on all bits of both. */
export function mixed(a: number, b: number): number {
  let x = (a ^ Math.imul(b + 1, 0x9e3779b1)) >>> 0;
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return (x ^ (x >>> 16)) >>> 0;
}
