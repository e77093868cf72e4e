import type {
  Expression,
  LetClause,
  QuantizeItem,
  RequireClause,
  RewriteItem,
} from "../../grammar/ast.ts";
import type { OpTable } from "../ir/op.ts";
import { compilePattern, type OpSets, type Pattern } from "./pattern.ts";
import type { PatternRule, QuantizeRule } from "./rule.ts";

/** What a rule's file knows besides the rule. */
export interface RuleScope {
  readonly ops: OpTable;
  readonly sets: OpSets;
  readonly quantizers: ReadonlyMap<string, Expression>;
  /** Imports between the root file and this one. */
  readonly distance: number;
}

/** A checked `rewrite` item as a rule that the driver applies. */
export function compileRewrite(item: RewriteItem, scope: RuleScope): PatternRule {
  const parts = compileParts(item, scope);
  const preserve = item.clauses.find((clause) => clause.kind === "preserve");
  return {
    kind: "rewrite",
    item,
    ...parts,
    optional: item.optional,
    replaces: item.clauses.filter((clause) => clause.kind === "replace"),
    contract: preserve?.contract ?? { kind: "reals" },
    before: item.clauses.flatMap((clause) =>
      clause.kind === "before" ? clause.rules.map(({ text }) => text) : [],
    ),
  };
}

/** A checked `quantize` item as a rule that annotation applies. */
export function compileQuantize(item: QuantizeItem, scope: RuleScope): QuantizeRule {
  return {
    kind: "quantize",
    item,
    ...compileParts(item, scope),
    optional: item.optional,
    override: item.override,
    quantizers: scope.quantizers,
  };
}

function compileParts(item: RewriteItem | QuantizeItem, { ops, sets, distance }: RuleScope) {
  const clauses: readonly (RewriteItem | QuantizeItem)["clauses"][number][] = item.clauses;
  const conditions = clauses.filter(
    (clause): clause is RequireClause | LetClause =>
      clause.kind === "require" || clause.kind === "let",
  );
  const lets = conditions.flatMap((clause) => (clause.kind === "let" ? [clause.name.text] : []));
  const matches = clauses.filter((clause) => clause.kind === "match");
  const pattern = compilePattern(matches, lets, ops, sets);
  const roots = rootsOf(pattern);
  return {
    name: item.name.text,
    doc: item.doc ?? "",
    span: item.name.span,
    distance,
    pattern,
    conditions,
    ...(roots && { roots }),
  };
}

function rootsOf({ chains }: Pattern): ReadonlySet<string> | undefined {
  return chains[0]?.root.node?.ops;
}
