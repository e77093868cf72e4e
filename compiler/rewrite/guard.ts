import type { AttributePattern } from "../../grammar/ast.ts";
import type { Node } from "../ir/graph.ts";
import type { GraphView } from "../ir/graph-view.ts";
import type { OpDef, OpTable } from "../ir/op.ts";
import { conditionTest, Place } from "./condition-test.ts";
import type { Condition } from "./conditions.ts";
import {
  layoutOperands,
  type NodePattern,
  opsOf,
  type Pattern,
  type ValuePattern,
} from "./pattern.ts";
import { plainConditions } from "./plain-conditions.ts";
import {
  listQuestion,
  nodeAt,
  plainValue,
  type Question,
  type RootTest,
  type Way,
} from "./root-test.ts";
import { sizeNames } from "./weight-sizes.ts";

/** Whether a rule can match at a node: all its tests hold. */
export type Guard = (root: Node, graph: GraphView) => boolean;

/** What there is of a rule that is tested. */
export interface Guarded {
  readonly pattern: Pattern;
  readonly conditions: readonly Condition[];
}

/** Whether a rule can match at a node. */
export function canMatchAt(rule: Guarded, root: Node, graph: GraphView, ops: OpTable): boolean {
  return allHoldAt(rootTestsOf(rule, root.op, ops), root, graph);
}

/** That all of them hold. */
export function guardOfTests(tests: readonly RootTest[]): Guard {
  return (root, graph) => allHoldAt(tests, root, graph);
}

function allHoldAt(tests: readonly RootTest[], root: Node, graph: GraphView): boolean {
  for (const { holds } of tests) if (!holds(root, graph)) return false;
  return true;
}

const testsOf = new WeakMap<Guarded, Map<string, readonly RootTest[]>>();

/**
 * What must hold at a node of an op for a rule to match there, as far as that is told by what its pattern finds in one way only: ops
 * and attributes on the ways from the root to operands that cannot change places, and the conditions that speak of these nodes.
 * Where many rules look at one op nearly every attempt ends here, before anything is allocated. Found once.
 */
export function rootTestsOf(rule: Guarded, op: string, ops: OpTable): readonly RootTest[] {
  const ofRule = testsOf.get(rule) ?? new Map<string, readonly RootTest[]>();
  testsOf.set(rule, ofRule);
  const known = ofRule.get(op) ?? findTests(rule, ops.get(op)!, ops);
  ofRule.set(op, known);
  return known;
}

function findTests({ pattern, conditions }: Guarded, op: OpDef, ops: OpTable): readonly RootTest[] {
  const [first] = pattern.chains;
  if (first === undefined) return [];
  if (!canBe(first.root, op)) return [{ holds: () => false }];
  const survey: Survey = { ops, tests: [], ways: new Map() };
  surveyValue(first.root, [], [op], survey);
  const named = new Map<string, Way>();
  for (const [name, slot] of pattern.slots) {
    const way = survey.ways.get(slot);
    if (way) named.set(name, way);
  }
  const place = new Place(pattern, ops, named);
  const plain = plainConditions(conditions, (name) => named.has(name), ops);
  return [...survey.tests, ...plain.map((condition) => conditionTest(condition, place))];
}

/** Whether a node of an op can be the root. */
function canBe(root: ValuePattern, { name }: OpDef): boolean {
  return opsOf(root)?.has(name) ?? (root.node?.optional !== false || name !== "Constant");
}

/** What is found of a pattern. */
interface Survey {
  readonly ops: OpTable;
  readonly tests: RootTest[];
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

function opTest(way: Way, wanted: ReadonlySet<string> | undefined): RootTest {
  if (wanted === undefined)
    return {
      holds: (root, graph) => (nodeAt(way, root, graph)?.op ?? "Constant") !== "Constant",
    };
  const ask: Question["ask"] = (root, graph) => nodeAt(way, root, graph)?.op;
  return asking({ key: `op of ${way}`, ask, accepted: wanted, isAll: true });
}

function asking(question: Question): RootTest {
  const { ask, accepted } = question;
  return { question, holds: (root, graph) => accepted.has(ask(root, graph)) };
}

/** That the operands, in whatever order, have the ops that are listed. */
function operandTests(way: Way, { input, operands = [] }: NodePattern): readonly RootTest[] {
  const listed = operands.flatMap(({ spread, optional, pattern }) =>
    spread || optional ? [] : [pattern],
  );
  return [...(input ? [input] : []), ...listed].flatMap(({ node }) =>
    node?.ops && !node.optional ? [anyOperandTest(way, node.ops)] : [],
  );
}

function anyOperandTest(way: Way, wanted: ReadonlySet<string>): RootTest {
  const holds: Guard = (root, graph) => {
    for (const operand of nodeAt(way, root, graph)?.operands ?? [])
      if (operand && wanted.has(graph.node(operand.node).op)) return true;
    return false;
  };
  return { holds };
}

/** Of an attribute that is to be one number, word or truth value, or a list of these. */
function attributeTest(way: Way, pattern: AttributePattern): RootTest | undefined {
  const { name, value, comparison, most } = pattern;
  const wanted = sizeNames.has(name.text) ? undefined : plainValue(value);
  if (wanted === undefined || most !== undefined || (comparison ?? "==") !== "==") return undefined;
  const question: Question = {
    key: `${name.text} of ${way}`,
    ask: (root, graph) => nodeAt(way, root, graph)?.attributes[name.text],
    accepted: new Set([wanted]),
    isAll: true,
  };
  return asking(Array.isArray(wanted) ? listQuestion(question) : question);
}
