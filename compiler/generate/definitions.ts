import type { Pattern, ValuePattern } from "../rewrite/pattern.ts";

/** For each name the part of a pattern that says what computes it; elsewhere in the pattern the name alone stands for it. */
export function definitionsOf({ chains }: Pattern): ReadonlyMap<number, ValuePattern> {
  const found = new Map<number, ValuePattern>();
  const open = chains.map(({ root }) => root);
  for (let value = open.pop(); value !== undefined; value = open.pop()) {
    const { slots, node, group } = value;
    if (node === undefined && group === undefined) continue;
    const own = node?.slot === undefined ? slots : [...slots, node.slot];
    for (const slot of own) if (!found.has(slot)) found.set(slot, value);
    if (node?.input) open.push(node.input);
    for (const { pattern, spread } of node?.operands ?? []) if (!spread) open.push(pattern);
    if (group?.kind !== "choice" && group?.input) open.push(group.input);
  }
  return found;
}
