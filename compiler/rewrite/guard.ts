import type { AttributePattern, Expression } from "../../grammar/ast.ts";
import type { Node, Value } from "../ir/graph.ts";
import type { GraphView } from "../ir/graph-view.ts";
import type { OpDef, OpTable } from "../ir/op.ts";
import type { Condition } from "./conditions.ts";
import { compileCondition, type Scope } from "./expression.ts";
import {
  layoutOperands,
  type NodePattern,
  opsNamed,
  opsOf,
  type Pattern,
  type ValuePattern,
} from "./pattern.ts";
import { plainConditions } from "./plain-conditions.ts";
import { type Term, Unmet } from "./term.ts";

/**
 * Whether a rule can match at a node, as far as that is told by what its pattern finds in one way only: ops and attributes on the ways
 * from the root to operands that cannot change places, and the conditions that speak of these nodes. Where many rules look at
 * one op nearly every attempt ends here, before anything is allocated.
 */
export type Guard = (root: Node, graph: GraphView) => boolean;

interface Guarded {
  readonly pattern: Pattern;
  readonly conditions: readonly Condition[];
}

const guards = new WeakMap<Guarded, Map<string, Guard>>();

/** The guard of a rule at nodes of an op, found once. */
export function guardOf(rule: Guarded, op: string, ops: OpTable): Guard {
  const ofRule = guards.get(rule) ?? new Map<string, Guard>();
  guards.set(rule, ofRule);
  const known = ofRule.get(op) ?? compileGuard(rule, ops.get(op)!, ops);
  ofRule.set(op, known);
  return known;
}

function compileGuard({ pattern, conditions }: Guarded, op: OpDef, ops: OpTable): Guard {
  const [first] = pattern.chains;
  if (first === undefined) return () => true;
  if (!canBe(first.root, op)) return () => false;
  const survey: Survey = { ops, tests: [], ways: new Map() };
  surveyValue(first.root, [], [op], survey);
  const { tests, ways } = survey;
  const named = new Map<string, Way>();
  for (const [name, slot] of pattern.slots) if (ways.has(slot)) named.set(name, ways.get(slot)!);
  const plain = plainConditions(conditions, (name) => named.has(name), ops);
  if (plain.length > 0) tests.push(conditionTest(plain, new Place(pattern, ops, named)));
  return (root, graph) => {
    for (const test of tests) if (!test(root, graph)) return false;
    return true;
  };
}

/** Whether a node of an op can be the root. */
function canBe(root: ValuePattern, { name }: OpDef): boolean {
  return opsOf(root)?.has(name) ?? (root.node?.optional !== false || name !== "Constant");
}

/** The ops that the first operand of a node must have for a rule to match there; `undefined` where any will do. */
export function firstOperandOf(
  { pattern: { chains } }: Guarded,
  op: OpDef,
): ReadonlySet<string> | undefined {
  const node = chains[0]?.root.node;
  const first = node?.input?.node;
  return node === undefined ||
    node.optional ||
    first === undefined ||
    first.optional ||
    mayTurn(node, op)
    ? undefined
    : first.ops;
}

/** From the root: by which operand each time. */
type Way = readonly number[];

/** What is found of a pattern. */
interface Survey {
  readonly ops: OpTable;
  readonly tests: Guard[];
  /** By slot. */
  readonly ways: Map<number, Way>;
}

/** @param ops that a node may have there, if that is known */
function surveyValue(
  { slots, node, group }: ValuePattern,
  way: Way,
  ops: readonly OpDef[] | undefined,
  survey: Survey,
): void {
  for (const slot of slots) survey.ways.set(slot, way);
  if (group || node === undefined || node.optional) return;
  if (node.slot !== undefined) survey.ways.set(node.slot, way);
  if (way.length > 0) survey.tests.push(opTest(way, node.ops));
  for (const attribute of node.attributes) {
    const test = attributeTest(way, attribute);
    if (test) survey.tests.push(test);
  }
  if (ops?.some((op) => mayTurn(node, op))) survey.tests.push(...operandTests(way, node));
  else if (ops) surveyOperands(node, way, ops, survey);
}

/** Whether the first two operands may change places. */
function mayTurn({ ordered }: NodePattern, { traits }: OpDef): boolean {
  return !ordered && traits.includes("commutative");
}

/** Goes on to operands that are in the same place for all ops. */
function surveyOperands(node: NodePattern, way: Way, ops: readonly OpDef[], survey: Survey): void {
  const go = (pattern: ValuePattern, at: number) =>
    surveyValue(pattern, [...way, at], opsIn(pattern, survey.ops), survey);
  if (node.input) go(node.input, 0);
  const layouts = ops.map((op) => layoutOperands(node, op)?.fixed ?? []);
  for (const { at, spec } of layouts[0]!)
    if (
      at >= 0 &&
      !spec.optional &&
      layouts.every((fixed) => fixed.some((one) => one.at === at && one.spec === spec))
    )
      go(spec.pattern, at);
}

function opsIn({ node }: ValuePattern, ops: OpTable): readonly OpDef[] | undefined {
  return node?.ops && [...node.ops].flatMap((name) => ops.get(name) ?? []);
}

function nodeAt(way: Way, root: Node, graph: GraphView): Node | undefined {
  let node = root;
  for (const at of way) {
    const operand = node.operands[at];
    if (operand === undefined) return undefined;
    node = graph.node(operand.node);
  }
  return node;
}

function opTest(way: Way, wanted: ReadonlySet<string> | undefined): Guard {
  return (root, graph) => {
    const node = nodeAt(way, root, graph);
    return node !== undefined && (wanted?.has(node.op) ?? node.op !== "Constant");
  };
}

/** That the operands, in whatever order, have the ops that are listed. */
function operandTests(way: Way, { input, operands = [] }: NodePattern): readonly Guard[] {
  const listed = operands.flatMap(({ spread, optional, pattern }) =>
    spread || optional ? [] : [pattern],
  );
  return [...(input ? [input] : []), ...listed].flatMap(({ node }) =>
    node?.ops && !node.optional ? [anyOperandTest(way, node.ops)] : [],
  );
}

function anyOperandTest(way: Way, wanted: ReadonlySet<string>): Guard {
  return (root, graph) => {
    for (const operand of nodeAt(way, root, graph)?.operands ?? [])
      if (operand && wanted.has(graph.node(operand.node).op)) return true;
    return false;
  };
}

/** Of an attribute that is to be one number, word or truth value. */
function attributeTest(way: Way, { name, value, comparison, most }: AttributePattern) {
  const isOne = value.kind === "number" || value.kind === "string" || value.kind === "boolean";
  if (!isOne || most !== undefined || (comparison ?? "==") !== "==") return undefined;
  return (root: Node, graph: GraphView) =>
    nodeAt(way, root, graph)?.attributes[name.text] === value.value;
}

function conditionTest(plain: readonly Expression[], place: Place): Guard {
  const conditions = plain.map(compileCondition);
  return (root, graph) => {
    place.root = root;
    place.graph = graph;
    try {
      for (const holds of conditions) if (!holds(place)) return false;
      return true;
    } catch (error) {
      if (error instanceof Unmet) return false;
      throw error;
    }
  };
}

/** What the names of a rule stand for at a root. */
class Place implements Scope {
  readonly ops: OpTable;
  readonly #pattern: Pattern;
  readonly #ways: ReadonlyMap<string, Way>;
  root!: Node;
  graph!: GraphView;

  constructor(pattern: Pattern, ops: OpTable, ways: ReadonlyMap<string, Way>) {
    this.#pattern = pattern;
    this.ops = ops;
    this.#ways = ways;
  }

  lookup(name: string): Term | undefined {
    const way = this.#ways.get(name);
    const value = way && this.#valueAt(way);
    return value && { kind: "value", value };
  }

  opsNamed(name: string): ReadonlySet<string> | undefined {
    return opsNamed(name, this.ops, this.#pattern.sets);
  }

  #valueAt(way: Way): Value | undefined {
    let value: Value | undefined = { node: this.root.id, output: 0 };
    let node = this.root;
    for (const at of way) {
      value = node.operands[at];
      if (value === undefined) return undefined;
      node = this.graph.node(value.node);
    }
    return value;
  }
}
