import type { Value } from "../ir/graph.ts";
import type { EveryCondition } from "../rewrite/conditions.ts";
import { isValueTerm } from "../rewrite/term.ts";
import { type Check, partsOf } from "./checks.ts";
import type { Draw } from "./choices.ts";
import { addReader, growByOne, unread } from "./decode.ts";
import type { DraftGraph } from "./draft-graph.ts";
import type { Growth } from "./growth.ts";
import type { PatternedRule } from "./matching.ts";
import type { Palette } from "./palette.ts";

/** What comes behind a match: called on the draft that has it, once. */
export type Ending = (draft: DraftGraph, draw: Draw, palette: Palette) => void;

/**
 * Ways to end a graph behind a match, to be tried in this order until the rule matches: a random suffix that may read inner
 * values where the rule allows it, outputs alone, and the readers of which its conditions speak.
 */
export function endingsFor(
  rule: PatternedRule,
  growth: Growth,
  checks: readonly Check[],
  root: Value,
): readonly Ending[] {
  const mayShare = rule.kind === "quantize" || rule.pattern.shared;
  return [
    suffix(root, mayShare),
    outputs,
    ...subjectsOf(growth, checks, root).flatMap((value) =>
      namedOps(growth, checks).map((name) => reader(value, name)),
    ),
    ...everyUser(rule, growth),
    ...askedOutputs(growth, checks),
  ];
}

/** Everything that nothing reads leaves the model. */
const outputs: Ending = (draft) => {
  for (const value of unread(draft)) draft.output(value);
};

/** A few nodes that read the match. */
function suffix(root: Value, mayShare: boolean): Ending {
  return (draft, draw, palette) => {
    const count = draw.below(4);
    const behind: Value[] = [root];
    const inner = draft.nodes.filter(({ op }) => op !== "Constant").map(({ id }) => id);
    for (let i = 0; i < count; i++) {
      const from = mayShare && draw.chance(1, 3) ? [{ node: draw.pick(inner), output: 0 }] : behind;
      const made = growByOne(draft, draw, palette, from);
      if (made) behind.push(made);
    }
    outputs(draft, draw, palette);
    if (mayShare && draw.chance(1, 6)) draft.output({ node: draw.pick(inner), output: 0 });
    if (draw.chance(1, 6)) draft.output(root);
  };
}

/** One more reader of a value, whose result leaves the model in its place. */
function reader(value: Value, name: string): Ending {
  return (draft, draw, palette) => {
    const op = draft.ops.get(name);
    for (let i = 0; op && i < 3; i++) if (addReader(draft, draw, palette, op, value)) break;
    outputs(draft, draw, palette);
  };
}

/** The values whose readers the conditions ask for. */
function subjectsOf(growth: Growth, checks: readonly Check[], root: Value): readonly Value[] {
  const names = lateParts(checks).flatMap((part) => (part.kind === "name" ? [part.name.text] : []));
  const values = names.flatMap((name) => valueNamed(growth, name) ?? []);
  return [...values, root].filter(
    (value, i, all) => all.findIndex(({ node }) => node === value.node) === i,
  );
}

/** Ops that conditions about readers name, and one that computes. */
function namedOps(growth: Growth, checks: readonly Check[]): readonly string[] {
  const named = lateParts(checks).flatMap((part) => {
    if (part.kind === "string") return growth.ops.has(part.value) ? [part.value] : [];
    return part.kind === "name" ? [...(growth.opsNamed(part.name.text) ?? [])].slice(0, 4) : [];
  });
  return checks.some((check) => check.kind === "require" && check.isLate)
    ? [...new Set(["ReLU", ...named])]
    : [];
}

function lateParts(checks: readonly Check[]) {
  return checks.flatMap((check) =>
    check.kind === "require" && check.isLate ? partsOf(check.condition) : [],
  );
}

function valueNamed(growth: Growth, name: string): Value | undefined {
  const term = growth.lookup(name);
  return term !== undefined && isValueTerm(term) ? term.value : undefined;
}

/** `every user of x is Dense`: such a user. */
function everyUser(rule: PatternedRule, growth: Growth): readonly Ending[] {
  const conditions = rule.conditions.filter(
    (condition): condition is EveryCondition =>
      condition.kind === "every" && condition.clause.who === "user",
  );
  return conditions.flatMap(({ clause, pattern }) => {
    const value = valueNamed(growth, clause.of.text);
    const ops = [...(pattern.chains[0]?.root.node?.ops ?? [])].slice(0, 4);
    return value ? ops.map((name) => reader(value, name)) : [];
  });
}

/** `isOutput(x)`: it is one. */
function askedOutputs(growth: Growth, checks: readonly Check[]): readonly Ending[] {
  const asked = lateParts(checks).flatMap((part) =>
    part.kind === "call" && part.callee.text === "isOutput"
      ? part.arguments.flatMap(({ value }) => (value.kind === "name" ? [value.name.text] : []))
      : [],
  );
  const values = asked.flatMap((name) => valueNamed(growth, name) ?? []);
  if (values.length === 0) return [];
  return [
    (draft, draw, palette) => {
      for (const value of values) draft.output(value);
      outputs(draft, draw, palette);
    },
  ];
}
