/** So many names wait to be free: whoever takes one of them back finds it at once. */
const mostReleased = 16;

/** The number with which a name is tried first where somebody has it already. */
const firstNumber = 2;
/** Of a name with which no number has been tried. */
const untried = 1;

/**
 * Names that are given out once each. Linear also where very many want the same one, and where names come and go: one that
 * is free again keeps its entry.
 */
export class UniqueNames {
  /** Where in `#next` each name is that somebody has, or has had. */
  readonly #places = new Map<string, number>();
  /** The number to try next for whoever wants the name too, negative where the name is free. Not in the map, where each change would cost another search for the name. */
  readonly #next: number[] = [];
  /** Names of which somebody has, or has had, that with the first number behind it, and not from us. */
  readonly #numbered = new Set<string>();

  /** Names that are to be free, and are not yet: what is built in the place of others takes them back. */
  readonly #released: string[] = [];

  constructor(taken: Iterable<string> = []) {
    for (const name of taken) this.#takeWanted(name);
  }

  has(name: string): boolean {
    this.#free();
    return this.#isTaken(name);
  }

  /** The wanted name, or that with the first free number from 2 behind it; taken from now on. */
  take(wanted: string): string {
    this.#free();
    if (this.#takeWanted(wanted)) return wanted;
    const name = numbered(wanted, this.#freeNumber(wanted));
    this.#takeFree(name);
    return name;
  }

  /** Takes the wanted name if it is free; else keeps a number for whoever will `settle` for the name or for that. */
  reserve(wanted: string): number | undefined {
    this.#free();
    const place = this.#places.get(wanted);
    const next = place === undefined ? -untried : this.#next[place]!;
    if (next < 0) {
      this.#takeWanted(wanted);
      return undefined;
    }
    // Numbers are given out in order, so after the first one only somebody who wanted that very name can have it.
    if (next === untried && this.#numbered.has(wanted)) return this.#freeNumber(wanted);
    const number = Math.max(firstNumber, next);
    this.#next[place!] = number + 1;
    return number;
  }

  /** The wanted name if it is free by now, or that with the number that was kept for it; taken from now on. */
  settle(wanted: string, number: number): string {
    const at = this.#released.indexOf(wanted);
    if (at >= 0) {
      this.#released.splice(at, 1);
      return wanted;
    }
    this.#free();
    if (this.#takeWanted(wanted)) return wanted;
    const name = numbered(wanted, number);
    return this.#takeFree(name) ? name : this.take(wanted);
  }

  /** Others may have the name again. */
  release(name: string): void {
    if (this.#released.length === mostReleased) this.#free();
    this.#released.push(name);
  }

  #free(): void {
    for (let name = this.#released.pop(); name !== undefined; name = this.#released.pop()) {
      const place = this.#places.get(name);
      if (place !== undefined && this.#next[place]! > 0) this.#next[place] = -this.#next[place]!;
    }
  }

  #isTaken(name: string): boolean {
    const place = this.#places.get(name);
    return place !== undefined && this.#next[place]! > 0;
  }

  #takeWanted(name: string): boolean {
    if (!this.#takeFree(name)) return false;
    if (name.endsWith(firstEnding)) this.#numbered.add(name.slice(0, -firstEnding.length));
    return true;
  }

  #takeFree(name: string): boolean {
    const place = this.#places.get(name);
    if (place === undefined) {
      this.#places.set(name, this.#next.push(untried) - 1);
      return true;
    }
    if (this.#next[place]! > 0) return false;
    this.#next[place] = -this.#next[place]!;
    return true;
  }

  /** Of a name that is taken. */
  #freeNumber(wanted: string): number {
    const place = this.#places.get(wanted)!;
    let number = Math.max(firstNumber, this.#next[place]!);
    while (this.#isTaken(numbered(wanted, number))) number++;
    this.#next[place] = number + 1;
    return number;
  }
}

const firstEnding = `_${firstNumber}`;

function numbered(name: string, number: number): string {
  return `${name}_${number}`;
}
