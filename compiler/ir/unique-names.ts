/** Names that are given out once each. Linear also where very many want the same one. */
export class UniqueNames {
  readonly #taken: Set<string>;
  /** For a name that was wanted before, the number to try next. */
  readonly #next = new Map<string, number>();

  constructor(taken: Iterable<string> = []) {
    this.#taken = new Set(taken);
  }

  has(name: string): boolean {
    return this.#taken.has(name);
  }

  /** The wanted name, or that with the first free number from 2 behind it; taken from now on. */
  take(wanted: string): string {
    let name = wanted;
    for (let i = this.#next.get(wanted) ?? 2; this.#taken.has(name); i++) {
      name = `${wanted}_${i}`;
      this.#next.set(wanted, i + 1);
    }
    this.#taken.add(name);
    return name;
  }

  /** Others may have the name again. */
  release(name: string): void {
    this.#taken.delete(name);
  }
}
