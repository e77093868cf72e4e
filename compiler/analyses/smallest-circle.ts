import { enables, type RuleTerms } from "./dependencies.ts";
import { isUsers } from "./own-rules.ts";

/** Sets of rules that are tried, so that a fault in a large file takes no longer than others. */
const mostTried = 48;

/**
 * As few rules of a circle as already may go on for ever, those of the user's files first: alone, or with those that make places for
 * them and take theirs. The whole circle where no part is enough, or none is the user's.
 *
 * @param ends whether applying some rules comes to an end
 */
export function smallestCircle(
  circle: readonly RuleTerms[],
  ends: (rules: readonly RuleTerms[]) => boolean,
): readonly RuleTerms[] {
  const own = circle.filter(({ rule }) => isUsers(rule)).sort(byPlace);
  const others = circle.filter((one) => !own.includes(one));
  const whole = [...own, ...others];
  if (own.length === 0 || own.length > mostTried) return whole;
  const near = others.filter(
    (other) => own.some((one) => enables(one, other)) && own.some((one) => enables(other, one)),
  );
  const enough = [own, [...own, ...near]].find((rules) => !ends(rules));
  if (enough === undefined) return whole;
  // What is not needed goes, the standard rules first.
  let core = enough;
  for (const one of enough.slice(-mostTried).toReversed()) {
    const rest = core.filter((other) => other !== one);
    if (rest.length > 0 && !ends(rest)) core = rest;
  }
  return core;
}

function byPlace({ rule: a }: RuleTerms, { rule: b }: RuleTerms): number {
  return (a.span?.start ?? 0) - (b.span?.start ?? 0);
}
