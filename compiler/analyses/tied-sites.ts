import type { SiteReference } from "../../grammar/ast.ts";
import type { QuantizeRule } from "../rewrite/rule.ts";
import { slotOf } from "./asked.ts";

/** The sites that a rule ties, each with the key of its group: what is tied to the same is tied to each other. */
export class TiedSites {
  readonly #roots = new Map<string, string>();
  readonly #sites = new Map<string, SiteReference>();

  constructor({ item }: QuantizeRule) {
    for (const clause of item.clauses) {
      if (clause.kind !== "tie") continue;
      for (const site of clause.sites) this.#sites.set(keyOf(site), site);
      const roots = new Set(clause.sites.map((site) => this.group(site)));
      const [first] = roots;
      for (const [key, root] of this.#roots) if (roots.has(root)) this.#roots.set(key, first!);
      for (const root of roots) this.#roots.set(root, first!);
    }
  }

  /** One text for all sites of a group; that of a site which nothing is tied to is its own. */
  group(site: SiteReference): string {
    const key = keyOf(site);
    return this.#roots.get(key) ?? key;
  }

  /** The others of a site's group. */
  mates(site: SiteReference): readonly SiteReference[] {
    const [own, group] = [keyOf(site), this.group(site)];
    return [...this.#sites].flatMap(([key, other]) =>
      key !== own && this.group(other) === group ? [other] : [],
    );
  }
}

/** A site of a rule as one text: `layer.output`. */
export function keyOf(site: SiteReference): string {
  return `${site.capture.text}.${slotOf(site)}`;
}
