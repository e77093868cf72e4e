import { commonName, nameMatcher } from "../../name-pattern.ts";
import { type Fact, holds } from "./fact.ts";

/** How many integers are tried before an answer is left open. */
const mostTried = 100_000;

/** What is known of an unknown besides what clauses say. */
export interface Domain {
  /** A size, a rank, a place: an integer that is not below 0. */
  readonly isNatural: boolean;
}

/**
 * Facts about one unknown that cannot all be true, as few of them as there are; `undefined` if they can, or if that is not known. Bounds
 * and remainders are decided by trying the integers between them (the remainders repeat), words by comparing them.
 */
export function contradiction(facts: readonly Fact[], domain: Domain): readonly Fact[] | undefined {
  if (canHold(facts, domain)) return undefined;
  const single = facts.find((fact) => !canHold([fact], domain));
  if (single) return [single];
  for (const [i, a] of facts.entries())
    for (const b of facts.slice(i + 1)) if (!canHold([a, b], domain)) return [a, b];
  // Without a pair: leave out what is not needed.
  return facts.reduce<readonly Fact[]>((core, fact) => {
    const others = core.filter((other) => other !== fact);
    return canHold(others, domain) ? core : others;
  }, facts);
}

function canHold(facts: readonly Fact[], domain: Domain): boolean {
  const numeric = facts.filter(({ kind }) => kind === "compare" || kind === "remainder");
  const words = facts.filter((fact) => !numeric.includes(fact));
  return canBeWord(words) && canBeNumber(numeric, domain);
}

function canBeWord(facts: readonly Fact[]): boolean {
  const equal = facts.flatMap((fact) => (fact.kind === "word" && fact.isEqual ? [fact.word] : []));
  const [first] = equal;
  if (first) {
    if (equal.some(({ kind, text }) => kind === first.kind && text !== first.text)) return false;
    if (equal.some(({ kind }) => kind !== first.kind)) return true;
    return (
      facts.every((fact) => first.kind !== "string" || fits(fact, first.text)) &&
      !facts.some((fact) => fact.kind === "word" && !fact.isEqual && sameWord(fact.word, first))
    );
  }
  const sets = facts.flatMap((fact) => (fact.kind === "oneOf" && fact.isIn ? [fact.words] : []));
  const [smallest] = sets.toSorted((a, b) => a.size - b.size);
  if (smallest) return [...smallest].some((word) => facts.every((fact) => fits(fact, word)));
  const patterns = (isMatch: boolean) =>
    facts.flatMap((fact) =>
      fact.kind === "matches" && fact.isMatch === isMatch ? [fact.pattern] : [],
    );
  const wanted = patterns(true);
  if (wanted.length > 0 && wanted.length + patterns(false).length > 1)
    if (commonName(wanted, patterns(false)) === "none") return false;
  const denied = facts.flatMap((fact) =>
    fact.kind === "word" && fact.word.kind === "boolean" ? [fact.word.text] : [],
  );
  return new Set(denied).size < 2;
}

function sameWord(a: { readonly kind: string; readonly text: string }, b: typeof a): boolean {
  return a.kind === b.kind && a.text === b.text;
}

/** Whether a word is as one fact says. */
function fits(fact: Fact, word: string): boolean {
  switch (fact.kind) {
    case "word":
      return fact.word.kind !== "string" || (fact.word.text === word) === fact.isEqual;
    case "oneOf":
      return fact.words.has(word) === fact.isIn;
    case "matches":
      return nameMatcher(fact.pattern)(word) === fact.isMatch;
    default:
      return true;
  }
}

function canBeNumber(facts: readonly Fact[], { isNatural }: Domain): boolean {
  let low = isNatural ? 0 : Number.NEGATIVE_INFINITY;
  let high = Number.POSITIVE_INFINITY;
  for (const fact of facts) {
    if (fact.kind !== "compare") continue;
    if (fact.comparison === "==" || fact.comparison[0] === ">") low = Math.max(low, fact.value);
    if (fact.comparison === "==" || fact.comparison[0] === "<") high = Math.min(high, fact.value);
  }
  if (low > high) return false;
  const test = (value: number) => facts.every((fact) => isTrue(fact, value));
  if (low === high) return (!isNatural || Number.isInteger(low)) && test(low);
  const remainders = facts.filter((fact) => fact.kind === "remainder");
  const isWhole = isNatural || remainders.some(({ comparison }) => comparison === "==");
  // Between two different reals there are more of them than facts can forbid.
  if (!isWhole) return remainders.length > 0 || low < high;
  return hasInteger(low, high, remainders, facts.length, test);
}

/** Whether an integer between the bounds passes; remainders repeat after the least common multiple of their divisors. */
function hasInteger(
  low: number,
  high: number,
  remainders: readonly (Fact & { readonly kind: "remainder" })[],
  facts: number,
  test: (value: number) => boolean,
): boolean {
  const period = remainders.reduce((all, { divisor }) => leastMultiple(all, Math.abs(divisor)), 1);
  // Each fact forbids at most one value beyond what repeats, and each bound its own.
  const span = period * (facts + 3);
  if (!Number.isInteger(period) || span > mostTried) return true;
  const start = Number.isFinite(low)
    ? Math.ceil(low)
    : Number.isFinite(high)
      ? Math.floor(high) - span
      : -span;
  const end = Math.min(Math.floor(high), Number.isFinite(low) ? start + span : start + 2 * span);
  for (let value = start; value <= end; value++) if (test(value)) return true;
  return false;
}

function leastMultiple(a: number, b: number): number {
  if (!Number.isInteger(a) || !Number.isInteger(b) || b === 0) return Number.NaN;
  let [x, y] = [a, b];
  while (y !== 0) [x, y] = [y, x % y];
  return (a / x) * b;
}

function isTrue(fact: Fact, value: number): boolean {
  if (fact.kind === "compare") return holds(fact.comparison, value, fact.value);
  if (fact.kind !== "remainder") return true;
  return holds(fact.comparison, (value + fact.offset) % fact.divisor, fact.value);
}
