import type { Chain, Expression, Name, NodeStep, QuantizeClause, RewriteClause } from "../ast.ts";
import * as report from "../diagnostics.ts";
import type { Span } from "../source/source-file.ts";
import type { OpWord } from "../vocabulary.ts";
import { readableNamed } from "./bindings.ts";
import { isVariadic, mostOperands } from "./check-patterns.ts";
import { certainSteps } from "./constraints/meanings.ts";
import type { FileScope } from "./scope.ts";
import { stepsOf } from "./steps.ts";

/** Warns of ops among alternatives that cannot have what the pattern or a condition asks of the node. */
export function checkAlternatives(
  scope: FileScope,
  clauses: readonly (QuantizeClause | RewriteClause)[],
): void {
  const chains = clauses.flatMap((clause) => (clause.kind === "match" ? clause.chains : []));
  const asked = membersAsked(clauses, chains, scope);
  for (const chain of chains)
    for (const { step } of stepsOf(chain)) {
      if (step.kind !== "node" || step.ops === "any" || step.ops.length < 2) continue;
      const needs = [...needsOf(step), ...(asked.get(step.capture?.text ?? "") ?? [])];
      for (const name of step.ops) checkAlternative(scope, name, needs);
    }
}

/** Something that an op must have. */
interface Need {
  readonly span: Span;
  readonly what: string;
  readonly isMet: (op: OpWord) => boolean;
  /** It is asked for where the rule matches, and not for it to match. */
  readonly isEffect?: boolean;
}

function checkAlternative(scope: FileScope, name: Name, needs: readonly Need[]): void {
  const op = scope.ops.get(name.text);
  const ops = op ? [op] : (scope.opSets.get(name.text) ?? []);
  if (ops.length === 0) return;
  const missing = needs.find(({ isMet }) => !ops.some(isMet));
  if (missing)
    scope.found.push(
      report.deadAlternative(name, missing.what, missing.span, missing.isEffect === true),
    );
}

function needsOf({ attributes, operands = [] }: NodeStep): readonly Need[] {
  const positional = operands.filter(({ slot, spread }) => !slot && !spread).length;
  return [
    ...attributes.map(({ name, span }) => ({
      span,
      what: `attribute \`${name.text}\``,
      isMet: (op: OpWord) => readableNamed([op], name.text).length > 0,
    })),
    ...operands.flatMap(({ slot, spread, optional, span }): readonly Need[] => {
      if (spread) return [{ span, what: "operands of any number", isMet: isVariadic }];
      if (!slot || optional) return [];
      return [
        {
          span,
          what: `operand \`${slot.text}\``,
          isMet: (op) => op.operands.some((word) => word.name === slot.text),
        },
      ];
    }),
    ...operands.slice(0, 1).map(({ span }) => ({
      span,
      what: `${positional} operands`,
      isMet: (op: OpWord) => mostOperands(op) >= positional,
    })),
  ];
}

/** What captures must have: members that a condition looks at, and slots that the rule asks something for. */
function membersAsked(
  clauses: readonly (QuantizeClause | RewriteClause)[],
  chains: readonly Chain[],
  { vocabulary }: FileScope,
): ReadonlyMap<string, readonly Need[]> {
  const certain = new Set(certainSteps(chains).map(({ name }) => name));
  const common = new Set(
    [...vocabulary.nodeMembers, ...vocabulary.valueMembers]
      .map(({ name }) => name)
      .concat("output"),
  );
  const needs = effectNeeds(clauses, certain);
  for (const clause of clauses) {
    if (clause.kind !== "require") continue;
    for (const { object, name, span } of evaluatedMembers(clause.condition)) {
      if (object.kind !== "name" || common.has(name.text)) continue;
      const { text } = object.name;
      if (!certain.has(text)) continue;
      const isMet = (op: OpWord) =>
        readableNamed([op], name.text).length > 0 ||
        op.operands.some((word) => word.name === name.text);
      const known = needs.get(text) ?? [];
      needs.set(text, [...known, { span, what: `\`${name.text}\``, isMet }]);
    }
  }
  return needs;
}

/** Where all that a rule asks for are slots of one node, an op without any of them would match for nothing. */
function effectNeeds(
  clauses: readonly (QuantizeClause | RewriteClause)[],
  certain: ReadonlySet<string>,
): Map<string, Need[]> {
  const sites = clauses.flatMap((clause) => {
    if (clause.kind === "set" || clause.kind === "tie") return clause.sites;
    return clause.kind === "derive" ? [clause.site] : [];
  });
  const [first] = sites;
  const name = first?.capture.text;
  const hasOthers = clauses.some(({ kind }) => kind === "fuse");
  if (!first || !name || hasOthers || !certain.has(name)) return new Map();
  if (sites.some(({ capture }) => capture.text !== name)) return new Map();
  const slots = sites.map(({ slot }) => slot?.text);
  const isMet = (op: OpWord) => slots.some((slot) => !slot || op.slots.includes(slot));
  return new Map([[name, [{ span: first.span, what: `\`${slots[0]}\``, isMet, isEffect: true }]]]);
}

type Member = Expression & { readonly kind: "member" };

/** The members that are looked at whenever a condition is: those of the right sides of `&&` may not be, but must hold. */
function evaluatedMembers(condition: Expression): readonly Member[] {
  switch (condition.kind) {
    case "member":
      return [condition, ...evaluatedMembers(condition.object)];
    case "binary":
      return condition.operator === "||"
        ? evaluatedMembers(condition.left)
        : [...evaluatedMembers(condition.left), ...evaluatedMembers(condition.right)];
    case "unary":
      return condition.operand.kind === "binary" ? [] : evaluatedMembers(condition.operand);
    case "index":
      return [...evaluatedMembers(condition.object), ...evaluatedMembers(condition.index)];
    case "call":
      return condition.arguments.flatMap(({ value }) => evaluatedMembers(value));
    case "matches":
      return evaluatedMembers(condition.subject);
    case "near":
      return [...evaluatedMembers(condition.left), ...evaluatedMembers(condition.right)];
    default:
      return [];
  }
}
