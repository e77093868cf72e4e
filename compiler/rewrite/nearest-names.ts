import type { NamePattern } from "../../grammar/ast.ts";
import { editDistance } from "../../grammar/check/closest.ts";

/** So many names are told. */
const mostNames = 3;
/** A name that differs in more of its letters than this is none that was meant. */
const mostDifferent = 0.6;

/** How far a name is from what a pattern spells: 0 to 1, less than a half where all that is spelled in one piece is in the name. */
export function nameDistance({ source }: NamePattern, name: string): number {
  const plain = source.replace(/\\[wdsWDS]|\[[^\]]*\]|[\^$.*+?(){}|\\]/g, " ").toLowerCase();
  const pieces = plain.split(" ").filter((piece) => piece !== "");
  const longest = pieces.reduce((best, piece) => (piece.length > best.length ? piece : best), "");
  const spelled = pieces.join("");
  const lower = name.toLowerCase();
  const share = editDistance(spelled, lower) / Math.max(1, spelled.length, lower.length);
  return longest.length > 1 && lower.includes(longest) ? share / 2 : share;
}

/** The names that come nearest to what a pattern spells, the nearest first. */
export function nearestNames(pattern: NamePattern, names: Iterable<string>): readonly string[] {
  return [...new Set(names)]
    .map((name) => ({ name, distance: nameDistance(pattern, name) }))
    .filter(({ distance }) => distance <= mostDifferent)
    .sort((a, b) => a.distance - b.distance)
    .slice(0, mostNames)
    .map(({ name }) => name);
}
