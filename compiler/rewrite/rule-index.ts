/** The rules that may start at a node of an op, in the order given; found once for each op. */
export function rulesByOp<Rule extends { readonly roots?: ReadonlySet<string> }>(
  rules: readonly Rule[],
): (op: string) => readonly Rule[] {
  const byOp = new Map<string, readonly Rule[]>();
  return (op) => {
    const known = byOp.get(op);
    if (known) return known;
    const fitting = rules.filter(({ roots }) => roots === undefined || roots.has(op));
    byOp.set(op, fitting);
    return fitting;
  };
}
