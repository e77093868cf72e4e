/**
 * The candidate that was probably meant by `word`: at most a third of its letters inserted, left out, replaced or
 * swapped with a neighbour. Case counts for little. Among equals the first wins. Else the only one of which the word is a shorter form, or a
 * longer one: `BatchNormalization` is `BatchNorm`.
 */
export function closest(word: string, candidates: Iterable<string>): string | undefined {
  let best: string | undefined;
  let least = Math.max(1, Math.floor(word.length / 3)) + 0.5;
  for (const candidate of new Set(candidates)) {
    if (candidate === word || Math.abs(candidate.length - word.length) > least) continue;
    const distance =
      editDistance(word.toLowerCase(), candidate.toLowerCase()) +
      (word.charAt(0) === candidate.charAt(0) ? 0 : 0.1);
    if (distance < least) [best, least] = [candidate, distance];
  }
  return best ?? otherForm(word, candidates);
}

/** So many letters at the beginning are those of both forms. */
const sameBeginning = 4;

function otherForm(word: string, candidates: Iterable<string>): string | undefined {
  const start = word.slice(0, sameBeginning).toLowerCase();
  if (start.length < sameBeginning) return undefined;
  const forms = [...new Set(candidates)].filter((candidate) => {
    const [short, long] = [word, candidate].map((text) => text.toLowerCase()).sort(byLength);
    return short!.startsWith(start) && long!.startsWith(start) && isWithin(short!, long!);
  });
  return forms.length === 1 && forms[0] !== word ? forms[0] : undefined;
}

function byLength(a: string, b: string): number {
  return a.length - b.length;
}

/** Whether the letters of one text are among those of another one, in their order. */
function isWithin(short: string, long: string): boolean {
  let at = 0;
  for (const letter of long) if (letter === short[at]) at++;
  return at === short.length;
}

/** Insertions, deletions, replacements and swaps of neighbours that lead from `a` to `b`. */
export function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = last[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      row[j] = Math.min(replaced, last[j]! + 1, row[j - 1]! + 1);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        row[j] = Math.min(row[j]!, beforeLast[j - 2]! + 1);
    }
    [beforeLast, last] = [last, row];
  }
  return last[b.length]!;
}
