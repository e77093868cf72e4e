import type { Termination } from "../analyses/termination.ts";

/** So many weights are shown. */
const mostShown = 12;

/** The reasons for which rewriting ends, a sentence each. */
export function terminationTexts({ arguments: found, stated }: Termination): readonly string[] {
  const sentences = found.map((argument) => {
    const weights = listed(argument.weights);
    const rules = namesOf(argument.shrinking);
    return argument.kind === "weights"
      ? `${rules} make the sum of the weights of all nodes smaller: ${weights}`
      : `${rules} make the sum of the outputs smaller, a value being the weight of its op and a multiple of what it reads: ${weights}; multiples ${listed(argument.factors)}`;
  });
  return stated.length === 0
    ? sentences
    : [...sentences, `${namesOf(stated)} say so themselves, with \`decreases\` or \`once\``];
}

function namesOf(rules: readonly string[]): string {
  const shown = rules.slice(0, mostShown).join(", ");
  return rules.length > mostShown ? `${shown} and ${rules.length - mostShown} more` : shown;
}

function listed(numbers: ReadonlyMap<string, number>): string {
  const other = [...numbers].filter(([, value]) => value !== 1).sort(([, a], [, b]) => b - a);
  const shown = other.slice(0, mostShown).map(([name, value]) => `${name} ${value}`);
  const more = other.length > mostShown ? [`${other.length - mostShown} more`] : [];
  return other.length === 0 ? "1 for each op" : [...shown, ...more, "others 1"].join(", ");
}
