import type { SiteKey } from "../ir/annotations.ts";

/** Disjoint sets of sites: what is tied to the same is tied to each other. */
export class Ties {
  readonly #parent = new Map<SiteKey, SiteKey>();

  /** Puts two keys into one group. */
  tie(a: SiteKey, b: SiteKey): void {
    const [x, y] = [this.#rootOf(a), this.#rootOf(b)];
    if (x !== y) this.#parent.set(y, x);
  }

  /** The groups of two and more, each in the order in which its keys came; the first key names the group. */
  groups(): readonly (readonly SiteKey[])[] {
    const groups = new Map<SiteKey, SiteKey[]>();
    for (const key of this.#parent.keys()) {
      const root = this.#rootOf(key);
      const group = groups.get(root);
      if (group) group.push(key);
      else groups.set(root, [key]);
    }
    return [...groups.values()].filter((group) => group.length > 1);
  }

  #rootOf(key: SiteKey): SiteKey {
    if (!this.#parent.has(key)) this.#parent.set(key, key);
    let root = key;
    while (this.#parent.get(root) !== root) root = this.#parent.get(root)!;
    // Shortens the way for the next time; without it a long chain of ties would cost its square.
    for (let at = key; at !== root; ) {
      const next = this.#parent.get(at)!;
      this.#parent.set(at, root);
      at = next;
    }
    return root;
  }
}
