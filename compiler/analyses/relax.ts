/** Weights by name; one that is not there is 0. */
export type Weights = ReadonlyMap<string, number>;

/** A sum that weights must make positive: for each part the worst of its alternatives counts. */
export interface Requirement {
  readonly parts: readonly Part[];
}

/** One of these sums of weights, whichever is the least. */
export interface Part {
  readonly alternatives: readonly Sum[];
}

/** Parts with what is known of all of them as one: what comes and goes again does not count. */
export function joined(parts: readonly Part[]): Requirement {
  const known = new Map<string, number>();
  for (const { alternatives } of parts)
    if (alternatives.length === 1)
      for (const [name, times] of alternatives[0]!) known.set(name, (known.get(name) ?? 0) + times);
  for (const [name, times] of known) if (times === 0) known.delete(name);
  const open = parts.filter(({ alternatives }) => alternatives.length > 1);
  return { parts: known.size === 0 ? open : [{ alternatives: [known] }, ...open] };
}

/** How often each weight counts. */
export type Sum = ReadonlyMap<string, number>;

export interface Relaxed {
  readonly weights: Weights;
  /** The sum of this requirement is 1 or more; that of any other is at least 0. */
  readonly isStrict: readonly boolean[];
}

/** How often a sum may fall short before nobody asks of it to be positive any more. */
const patience = 24;
const fewestRounds = 600;
/** Sums that are computed at most: few requirements are given all the rounds in which each can lose its patience. */
const mostSums = 400_000;

/**
 * Small natural weights that make as many sums positive as can be found and none negative: a sum that falls short raises the weights
 * that it counts and lowers those that it takes away (Rosenblatt's perceptron, in integers). What is found is true; what is not
 * found may exist.
 */
export function relax(requirements: readonly Requirement[]): Relaxed {
  // Rules that are alike ask for the same.
  const keys = requirements.map(keyOf);
  const byKey = new Map(keys.map((key, i) => [key, requirements[i]!]));
  const { weights, isStrict } = relaxDistinct([...byKey.values()]);
  const strict = new Map([...byKey.keys()].map((key, i) => [key, isStrict[i]!]));
  return { weights, isStrict: keys.map((key) => strict.get(key)!) };
}

const sumKey = (sum: Sum) => [...sum].join(";");

function keyOf({ parts }: Requirement): string {
  return parts.map(({ alternatives }) => alternatives.map(sumKey).join("|")).join("&");
}

function relaxDistinct(requirements: readonly Requirement[]): Relaxed {
  const names = new Map<string, number>();
  const compiled = requirements.map(({ parts }) =>
    parts.map(({ alternatives }) => distinct(alternatives).map((sum) => numbered(sum, names))),
  );
  const weights = new Float64Array(names.size);
  const isStrict = requirements.map(({ parts }) => parts.length > 0);
  const shortfalls = new Uint32Array(requirements.length);
  const wanted = patience * (1 + requirements.length);
  const mostRounds = Math.max(fewestRounds, Math.min(wanted, mostSums / requirements.length));
  for (let round = 0; round < mostRounds; round++) {
    let isMet = true;
    for (const [i, parts] of compiled.entries()) {
      const least = isStrict[i] ? 1 : 0;
      const sums = parts.map((part) => worst(part, weights));
      if (sums.reduce((sum, one) => sum + total(one, weights), 0) >= least) continue;
      isMet = false;
      if (++shortfalls[i]! > patience) isStrict[i] = false;
      for (const sum of sums)
        for (const { at, times } of sum) weights[at] = Math.max(0, weights[at]! + times);
    }
    if (isMet) {
      const found = [...names].map(([name, at]) => [name, weights[at]!] as const);
      return { weights: new Map(found.filter(([, weight]) => weight > 0)), isStrict };
    }
  }
  return { weights: new Map(), isStrict: requirements.map(() => false) };
}

/** A sum with its weights by number. */
type Numbered = readonly { readonly at: number; readonly times: number }[];

function numbered(sum: Sum, names: Map<string, number>): Numbered {
  return [...sum].map(([name, times]) => {
    const at = names.get(name) ?? names.size;
    names.set(name, at);
    return { at, times };
  });
}

/** Sums that are not equal to one before. */
function distinct(sums: readonly Sum[]): readonly Sum[] {
  const byText = new Map(sums.map((sum) => [sumKey(sum), sum]));
  return [...byText.values()];
}

function worst(sums: readonly Numbered[], weights: Float64Array): Numbered {
  let least = sums[0]!;
  if (sums.length === 1) return least;
  let value = total(least, weights);
  for (const sum of sums) {
    const other = total(sum, weights);
    if (other < value) [least, value] = [sum, other];
  }
  return least;
}

function total(sum: Numbered, weights: Float64Array): number {
  let all = 0;
  for (const { at, times } of sum) all += times * weights[at]!;
  return all;
}
