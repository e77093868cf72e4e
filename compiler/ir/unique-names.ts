/** The number with which a name is tried first where somebody has it already. */
export const firstNumber = 2;

/** Names that are given out once each. Linear also where very many want the same one. */
export class UniqueNames {
  readonly #taken: Set<string>;
  /** Of names that more than one wanted: the number to try next. */
  readonly #next = new Map<string, number>();

  constructor(taken: Iterable<string> = []) {
    this.#taken = new Set(taken);
  }

  has(name: string): boolean {
    return this.#taken.has(name);
  }

  /** The wanted name, or that with the first free number from 2 behind it; taken from now on. */
  take(wanted: string): string {
    if (this.#add(wanted)) return wanted;
    let number = this.#next.get(wanted) ?? firstNumber;
    let name = numbered(wanted, number);
    while (!this.#add(name)) name = numbered(wanted, ++number);
    this.#next.set(wanted, number + 1);
    return name;
  }

  /** Whether the name was free; one search of the set tells that and takes it. */
  #add(name: string): boolean {
    const before = this.#taken.size;
    return this.#taken.add(name).size > before;
  }
}

/** A name with a number that tells it from others of the same. */
export function numbered(name: string, number: number): string {
  return `${name}_${number}`;
}
