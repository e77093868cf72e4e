import { asksAround, changesOf, enables, type RuleTerms } from "./dependencies.ts";
import { strongComponents } from "./strong-components.ts";

/** Pairs of more rules than this are told apart by their ops alone. */
const mostInDetail = 120;

/** Rules that can make places for each other in a circle, so that they may follow each other for ever. */
export function circlesAmong(rules: readonly RuleTerms[]): readonly (readonly RuleTerms[])[] {
  return circlesByOps(rules).flatMap((circle) =>
    circle.length > mostInDetail ? [circle] : circlesInDetail(circle),
  );
}

function circlesInDetail(rules: readonly RuleTerms[]): readonly (readonly RuleTerms[])[] {
  const next = new Map(rules.map((rule) => [rule, rules.filter((other) => enables(rule, other))]));
  return strongComponents(rules, (rule) => next.get(rule)!).filter(
    ([first, ...others]) => others.length > 0 || next.get(first!)!.includes(first!),
  );
}

/** By the ops of what rules change and of what they match, which takes time linear in the rules. */
function circlesByOps(rules: readonly RuleTerms[]): readonly (readonly RuleTerms[])[] {
  const readers = Map.groupBy(
    rules.flatMap((rule) => [...matchedOps(rule)].map((op) => ({ rule, op }))),
    ({ op }) => op,
  );
  const readersOf = (op: string): readonly (RuleTerms | string)[] => {
    const own = (readers.get(op) ?? []).map(({ rule }) => rule);
    if (op === someOp) return own;
    return op === everyOp ? rules : [...own, someOp];
  };
  const changed = new Map(rules.map((rule) => [rule, changedOps(rule)]));
  const isRule = (item: RuleTerms | string): item is RuleTerms => typeof item !== "string";
  const components = strongComponents<RuleTerms | string>(rules, (item) =>
    isRule(item) ? changed.get(item)! : readersOf(item),
  );
  return components.filter(({ length }) => length > 1).map((items) => items.filter(isRule));
}

/** Whatever rules change, rules that match some op that nobody knows may read it. */
const someOp = "some op";
/** An op that nobody knows changes: every rule may read it. */
const everyOp = "every op";

function matchedOps({ rule, rewrites, isComplete }: RuleTerms): ReadonlySet<string> {
  const ops = rewrites.flatMap(({ terms, nodes }) =>
    nodes.flatMap((id) => [...(terms.term(id).ops ?? [someOp])]),
  );
  return new Set(isComplete && !asksAround(rule) ? ops : [...ops, someOp]);
}

/** The ops of what a rule builds or changes the readers of. */
function changedOps({ rewrites, isComplete }: RuleTerms): ReadonlySet<string> {
  const ops = rewrites.flatMap((rewrite) => {
    const { anywhere, inside } = changesOf(rewrite);
    return [...anywhere, ...inside].flatMap((id) => [...(rewrite.terms.term(id).ops ?? [everyOp])]);
  });
  return new Set(isComplete ? ops : [...ops, everyOp]);
}
