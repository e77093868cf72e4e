import type { Termination } from "./termination.ts";

/** So many weights are shown. */
const mostShown = 12;

/**
 * The reasons for which rewriting ends, a sentence each.
 *
 * @param own names of the rules that are spoken of; others are counted
 */
export function terminationTexts(
  { arguments: found, stated }: Termination,
  own: ReadonlySet<string>,
): readonly string[] {
  const sentences = found.map((argument) => {
    const weights = listed(argument.weights);
    const rules = namesOf(argument.shrinking, own);
    const make = argument.shrinking.length === 1 ? "makes" : "make";
    return argument.kind === "weights"
      ? `${rules} ${make} the sum of the weights of all nodes smaller: ${weights}`
      : `${rules} ${make} the sum of the outputs smaller, a value being the weight of its op and a multiple of what it reads: ${weights}; multiples ${listed(argument.factors)}`;
  });
  const say = stated.length === 1 ? "says so itself" : "say so themselves";
  return stated.length === 0
    ? sentences
    : [...sentences, `${namesOf(stated, own)} ${say}, with \`decreases\` or \`once\``];
}

function namesOf(rules: readonly string[], own: ReadonlySet<string>): string {
  const named = rules.filter((name) => own.has(name)).slice(0, mostShown);
  const others = rules.length - named.length;
  if (others === 0) return named.join(", ");
  const count = `${others} ${named.length > 0 ? "other " : ""}${others === 1 ? "rule" : "rules"}`;
  return [...named, count].join(", ").replace(/, ([^,]*)$/, " and $1");
}

function listed(numbers: ReadonlyMap<string, number>): string {
  const other = [...numbers].filter(([, value]) => value !== 1).sort(([, a], [, b]) => b - a);
  const shown = other.slice(0, mostShown).map(([name, value]) => `${name} ${value}`);
  const more = other.length > mostShown ? [`${other.length - mostShown} more`] : [];
  return other.length === 0 ? "1 for each op" : [...shown, ...more, "others 1"].join(", ");
}
