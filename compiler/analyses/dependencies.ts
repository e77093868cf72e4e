import type { PatternRule } from "../rewrite/rule.ts";
import { deletedNodes } from "./deleted-nodes.ts";
import type { Instance } from "./instance.ts";
import type { RewriteTerms } from "./replacement-terms.ts";
import { type TermId, Terms } from "./terms.ts";
import { type Choose, deadEnd, eachWay } from "./ways.ts";
import { excludes } from "./written-attribute.ts";

/** A rewrite rule with the ways in which it can be applied. */
export interface RuleTerms {
  readonly rule: PatternRule;
  readonly rewrites: readonly RewriteTerms[];
  /** There are no other ways. */
  readonly isComplete: boolean;
}

/** How many ways of laying two patterns over each other are tried for one pair of nodes. */
const mostOverlaps = 32;

/**
 * Whether a rule can make a place for another one: something that it builds, a value that it gives new readers, or one that it takes
 * readers from, can take part in a match.
 */
export function enables(first: RuleTerms, second: RuleTerms): boolean {
  if (!first.isComplete || !second.isComplete || asksAround(second.rule)) return true;
  return first.rewrites.some((rewrite) => {
    const changes = changesOf(rewrite);
    return second.rewrites.some((other) => canMeet(rewrite, changes, other));
  });
}

/** What a match of the other rule must contain one of. */
export interface Changes {
  /** These may be anywhere in a match. */
  readonly anywhere: readonly TermId[];
  /** These are read by other nodes of the match. */
  readonly inside: readonly TermId[];
}

/** What a rewrite changes that a match may contain. */
export function changesOf(rewrite: RewriteTerms): Changes {
  const { terms, replaced, built } = rewrite;
  const isConstant = (id: TermId) => [...(terms.term(id).ops ?? [])].join() === "Constant";
  const anywhere = [...built.keys()].filter((id) => !isConstant(id));
  const existing = replaced.map(({ result }) => result).filter((id) => !built.has(id));
  return { anywhere, inside: [...existing, ...lessRead(rewrite)] };
}

/** The values that are read less often afterwards. */
function lessRead(rewrite: RewriteTerms): readonly TermId[] {
  const { terms, replaced, built } = rewrite;
  const deleted = deletedNodes(rewrite);
  const uses = new Map<TermId, number>();
  const count = (id: TermId, times: number) => {
    const found = terms.find(id);
    uses.set(found, (uses.get(found) ?? 0) + times);
  };
  for (const id of deleted)
    for (const operand of terms.term(id).operands.values()) count(operand, -1);
  for (const id of built.keys())
    for (const operand of terms.term(id).operands.values()) count(operand, 1);
  for (const { result } of replaced) count(result, 1);
  return [...uses].flatMap(([id, times]) => (times < 0 && !deleted.has(id) ? [id] : []));
}

function canMeet(rewrite: RewriteTerms, { anywhere, inside }: Changes, other: Instance): boolean {
  return (
    anywhere.some((id) =>
      other.nodes.some(
        (node) =>
          !excludes(rewrite, id, other.terms.term(node).attributes) &&
          overlaps(rewrite, id, other, node),
      ),
    ) || inside.some((id) => innerNodes(other).some((node) => overlaps(rewrite, id, other, node)))
  );
}

/** The nodes of a pattern that others of it read. */
function innerNodes({ terms, nodes }: Instance): readonly TermId[] {
  const read = new Set(
    nodes.flatMap((id) => [...terms.term(id).operands.values()].map((o) => terms.find(o))),
  );
  return nodes.filter((id) => read.has(terms.find(id)));
}

function overlaps(rewrite: RewriteTerms, id: TermId, other: Instance, node: TermId): boolean {
  if (!shareOps(rewrite.terms.term(id).ops, other.terms.term(node).ops)) return false;
  return (
    eachWay((choose) => overlay(rewrite, id, other, node, choose), mostOverlaps).results.length > 0
  );
}

/** Both graphs in one, with two of their values as one. */
export function overlay(
  first: Pick<Instance, "terms">,
  id: TermId,
  second: Pick<Instance, "terms">,
  node: TermId,
  choose: Choose,
): { readonly terms: Terms; readonly offset: number } {
  const terms = new Terms(first.terms.ops);
  terms.adopt(first.terms);
  const offset = terms.adopt(second.terms);
  terms.unify(id, node + offset, choose);
  if (!terms.isAcyclic()) throw deadEnd;
  return { terms, offset };
}

function shareOps(a: ReadonlySet<string> | undefined, b: ReadonlySet<string> | undefined): boolean {
  if (!a || !b) return true;
  for (const op of a) if (b.has(op)) return true;
  return false;
}

const words = /\b(readers|onlyReadBy|leavesModel|isOutput)\b/;

/** Whether a rule has conditions about what is around a match: anything may make them true. */
export function asksAround({ item, conditions }: PatternRule): boolean {
  if (conditions.some(({ kind }) => kind === "unless" || kind === "every")) return true;
  return item.clauses.some(
    (clause) =>
      clause.kind === "require" &&
      words.test(clause.span.file.text.slice(clause.span.start, clause.span.end)),
  );
}
