interface Rooted {
  readonly roots?: ReadonlySet<string>;
}

/** The rules for an op. */
export type Index<Rule> = (op: string) => readonly Rule[];

/** Of lists that were looked at before: the same rules are applied to many graphs. */
const indexes = new WeakMap<readonly Rooted[], Index<Rooted>>();

/** The rules that may start at a node of an op, in the order given; found once for each op. */
export function rulesByOp<Rule extends Rooted>(rules: readonly Rule[]): Index<Rule> {
  const known = (indexes.get(rules) as Index<Rule> | undefined) ?? indexed(rules);
  indexes.set(rules, known as Index<Rooted>);
  return known;
}

function indexed<Rule extends Rooted>(rules: readonly Rule[]): Index<Rule> {
  const byOp = new Map<string, readonly Rule[]>();
  return (op) => {
    const known = byOp.get(op);
    if (known) return known;
    const fitting = rules.filter(({ roots }) => roots === undefined || roots.has(op));
    byOp.set(op, fitting);
    return fitting;
  };
}
