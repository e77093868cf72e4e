import type {
  AttributePattern,
  Expression,
  RequireClause,
  TensorTypePattern,
} from "../../grammar/ast.ts";
import type { Span } from "../../grammar/source/source-file.ts";
import { attributeOf } from "../ir/infer.ts";
import type { OpTable } from "../ir/op.ts";
import type { Condition, UnlessCondition } from "../rewrite/conditions.ts";
import { type NodePattern, opsOf, type Pattern, type ValuePattern } from "../rewrite/pattern.ts";
import { sizeNames } from "../rewrite/weight-sizes.ts";
import { conjunctsOf, partsOf } from "./checks.ts";
import type { PatternedRule } from "./matching.ts";
import { nodesOf, replacedIn, valuesOf } from "./pattern-parts.ts";

/** What a clause asks for. */
export type ClauseKind =
  /** One conjunct of a `require`. */
  | "require"
  /** The op of a node, or that a value is a constant. */
  | "op"
  | "attribute"
  | "type"
  /** An inner node of a rewrite rule has no other user. */
  | "single-use"
  /** An op of any number of operands has as many as are listed. */
  | "count"
  /** Operands of an op that is not commutative stand in this order. */
  | "order"
  /** One name at two places means one value. */
  | "same-value"
  | "unless"
  | "every";

/** One thing that a rule asks of a place; a near miss breaks exactly one. */
export interface Clause {
  /** Unique in the rule, the same whenever the rule's text is: `require2`, `op1`. */
  readonly id: string;
  readonly kind: ClauseKind;
  /** For people: `c % 16 == 0`, `conv is Conv2D | Dense`. */
  readonly text: string;
  readonly span?: Span;
}

/** A clause with the rules that ask for the opposite of it, and for nothing in its place. */
export interface Mutation {
  readonly clause: Clause;
  /** Matches where all clauses hold but this one. */
  readonly broken: PatternedRule;
  /** Matches whether it holds or not. */
  readonly dropped: PatternedRule;
  /** The node that is to have a second user, which no rule can ask for. */
  readonly secondUse?: NodePattern;
  /** Extents at which the clause is about to hold. */
  readonly near?: readonly number[];
}

const known = new WeakMap<PatternedRule, readonly Mutation[]>();

/** The clauses of a rule, each with its mutants. */
export function mutationsOf(rule: PatternedRule, ops: OpTable): readonly Mutation[] {
  const found =
    known.get(rule) ??
    numbered([
      ...ofConditions(rule),
      ...ofNodes(rule, ops),
      ...ofTypes(rule),
      ...ofNames(rule),
      ...ofUses(rule),
    ]);
  known.set(rule, found);
  return found;
}

/** The clauses of a rule: its conditions, and what its pattern asks for. */
export function clausesOf(rule: PatternedRule, ops: OpTable): readonly Clause[] {
  return mutationsOf(rule, ops).map(({ clause }) => clause);
}

/** The rule without one of its clauses: what mutation testing tries to tell from the rule. */
export function withoutClause(
  rule: PatternedRule,
  { id }: Pick<Clause, "id">,
  ops: OpTable,
): PatternedRule {
  return mutationsOf(rule, ops).find(({ clause }) => clause.id === id)?.dropped ?? rule;
}

type Unnumbered = Omit<Mutation, "clause"> & { readonly clause: Omit<Clause, "id"> };

function numbered(mutations: readonly Unnumbered[]): readonly Mutation[] {
  const counts = new Map<ClauseKind, number>();
  return mutations.map((mutation) => {
    const { kind } = mutation.clause;
    const count = (counts.get(kind) ?? 0) + 1;
    counts.set(kind, count);
    return { ...mutation, clause: { id: `${kind}${count}`, ...mutation.clause } };
  });
}

function withPattern<Rule extends PatternedRule>(rule: Rule, pattern: Pattern): Rule {
  const [first] = pattern.chains;
  const roots = first && opsOf(first.root);
  const { roots: _, ...others } = rule;
  return { ...(others as Rule), pattern, ...(roots && { roots }) };
}

function withConditions<Rule extends PatternedRule>(
  rule: Rule,
  conditions: readonly Condition[],
): Rule {
  return { ...rule, conditions };
}

function ofConditions(rule: PatternedRule): readonly Unnumbered[] {
  return rule.conditions.flatMap((condition, i) => {
    const { conditions } = rule;
    return ofCondition(condition, (by) =>
      withConditions(rule, [...conditions.slice(0, i), ...by, ...conditions.slice(i + 1)]),
    );
  });
}

/** `others` is the rule with other conditions in the place of this one. */
function ofCondition(
  condition: Condition,
  others: (by: readonly Condition[]) => PatternedRule,
): readonly Unnumbered[] {
  switch (condition.kind) {
    case "let":
      return [];
    case "require":
      return ofRequire(condition, others);
    case "unless": {
      const clause = clauseOf("unless", condition.clause.span);
      return [{ clause, ...ofUnless(condition, others([])) }];
    }
    case "every": {
      const clause = clauseOf("every", condition.clause.span);
      return [{ clause, broken: others([]), dropped: others([]) }];
    }
  }
}

function clauseOf(kind: ClauseKind, span: Span): Omit<Clause, "id"> {
  return { kind, text: span.file.text.slice(span.start, span.end), span };
}

function ofRequire(
  { condition, span }: RequireClause,
  others: (by: readonly Condition[]) => PatternedRule,
): readonly Unnumbered[] {
  const parts = conjunctsOf(condition);
  const asClause = (part: Expression): RequireClause => ({
    kind: "require",
    condition: part,
    span,
  });
  return parts.map((part, i) => {
    const rest = (by: readonly Expression[]) =>
      others([...parts.slice(0, i), ...by, ...parts.slice(i + 1)].map(asClause));
    return {
      clause: clauseOf("require", part.span),
      broken: rest([{ kind: "unary", operator: "!", operand: part, span: part.span }]),
      dropped: rest([]),
      near: partsOf(part).flatMap(neighbours),
    };
  });
}

function neighbours(part: Expression): readonly number[] {
  if (part.kind !== "number" || !Number.isInteger(part.value)) return [];
  return part.value >= 5 && part.value <= 128 ? [part.value - 1, part.value + 1] : [];
}

/** The chains that must not fit become chains of the match. */
function ofUnless(
  { pattern: local }: UnlessCondition,
  dropped: PatternedRule,
): Pick<Mutation, "broken" | "dropped"> {
  const { pattern } = dropped;
  const chains = [...pattern.chains, ...local.chains];
  const slots = new Map([...pattern.slots, ...local.slots]);
  return { broken: withPattern(dropped, { ...pattern, chains, slots, shared: true }), dropped };
}

function ofNodes(rule: PatternedRule, ops: OpTable): readonly Unnumbered[] {
  return nodesOf(rule.pattern).flatMap((node) => [
    ...ofOp(rule, node, ops),
    ...ofAttributes(rule, node),
    ...ofOrder(rule, node, ops),
    ...ofCount(rule, node, ops),
  ]);
}

function ofOp(rule: PatternedRule, node: NodePattern, ops: OpTable): readonly Unnumbered[] {
  if (node.ops === undefined || node.optional) return [];
  const others = similarOps(node, ops);
  if (others.size === 0) return [];
  const { ops: wanted, ...any } = node;
  const name = nameOf(rule.pattern, node.slot);
  const isConstant = wanted.size === 1 && wanted.has("Constant");
  const text = `${name} is ${isConstant ? "a constant" : listed([...wanted])}`;
  const all = new Set([...wanted, ...others]);
  const other = replacedIn(rule.pattern, node, { ...any, ops: others });
  return [
    {
      clause: { kind: "op", text },
      broken: withPattern(withoutMembersOf(rule, node), other),
      dropped: withPattern(rule, replacedIn(rule.pattern, node, { ...any, ops: all })),
    },
  ];
}

/** The rule without the conditions that another op, or a value that is no constant, has no answer to. */
function withoutMembersOf(rule: PatternedRule, { slot }: NodePattern): PatternedRule {
  const nodes = new Set([...rule.pattern.slots].flatMap(([name, s]) => (s === slot ? [name] : [])));
  const lost = new Set<string>();
  const isLost = (expression: Expression) =>
    partsOf(expression).some((part) => isName(part, lost) || asksMore(part, nodes));
  const conditions = rule.conditions.flatMap((condition): readonly Condition[] => {
    if (condition.kind === "let") {
      if (!isLost(condition.value)) return [condition];
      lost.add(condition.name.text);
      return [];
    }
    if (condition.kind !== "require") return [condition];
    return conjunctsOf(condition.condition)
      .filter((part) => !isLost(part))
      .map((part) => ({ ...condition, condition: part }));
  });
  return withConditions(rule, conditions);
}

/** Members that every value has, and functions of every value. */
const members = new Set(["shape", "rank", "dtype", "name", "path", "op", "output"]);
const functions = new Set(["size", "rank", "axis", "sole", "isOutput", "readers", "onlyReadBy"]);

/** Whether an expression asks for more of a node than every value has: an attribute, or the numbers of a constant. */
function asksMore(expression: Expression, names: ReadonlySet<string>): boolean {
  switch (expression.kind) {
    case "member":
      return isName(expression.object, names) && !members.has(expression.name.text);
    case "call":
      return (
        !functions.has(expression.callee.text) &&
        expression.arguments.some(({ value }) => isName(value, names))
      );
    case "unary":
      return isName(expression.operand, names);
    case "binary":
    case "near":
      return isName(expression.left, names) || isName(expression.right, names);
    default:
      return false;
  }
}

function isName(expression: Expression, names: ReadonlySet<string>): boolean {
  return expression.kind === "name" && names.has(expression.name.text);
}

/** Ops with operands and attributes like those that a pattern names; an input for a constant. */
function similarOps(node: NodePattern, ops: OpTable): ReadonlySet<string> {
  const wanted = [...node.ops!].flatMap((name) => ops.get(name) ?? []);
  if (wanted.every(({ operands }) => operands.length === 0))
    return new Set(["Constant", "Input"].filter((name) => !node.ops!.has(name)));
  const others = [...ops.values()].filter(
    (op) =>
      !node.ops!.has(op.name) &&
      node.attributes.every(({ name }) => sizeNames.has(name.text) || attributeOf(op, name.text)),
  );
  if ((node.operands?.length ?? 0) + (node.input ? 1 : 0) < 2)
    return new Set(others.flatMap(({ name, operands }) => (operands.length > 0 ? [name] : [])));
  const alike = others.filter((op) =>
    wanted.some(
      ({ operands, traits }) =>
        operands.map(({ role }) => role).join() === op.operands.map(({ role }) => role).join() &&
        traits.includes("elementwise") === op.traits.includes("elementwise"),
    ),
  );
  return new Set(alike.map(({ name }) => name));
}

function ofAttributes(rule: PatternedRule, node: NodePattern): readonly Unnumbered[] {
  return node.attributes.flatMap((attribute, i): readonly Unnumbered[] => {
    const opposite = oppositeOf(attribute, rule.pattern);
    if (opposite === undefined) return [];
    const changed = (by: readonly AttributePattern[]): PatternedRule => {
      const attributes = [...node.attributes.slice(0, i), ...by, ...node.attributes.slice(i + 1)];
      return withPattern(rule, replacedIn(rule.pattern, node, { ...node, attributes }));
    };
    return [
      {
        clause: clauseOf("attribute", attribute.span),
        broken: changed([opposite]),
        dropped: changed([]),
      },
    ];
  });
}

const opposites = { "==": "!=", "!=": "==", "<": ">=", "<=": ">", ">": "<=", ">=": "<" } as const;

/** Absent for an attribute that only gets a name. */
function oppositeOf(attribute: AttributePattern, { slots }: Pattern): AttributePattern | undefined {
  const { value, comparison = "==", most, ...others } = attribute;
  if (value.kind === "name" && slots.has(value.name.text) && !attribute.comparison && !most)
    return undefined;
  if (most) return { ...others, value: most, comparison: ">" };
  return { ...others, value, comparison: opposites[comparison] };
}

/** Two listed operands of ops that are not commutative, the other way round. */
function ofOrder(rule: PatternedRule, node: NodePattern, ops: OpTable): readonly Unnumbered[] {
  const [first, second] = node.operands ?? [];
  const decides = node.ordered || [...(node.ops ?? [])].every((name) => !isCommutative(name, ops));
  if (node.input || !first || !second || node.operands!.length !== 2 || !decides) return [];
  if (first.spread || second.spread || first.slot || second.slot || first.optional) return [];
  if (isHole(first.pattern) && isHole(second.pattern)) return [];
  const swapped = { ...node, operands: [second, first], ordered: true };
  const changed = withPattern(rule, replacedIn(rule.pattern, node, swapped));
  const name = nameOf(rule.pattern, node.slot);
  return [
    {
      clause: { kind: "order", text: `the operands of ${name} stand in this order` },
      broken: changed,
      dropped: changed,
    },
  ];
}

/** One more operand than a pattern lists of an op that takes any number. */
function ofCount(rule: PatternedRule, node: NodePattern, ops: OpTable): readonly Unnumbered[] {
  const { operands = [] } = node;
  const isVariadic = (name: string) => ops.get(name)?.operands.at(-1)?.variadic === true;
  const isListed = operands.length > 0 && operands.every(({ spread, slot }) => !spread && !slot);
  if (!isListed || !node.ops || ![...node.ops].every(isVariadic)) return [];
  const withMore = (spread: boolean) => {
    const pattern: ValuePattern = { kind: "value", slots: [], types: [] };
    const more = { spread, optional: false, pattern, bound: [] };
    const longer = { ...node, operands: [...operands, more] };
    return withPattern(rule, replacedIn(rule.pattern, node, longer));
  };
  const count = operands.length + (node.input ? 1 : 0);
  const text = `the operands of ${nameOf(rule.pattern, node.slot)} are ${count}`;
  return [{ clause: { kind: "count", text }, broken: withMore(false), dropped: withMore(true) }];
}

function isHole({ node, group }: ValuePattern): boolean {
  return node === undefined && group === undefined;
}

function isCommutative(name: string, ops: OpTable): boolean {
  return ops.get(name)?.traits.includes("commutative") ?? false;
}

function ofTypes(rule: PatternedRule): readonly Unnumbered[] {
  return valuesOf(rule.pattern).flatMap((value) =>
    value.types.flatMap((type, i) => {
      const changed = (by: readonly TensorTypePattern[]) => {
        const types = [...value.types.slice(0, i), ...by, ...value.types.slice(i + 1)];
        return withPattern(rule, replacedIn(rule.pattern, value, { ...value, types }));
      };
      return otherTypes(type).map(({ text, other, without }) => ({
        clause: { kind: "type" as const, text, span: type.span },
        broken: changed([other]),
        dropped: changed([without]),
      }));
    }),
  );
}

interface OtherType {
  readonly text: string;
  readonly other: TensorTypePattern;
  readonly without: TensorTypePattern;
}

/** The type pattern with another dtype, and with one of its sizes greater by one. */
function otherTypes(type: TensorTypePattern): readonly OtherType[] {
  const { dtype, dimensions, ...others } = type;
  const rest = { ...others, ...(dimensions && { dimensions }) };
  const ofDType: readonly OtherType[] = dtype
    ? [
        {
          text: `its dtype is ${dtype.text}`,
          other: { ...rest, dtype: { ...dtype, text: dtype.text === "i32" ? "f32" : "i32" } },
          without: rest,
        },
      ]
    : [];
  const ofSizes = (dimensions ?? []).flatMap((dimension, i): readonly OtherType[] => {
    if (dimension.kind !== "size") return [];
    const at = (by: typeof dimension | { kind: "any"; span: Span }) => ({
      ...type,
      dimensions: dimensions!.map((d, axis) => (axis === i ? by : d)),
    });
    return [
      {
        text: `a dimension is ${dimension.value}`,
        other: at({ ...dimension, value: dimension.value + 1 }),
        without: at({ kind: "any", span: dimension.span }),
      },
    ];
  });
  return [...ofDType, ...ofSizes];
}

/** Each further place of a name: there it stands for another value. */
function ofNames(rule: PatternedRule): readonly Unnumbered[] {
  const { pattern } = rule;
  const seen = new Set<number>();
  const names = [...pattern.slots];
  return valuesOf(pattern).flatMap((value): readonly Unnumbered[] => {
    if (!isHole(value)) {
      for (const slot of value.slots) seen.add(slot);
      if (value.node?.slot !== undefined) seen.add(value.node.slot);
      return [];
    }
    return value.slots.flatMap((slot): readonly Unnumbered[] => {
      const name = names.find(([, other]) => other === slot)?.[0];
      if (!seen.has(slot) || name === undefined) {
        seen.add(slot);
        return [];
      }
      const slots = value.slots.map((other) => (other === slot ? pattern.slotCount : other));
      const changed = replacedIn(pattern, value, { ...value, slots });
      const freed = withPattern(rule, { ...changed, slotCount: pattern.slotCount + 1 });
      const text = `both \`${name}\` are one value`;
      return [{ clause: { kind: "same-value", text }, broken: freed, dropped: freed }];
    });
  });
}

/** Inner nodes of a rewrite rule: those that it does not replace. */
function ofUses(rule: PatternedRule): readonly Unnumbered[] {
  if (rule.kind === "quantize" || rule.pattern.shared) return [];
  const targets = new Set(rule.replaces.map(({ target }) => rule.pattern.slots.get(target.text)));
  const shared = { ...rule, pattern: { ...rule.pattern, shared: true } };
  return valuesOf(rule.pattern).flatMap(({ node, slots }): readonly Unnumbered[] => {
    if (node === undefined || node.optional) return [];
    const own = [...slots, ...(node.slot === undefined ? [] : [node.slot])];
    const isLeaf = [...(node.ops ?? [])].every((op) => op === "Constant" || op === "Input");
    if ((node.ops && isLeaf) || own.some((slot) => targets.has(slot))) return [];
    const text = `${nameOf(rule.pattern, node.slot)} has no other user`;
    return [
      { clause: { kind: "single-use", text }, broken: shared, dropped: shared, secondUse: node },
    ];
  });
}

/** What a rule calls a node. Names with `#` are our own, for what is said of sizes. */
function nameOf({ slots }: Pattern, slot: number | undefined): string {
  const name = [...slots].find(([text, other]) => other === slot && !text.includes("#"))?.[0];
  return name === undefined ? "a node" : `\`${name}\``;
}

function listed(names: readonly string[]): string {
  return names.length > 4 ? `${names.slice(0, 3).join(" | ")} | …` : names.join(" | ");
}
