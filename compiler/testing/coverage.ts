import type { NodePattern, Pattern, ValuePattern } from "../rewrite/pattern.ts";
import type { RuleReport } from "./rule-report.ts";
import type { AnyRule } from "./trial.ts";

/** Which alternatives and optional parts of a rule's pattern were in some graph, and which in none. */
export function coverageOf(rule: AnyRule, chosen: ReadonlySet<string>): RuleReport["coverage"] {
  if (rule.kind === "code") return { covered: [], missing: [] };
  const parts = partsOf(rule.pattern);
  return {
    covered: parts.filter((part) => chosen.has(part)),
    missing: parts.filter((part) => !chosen.has(part)),
  };
}

/** So many ops make an alternative; a set like `Elementwise` is one thing. */
const mostNamed = 6;

/** What the generator calls the choices that a pattern leaves. */
function partsOf(pattern: Pattern): readonly string[] {
  const names = new Map([...pattern.slots].map(([name, slot]) => [slot, name]));
  const parts: string[] = [];
  const node = (step: NodePattern): void => {
    const name = step.slot === undefined ? undefined : names.get(step.slot);
    if (name !== undefined && step.optional) parts.push(`${name} absent`);
    if (name !== undefined && step.ops && step.ops.size > 1 && step.ops.size <= mostNamed)
      for (const op of step.ops) parts.push(`${name} ${op}`);
    if (step.input) value(step.input);
    for (const { pattern: operand } of step.operands ?? []) value(operand);
  };
  const value = ({ node: step, group }: ValuePattern): void => {
    if (step) node(step);
    if (group?.kind === "repeat") value(group.body);
    if (group?.kind === "choice") for (const { pattern: inner } of group.alternatives) value(inner);
  };
  for (const { root, below } of pattern.chains) {
    value(root);
    for (const step of below) if (step.kind === "node") node(step);
  }
  return [...new Set(parts)];
}
