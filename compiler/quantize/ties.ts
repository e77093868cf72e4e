/** Disjoint sets: what is tied to the same is tied to each other. */
export class Ties<Item> {
  readonly #parent = new Map<Item, Item>();

  /** Puts two items into one group. */
  tie(a: Item, b: Item): void {
    const [x, y] = [this.#rootOf(a), this.#rootOf(b)];
    if (x !== y) this.#parent.set(y, x);
  }

  /** The groups of two and more, each in the order in which its items came. */
  groups(): readonly (readonly Item[])[] {
    const groups = new Map<Item, Item[]>();
    for (const item of this.#parent.keys()) {
      const root = this.#rootOf(item);
      const group = groups.get(root);
      if (group) group.push(item);
      else groups.set(root, [item]);
    }
    return [...groups.values()].filter((group) => group.length > 1);
  }

  #rootOf(item: Item): Item {
    if (!this.#parent.has(item)) this.#parent.set(item, item);
    let root = item;
    while (this.#parent.get(root) !== root) root = this.#parent.get(root)!;
    // Shortens the way for the next time; without it a long chain of ties would cost its square.
    for (let at = item; at !== root; ) {
      const next = this.#parent.get(at)!;
      this.#parent.set(at, root);
      at = next;
    }
    return root;
  }
}
