import { commonName } from "../../grammar/name-pattern.ts";
import type { PatternedRule } from "../generate/matching.ts";
import type { Instance } from "./instance.ts";
import { type NameCondition, nameConditionsOf } from "./name-conditions.ts";
import type { TermId } from "./terms.ts";
import { contradict } from "./written-attribute.ts";

/** A node of one way in which a rule can fit. */
export interface Asked {
  readonly rule: PatternedRule;
  readonly instance: Instance;
  readonly id: TermId;
}

/** Whether no node is as two rules ask, by its attributes or by its name: then nothing needs to be made up to see that they do not meet there. */
export function areToldApart(a: Asked, b: Asked): boolean {
  const [mine, theirs] = [a, b].map(({ instance, id }) => instance.terms.term(id).attributes);
  if (contradict(mine!, theirs!) || contradict(theirs!, mine!)) return true;
  const [some, others] = [namesAt(a), namesAt(b)];
  if (some.length === 0 || others.length === 0) return false;
  const patterns = (isMatch: boolean) =>
    [...some, ...others].filter((one) => one.isMatch === isMatch).map(({ pattern }) => pattern);
  return commonName(patterns(true), patterns(false)) === "none";
}

const conditions = new WeakMap<PatternedRule, readonly NameCondition[]>();

/** What a rule asks of the name of a node. */
function namesAt({ rule, instance: { names, terms }, id }: Asked): readonly NameCondition[] {
  const all = conditions.get(rule) ?? nameConditionsOf([{ rule, names, prefix: "" }]);
  conditions.set(rule, all);
  return all.filter(({ capture }) => {
    const bound = names.get(capture);
    return typeof bound === "number" && terms.find(bound) === terms.find(id);
  });
}
