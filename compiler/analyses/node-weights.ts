import type { Expression } from "../../grammar/ast.ts";
import { implies } from "../../grammar/check/constraints/implies.ts";
import { printExpression } from "../../grammar/print.ts";
import { deletedNodes } from "./deleted-nodes.ts";
import { joined, type Part, type Requirement, type Sum } from "./relax.ts";
import type { RewriteTerms } from "./replacement-terms.ts";
import { statementsOf } from "./statements.ts";
import type { TermId } from "./terms.ts";
import { type Literal, literalOf, usualValue } from "./written-attribute.ts";

/** Nodes of no weight: the ends of a graph. */
export const weightless: ReadonlySet<string> = new Set(["Constant", "Input"]);

/** An attribute with a value, or with any other one: such nodes can weigh more than others of their op. */
export interface Mark {
  readonly op: string;
  readonly attribute: string;
  readonly value: Literal;
  readonly isOther: boolean;
  /** The value as it is written. */
  readonly written: Expression;
}

/** All marks that count. */
export type MarksByOp = ReadonlyMap<string, readonly Mark[]>;

/** The name of the weight of a mark. */
export function markName({ op, attribute, isOther, written }: Mark): string {
  return `${op} { ${attribute}: ${isOther ? "!= " : ""}${printExpression(written)} }`;
}

/**
 * That a rule makes a graph lighter, where each op has a weight and nodes with certain attributes have one more: what is sure to be
 * deleted must weigh more than what is built.
 */
export function lighterGraph(rewrite: RewriteTerms, marks: MarksByOp): readonly Requirement[] {
  const deleted = deletedNodes(rewrite);
  const fewest = new Set([...deleted].filter((id) => !hasTwin(rewrite, id, deleted)));
  // Two nodes of a pattern may be one of the graph, which goes once.
  const ways = fewest.size === deleted.size ? [deleted] : [deleted, fewest];
  return ways.map((gone) => joined(partsOf(rewrite, gone, marks)));
}

/** Whether another node that is deleted, and that comes before it, can be the same node of a graph. */
function hasTwin({ terms }: RewriteTerms, id: TermId, among: ReadonlySet<TermId>): boolean {
  const { ops } = terms.term(id);
  for (const other of among) {
    if (other === id) return false;
    const otherOps = terms.term(other).ops;
    const mayBe = !ops || !otherOps || [...ops].some((op) => otherOps.has(op));
    if (mayBe && !isAbove(terms, id, other) && !isAbove(terms, other, id)) return true;
  }
  return false;
}

function isAbove(terms: RewriteTerms["terms"], id: TermId, below: TermId): boolean {
  const open = [below];
  const seen = new Set(open);
  for (let at = open.pop(); at !== undefined; at = open.pop())
    for (const operand of terms.term(at).operands.values()) {
      const next = terms.find(operand);
      if (next === id) return true;
      if (!seen.has(next)) open.push(next);
      seen.add(next);
    }
  return false;
}

/** Nodes that have one op, whichever it is, count as one part: what the one has lost the other may have got. */
function partsOf(
  rewrite: RewriteTerms,
  deleted: ReadonlySet<TermId>,
  marks: MarksByOp,
): readonly Part[] {
  const { terms, built } = rewrite;
  const groups = new Map<TermId | string, Counted[]>();
  const count = (id: TermId, times: number) => {
    const like = terms.find(built.get(id)?.same ?? id);
    const [op, ...others] = terms.term(like).ops ?? [];
    const key = op !== undefined && others.length === 0 ? op : like;
    groups.set(key, [...(groups.get(key) ?? []), { id, times }]);
  };
  for (const id of deleted) count(id, 1);
  for (const id of built.keys()) count(id, -1);
  return [...groups].flatMap(([like, nodes]) => {
    const ops = typeof like === "string" ? [like] : terms.term(like).ops;
    const sums = [...(ops ?? terms.ops.keys())]
      .filter((op) => !weightless.has(op))
      .map((op) => sumOf(op, nodes, rewrite, marks));
    return sums.length === 0 || sums.every((sum) => sum.size === 0) ? [] : [{ alternatives: sums }];
  });
}

interface Counted {
  readonly id: TermId;
  readonly times: number;
}

function sumOf(
  op: string,
  nodes: readonly Counted[],
  rewrite: RewriteTerms,
  marks: MarksByOp,
): Sum {
  const sum = new Map<string, number>();
  const total = nodes.reduce((all, { times }) => all + times, 0);
  if (total !== 0) sum.set(op, total);
  for (const mark of marks.get(op) ?? []) {
    const marked = markedOf(nodes, rewrite, mark);
    if (marked !== 0) sum.set(markName(mark), marked);
  }
  return sum;
}

/** How many marked nodes go, less those that come. Where it is not known what has the mark, the worst is. */
function markedOf(nodes: readonly Counted[], rewrite: RewriteTerms, mark: Mark): number {
  let known = 0;
  const unknown = new Map<TermId, number>();
  for (const { id, times } of nodes) {
    const has = hasMark(rewrite, id, mark);
    if (has === true) known += times;
    else if (has !== false) unknown.set(has, (unknown.get(has) ?? 0) + times);
  }
  return [...unknown.values()].reduce((sum, times) => sum + Math.min(0, times), known);
}

/** Whether a node has a mark; where the rule does not say, the node that decides it. */
function hasMark(rewrite: RewriteTerms, start: TermId, mark: Mark): boolean | TermId {
  const { terms, built } = rewrite;
  const { attribute, value, isOther } = mark;
  const hasValue = (literal: Literal | undefined) => (literal === value) !== isOther;
  let id = start;
  for (let made = built.get(id); made !== undefined; made = built.get(id)) {
    const field = made.fields.get(attribute);
    if (field !== undefined) {
      const literal = literalOf(field);
      return literal === undefined ? id : hasValue(literal);
    }
    const carrier = made.carriers.at(-1);
    if (carrier === undefined) return hasValue(usualValue(terms.ops.get(mark.op), attribute));
    id = carrier;
  }
  const wanted = terms.term(id).attributes.find(({ name }) => name.text === attribute);
  const literal = wanted && !wanted.most && literalOf(wanted.value);
  const comparison = wanted?.comparison ?? "==";
  if (literal !== undefined && comparison === "==") return hasValue(literal);
  if (literal === value && comparison === "!=") return isOther;
  if (isOther && isStated(rewrite, id, mark)) return true;
  return terms.find(id);
}

/** Whether it follows from what the rule says that a matched node has another value. */
function isStated({ rule, names, terms }: RewriteTerms, id: TermId, mark: Mark): boolean {
  const { attribute, written } = mark;
  const { span } = written;
  const node = terms.find(id);
  const called = [...names].find(
    ([, bound]) => typeof bound === "number" && terms.find(bound) === node,
  );
  if (called === undefined) return false;
  const object: Expression = { kind: "name", name: { text: called[0], span }, span };
  const left: Expression = { kind: "member", object, name: { text: attribute, span }, span };
  const condition: Expression = { kind: "binary", operator: "!=", left, right: written, span };
  return implies(statementsOf(rule), { steps: [], lets: [], conditions: [condition] });
}

/**
 * The marks that some rule takes away: for each attribute of a new node that is written out what was asked of it, by its rule or by
 * another one, or that it was something else.
 */
export function marksOf(rewrites: readonly RewriteTerms[]): MarksByOp {
  const marks = new Map<string, Mark>();
  for (const rewrite of rewrites)
    for (const mark of marksIn(rewrite)) marks.set(markName(mark), mark);
  for (const mark of marksBetween(rewrites)) marks.set(markName(mark), mark);
  return Map.groupBy(marks.values(), ({ op }) => op);
}

/** What a rule asks of a node, where another rule builds such a node with something else. */
function* marksBetween(rewrites: readonly RewriteTerms[]): Generator<Mark> {
  const given = new Map<string, Set<Literal>>();
  for (const { terms, built } of rewrites)
    for (const [id, { fields }] of built)
      for (const [attribute, field] of fields) {
        const literal = literalOf(field);
        if (literal === undefined) continue;
        for (const op of terms.term(id).ops ?? []) {
          const key = `${op}.${attribute}`;
          given.set(key, (given.get(key) ?? new Set()).add(literal));
        }
      }
  for (const { terms, nodes } of rewrites)
    for (const node of nodes)
      for (const { name, value, comparison = "==", most } of terms.term(node).attributes) {
        const asked = literalOf(value);
        if (asked === undefined || comparison !== "==" || most) continue;
        for (const op of terms.term(node).ops ?? []) {
          const others = given.get(`${op}.${name.text}`);
          if (others && [...others].some((other) => other !== asked))
            yield { op, attribute: name.text, value: asked, isOther: false, written: value };
        }
      }
}

function* marksIn(rewrite: RewriteTerms): Generator<Mark> {
  const { terms, built, nodes } = rewrite;
  for (const [id, { fields }] of built)
    for (const [attribute, field] of fields) {
      const given = literalOf(field);
      if (given === undefined) continue;
      const ops = [...(terms.term(id).ops ?? [])];
      for (const node of nodes) {
        for (const { name, value } of terms.term(node).attributes) {
          const asked = literalOf(value);
          if (name.text !== attribute || asked === undefined || asked === given) continue;
          for (const op of ops)
            yield { op, attribute, value: asked, isOther: false, written: value };
        }
        for (const op of ops) {
          const mark = { op, attribute, value: given, isOther: true, written: field };
          if (terms.term(node).ops?.has(op) && hasMark(rewrite, node, mark) === true) yield mark;
        }
      }
    }
}
