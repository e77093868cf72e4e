import type { Item, Name, OpsItem, PatternItem, QuantizerItem } from "../ast.ts";
import { stepsOf } from "./steps.ts";

/** An item that gives a name to what others stand for. */
export type Definition = OpsItem | QuantizerItem | PatternItem;

export interface OrderedDefinitions {
  /** What a definition uses comes before it. */
  readonly ordered: readonly Definition[];
  /** Definitions that lead back to themselves: the uses that make each circle, which have no definition in common. */
  readonly circles: readonly (readonly Name[])[];
}

/**
 * Op sets and quantizers, used ones first: where they stand in the file means nothing. A name of the file's own hides an
 * imported one, but not in its own definition, which may extend what it hides: `ops Linear = Linear | Einsum`.
 *
 * @param isImported whether the name is also defined elsewhere
 */
export function orderDefinitions(
  items: readonly Item[],
  isImported: (kind: Definition["kind"], name: string) => boolean,
): OrderedDefinitions {
  const definitions = items.filter(
    (item) => item.kind === "ops" || item.kind === "quantizer" || item.kind === "pattern",
  );
  const keyOf = ({ kind }: Definition, name: Name) => `${kind} ${name.text}`;
  const byKey = new Map(definitions.toReversed().map((item) => [keyOf(item, item.name), item]));
  const ordered = new Set<Definition>();
  const circles: (readonly Name[])[] = [];
  const circular = new Set<Definition>();
  for (const start of definitions) {
    if (ordered.has(start)) continue;
    const way: { readonly item: Definition; readonly uses: readonly Name[]; next: number }[] = [];
    const depths = new Map<Definition, number>();
    const enter = (item: Definition) => {
      depths.set(item, way.length);
      way.push({ item, uses: usesOf(item), next: 0 });
    };
    enter(start);
    for (let at = way.at(-1); at !== undefined; at = way.at(-1)) {
      const use = at.uses[at.next++];
      if (use === undefined) {
        ordered.add(at.item);
        depths.delete(at.item);
        way.pop();
        continue;
      }
      const used = byKey.get(keyOf(at.item, use));
      if (used === undefined || ordered.has(used)) continue;
      if (used === at.item && isImported(used.kind, use.text)) continue;
      const depth = depths.get(used);
      if (depth === undefined) {
        enter(used);
        continue;
      }
      const circle = way.slice(depth);
      if (circle.some(({ item }) => circular.has(item))) continue;
      for (const { item } of circle) circular.add(item);
      circles.push(circle.map(({ uses, next }) => uses[next - 1]!));
    }
  }
  return { ordered: [...ordered], circles };
}

function usesOf(item: Definition): readonly Name[] {
  if (item.kind === "ops") return item.alternatives;
  if (item.kind === "pattern")
    return [...stepsOf(item.chain)].flatMap(({ step }) =>
      step.kind === "node" && step.ops !== "any" ? step.ops : [],
    );
  return item.value.kind === "name" ? [item.value.name] : [];
}
