/** The number with which a name is tried first where somebody has it already. */
const firstNumber = 2;

/** Names that are given out once each. Linear also where very many want the same one. */
export class UniqueNames {
  readonly #taken: Set<string>;
  /** Of names that more than one wanted: the number to try next. */
  readonly #next = new Map<string, number>();

  constructor(taken: Iterable<string> = []) {
    this.#taken = new Set(taken);
  }

  /** The wanted name, or that with the first free number from 2 behind it; taken from now on. */
  take(wanted: string): string {
    if (this.#add(wanted)) return wanted;
    const { name, number } = numbered(wanted, this.#next.get(wanted), (one) => this.#add(one));
    this.#next.set(wanted, number + 1);
    return name;
  }

  /** Whether the name was free; one search of the set tells that and takes it. */
  #add(name: string): boolean {
    const before = this.#taken.size;
    return this.#taken.add(name).size > before;
  }
}

/** A name with the first number behind it with which it is accepted, from `first` on, or from 2. */
export function numbered(
  wanted: string,
  first: number | undefined,
  accept: (name: string) => boolean,
): { readonly name: string; readonly number: number } {
  let number = first ?? firstNumber;
  let name = `${wanted}_${number}`;
  while (!accept(name)) name = `${wanted}_${++number}`;
  return { name, number };
}
