import type { PatternRule } from "../rewrite/rule.ts";
import { conjuncts } from "./conjuncts.ts";
import type { RewriteTerms } from "./replacement-terms.ts";
import type { TermId } from "./terms.ts";

/**
 * The nodes that a rewrite is sure to delete: what it replaces, unless the replacement reads it, and nodes inside the match that only
 * such nodes read.
 */
export function deletedNodes(rewrite: RewriteTerms): ReadonlySet<TermId> {
  const { terms, nodes, replaced, built } = rewrite;
  const find = (id: TermId) => terms.find(id);
  const operands = (id: TermId) => [...terms.term(id).operands.values()].map(find);
  const kept = new Set([
    ...replaced.map(({ result }) => find(result)),
    ...[...built.keys()].flatMap(operands),
  ]);
  const targets = replaced.map(({ target }) => find(target));
  const deleted = new Set(targets.filter((id) => !kept.has(id)));
  const matched = [...new Set(nodes.map(find))];
  const inside = matched.filter((id) => !kept.has(id) && !targets.includes(id));
  const single = singleUse(rewrite, inside);
  for (let grows = true; grows; ) {
    grows = false;
    for (const id of single) {
      const users = matched.filter((user) => operands(user).includes(id));
      if (deleted.has(id) || users.length === 0 || !users.every((user) => deleted.has(user)))
        continue;
      deleted.add(id);
      grows = true;
    }
  }
  return deleted;
}

/** The nodes inside a match that nothing outside of it reads. */
function singleUse(
  { rule, names, terms }: RewriteTerms,
  inside: readonly TermId[],
): readonly TermId[] {
  if (!rule.pattern.shared) return inside;
  const sole = solelyUsed(rule).map((name) => names.get(name));
  const ids = new Set(
    sole.flatMap((bound) => (typeof bound === "number" ? [terms.find(bound)] : [])),
  );
  return inside.filter((id) => ids.has(id));
}

/** The names in `require sole(name)`. */
function solelyUsed({ item }: PatternRule): readonly string[] {
  return conjuncts(item.clauses).flatMap((condition) => {
    if (condition.kind !== "call" || condition.callee.text !== "sole") return [];
    const value = condition.arguments[0]?.value;
    return value?.kind === "name" ? [value.name.text] : [];
  });
}
