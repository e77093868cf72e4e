import type { Expression, RequireClause } from "../../grammar/ast.ts";

/** The conditions that must all hold: the parts of `a && b` in every `require`. */
export function conjuncts(clauses: readonly { readonly kind: string }[]): readonly Expression[] {
  const open = clauses
    .filter((clause): clause is RequireClause => clause.kind === "require")
    .map(({ condition }) => condition)
    .reverse();
  const found: Expression[] = [];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (next.kind === "binary" && next.operator === "&&") open.push(next.right, next.left);
    else found.push(next);
  }
  return found;
}
