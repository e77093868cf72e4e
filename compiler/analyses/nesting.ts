import { joined, type Part, type Requirement } from "./relax.ts";
import type { RewriteTerms } from "./replacement-terms.ts";
import type { TermId } from "./terms.ts";

/** For each op by how much it multiplies what it reads; 1 for one that is not there. */
export type Factors = ReadonlyMap<string, number>;

/** Factors are 2 to the power of a level, which is no higher than this. */
const highestLevel = 8;
const mostAssignments = 64;

/**
 * Factors under which moving an op outwards can make a graph smaller: an op that others pass is of a higher level than they are.
 * None if two ops pass each other.
 */
export function factorsFor(rewrites: readonly RewriteTerms[]): Factors | undefined {
  const above = new Map<string, Set<string>>();
  for (const rewrite of rewrites) {
    const { terms, replaced, built, nodes } = rewrite;
    if (!keepsWeight(rewrite)) continue;
    for (const { target, result } of replaced) {
      if (!built.has(result)) continue;
      const outer = terms.term(target).ops ?? new Set();
      const moved = [...(terms.term(result).ops ?? [])].filter((op) =>
        nodes.some((id) => terms.find(id) !== terms.find(target) && terms.term(id).ops?.has(op)),
      );
      for (const passed of outer)
        for (const op of moved)
          if (op !== passed) above.set(passed, (above.get(passed) ?? new Set()).add(op));
    }
  }
  const levels = levelsOf(above);
  return levels && new Map([...levels].map(([op, level]) => [op, 2 ** level]));
}

/** Whether the nodes stay the same and only move, so that without factors nothing becomes smaller. */
function keepsWeight(rewrite: RewriteTerms): boolean {
  return smallerValues(rewrite, new Map())?.some(({ parts }) => parts.length === 0) ?? false;
}

/** The longest way down from each; none if a way leads back to where it began. */
function levelsOf(
  above: ReadonlyMap<string, ReadonlySet<string>>,
): Map<string, number> | undefined {
  const levels = new Map<string, number>();
  for (let round = 0; round <= highestLevel; round++) {
    let isStable = true;
    for (const [op, others] of above) {
      const level = 1 + Math.max(...[...others].map((other) => levels.get(other) ?? 0));
      if (level === (levels.get(op) ?? 0)) continue;
      levels.set(op, level);
      isStable = false;
    }
    if (isStable) return levels;
  }
  return undefined;
}

/**
 * That a rule makes every value smaller that it replaces, where a value is the weight of its op plus a multiple of what it reads.
 * `undefined` if no weights can do it: more of an operand is read, or deeper inside.
 */
export function smallerValues(
  rewrite: RewriteTerms,
  factors: Factors,
): readonly Requirement[] | undefined {
  const groups = groupsOf(rewrite);
  const requirements: Requirement[] = [];
  for (const assigned of assignments(groups, factors)) {
    for (const { target, result } of rewrite.replaced) {
      const difference = emptySum();
      addValue(difference, rewrite, target, 1, assigned);
      addValue(difference, rewrite, result, -1, assigned);
      if ([...difference.variables.values()].some((times) => times < 0)) return undefined;
      requirements.push(joined(partsOf(difference, assigned)));
    }
  }
  return requirements;
}

/** The nodes whose op may be one of several, those that have one op as one; each with these ops. */
function groupsOf({ terms, nodes, built }: RewriteTerms): ReadonlyMap<TermId, readonly string[]> {
  const groups = new Map<TermId, readonly string[]>();
  for (const id of [...nodes, ...built.keys()]) {
    const like = terms.find(built.get(id)?.same ?? id);
    groups.set(like, [...(terms.term(like).ops ?? terms.ops.keys())]);
  }
  return groups;
}

/** For each group a factor, and the ops that have it. */
type Assignment = ReadonlyMap<TermId, { readonly factor: number; readonly ops: readonly string[] }>;

function assignments(
  groups: ReadonlyMap<TermId, readonly string[]>,
  factors: Factors,
): readonly Assignment[] {
  let all: Assignment[] = [new Map()];
  for (const [id, ops] of groups) {
    const byFactor = Map.groupBy(ops, (op) => factors.get(op) ?? 1);
    const next = all.flatMap((assigned) =>
      [...byFactor].map(([factor, ops]) => new Map([...assigned, [id, { factor, ops }]])),
    );
    if (next.length > mostAssignments) return [];
    all = next;
  }
  return all;
}

/** A sum of weights of groups and of values of which nothing is known. */
interface ValueSum {
  readonly weights: Map<TermId, number>;
  readonly variables: Map<TermId, number>;
}

function emptySum(): ValueSum {
  return { weights: new Map(), variables: new Map() };
}

function addValue(
  sum: ValueSum,
  { terms, built }: RewriteTerms,
  start: TermId,
  times: number,
  assigned: Assignment,
): void {
  const open = [{ id: terms.find(start), times }];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    const { operands, ops } = terms.term(at.id);
    if (ops?.has("Constant") && ops.size === 1) continue;
    if (operands.size === 0) {
      sum.variables.set(at.id, (sum.variables.get(at.id) ?? 0) + at.times);
      continue;
    }
    const group = terms.find(built.get(at.id)?.same ?? at.id);
    sum.weights.set(group, (sum.weights.get(group) ?? 0) + at.times);
    const { factor } = assigned.get(group)!;
    for (const operand of operands.values())
      open.push({ id: terms.find(operand), times: at.times * factor });
  }
}

function partsOf({ weights }: ValueSum, assigned: Assignment): readonly Part[] {
  return [...weights]
    .filter(([, times]) => times !== 0)
    .map(([id, times]) => ({
      alternatives: assigned.get(id)!.ops.map((op) => new Map([[op, times]])),
    }));
}
