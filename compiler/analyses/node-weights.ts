import type { Expression } from "../../grammar/ast.ts";
import { deletedNodes } from "./deleted-nodes.ts";
import { joined, type Part, type Requirement, type Sum } from "./relax.ts";
import type { RewriteTerms } from "./replacement-terms.ts";
import type { TermId } from "./terms.ts";

/** Nodes of no weight: the ends of a graph. */
export const weightless: ReadonlySet<string> = new Set(["Constant", "Input"]);

/** An attribute with a value: nodes that have it can weigh more than others of their op. */
export interface Mark {
  readonly op: string;
  readonly attribute: string;
  readonly value: Literal;
}

export type Literal = number | string | boolean;

/** The name of the weight of a mark. */
export function markName({ op, attribute, value }: Mark): string {
  return `${op} { ${attribute}: ${JSON.stringify(value)} }`;
}

/**
 * That a rule makes a graph lighter, where each op has a weight and nodes with certain attributes have one more: what is sure to be
 * deleted must weigh more than what is built.
 */
export function lighterGraph(
  rewrite: RewriteTerms,
  marks: readonly Mark[],
): readonly Requirement[] {
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

/** Nodes that have one op, whichever it is, count as one part. */
function partsOf(
  rewrite: RewriteTerms,
  deleted: ReadonlySet<TermId>,
  marks: readonly Mark[],
): readonly Part[] {
  const { terms, built } = rewrite;
  const groups = new Map<TermId, Counted[]>();
  const count = (id: TermId, times: number) => {
    const like = terms.find(built.get(id)?.same ?? id);
    groups.set(like, [...(groups.get(like) ?? []), { id, times }]);
  };
  for (const id of deleted) count(id, 1);
  for (const id of built.keys()) count(id, -1);
  return [...groups].flatMap(([like, nodes]) => {
    const sums = [...(terms.term(like).ops ?? terms.ops.keys())]
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
  marks: readonly Mark[],
): Sum {
  const sum = new Map<string, number>();
  const total = nodes.reduce((all, { times }) => all + times, 0);
  if (total !== 0) sum.set(op, total);
  for (const mark of marks) {
    if (mark.op !== op) continue;
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
  const { attribute, value } = mark;
  let id = start;
  for (let made = built.get(id); made !== undefined; made = built.get(id)) {
    const field = made.fields.get(attribute);
    if (field !== undefined) {
      const literal = literalOf(field);
      return literal === undefined ? id : literal === value;
    }
    const carrier = made.carriers.at(-1);
    if (carrier === undefined) {
      return terms.ops.get(mark.op)?.attributes[attribute]?.default === value;
    }
    id = carrier;
  }
  const wanted = terms.term(id).attributes.find(({ name }) => name.text === attribute);
  const literal = wanted && !wanted.most && literalOf(wanted.value);
  if (literal === undefined) return terms.find(id);
  if (wanted?.comparison === undefined || wanted.comparison === "==") return literal === value;
  return wanted.comparison === "!=" && literal === value ? false : terms.find(id);
}

/** The value of an expression that is written out. */
function literalOf(expression: Expression): Literal | undefined {
  const { kind } = expression;
  return kind === "number" || kind === "string" || kind === "boolean"
    ? expression.value
    : undefined;
}

/** The marks that some rule asks for and takes away: for each attribute of a new node that is written out, what was asked of it. */
export function marksOf(rewrites: readonly RewriteTerms[]): readonly Mark[] {
  const marks = new Map<string, Mark>();
  for (const { terms, built, nodes } of rewrites)
    for (const [id, { fields }] of built)
      for (const [attribute, field] of fields) {
        const given = literalOf(field);
        if (given === undefined) continue;
        for (const node of nodes)
          for (const { name, value } of terms.term(node).attributes) {
            const asked = literalOf(value);
            if (name.text !== attribute || asked === undefined || asked === given) continue;
            for (const op of terms.term(id).ops ?? []) {
              const mark = { op, attribute, value: asked };
              marks.set(markName(mark), mark);
            }
          }
      }
  return [...marks.values()];
}
