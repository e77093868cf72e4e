import type {
  Expression,
  MatchClause,
  PatternItem,
  QuantizeItem,
  RewriteItem,
} from "../../grammar/ast.ts";
import { stepsOf } from "../../grammar/check/steps.ts";
import { expandRule } from "../../grammar/index.ts";
import { configOfUsing } from "../config/instantiate.ts";
import type { Foreign } from "../config/modules.ts";
import type { OpTable } from "../ir/op.ts";
import type { Condition } from "./conditions.ts";
import { compilePattern, type OpSets, opsOf, type Pattern } from "./pattern.ts";
import type { PatternRule, QuantizeRule } from "./rule.ts";
import { dtypeWords } from "./vocabulary.ts";
import { withoutSizes } from "./written-sizes.ts";

/** What a rule's file knows besides the rule. */
export interface RuleScope {
  readonly ops: OpTable;
  readonly sets: OpSets;
  readonly quantizers: ReadonlyMap<string, Expression>;
  readonly patterns: ReadonlyMap<string, PatternItem>;
  /** Absent where no TypeScript is loaded: the rules are checked, and cannot be applied. */
  readonly foreign?: Foreign | undefined;
  /** Imports between the root file and this one. */
  readonly distance: number;
}

/** A checked `rewrite` item as a rule that the driver applies. */
export function compileRewrite(written: RewriteItem, scope: RuleScope): PatternRule {
  const item = expanded(written, scope);
  const parts = compileParts(item, scope);
  const preserve = item.clauses.find((clause) => clause.kind === "preserve");
  return {
    kind: "rewrite",
    item,
    ...parts,
    optional: item.optional,
    once: item.once,
    ...measureOf(item),
    replaces: item.clauses.filter((clause) => clause.kind === "replace"),
    contract: preserve?.contract ?? { kind: "reals" },
    before: item.clauses.flatMap((clause) =>
      clause.kind === "before" ? clause.rules.map(({ text }) => text) : [],
    ),
  };
}

/** A checked `quantize` item as a rule that annotation applies. */
export function compileQuantize(written: QuantizeItem, scope: RuleScope): QuantizeRule {
  const item = expanded(written, scope);
  return {
    kind: "quantize",
    item,
    ...compileParts(item, scope),
    optional: item.optional,
    override: item.override,
    ...(item.using && scope.foreign && { config: configOfUsing(item.using, scope.foreign) }),
    quantizers: scope.quantizers,
  };
}

function expanded<Item extends RewriteItem | QuantizeItem>(item: Item, scope: RuleScope): Item {
  const whole = expandRule(item, {
    patterns: scope.patterns,
    words: dtypeWords,
    found: [],
    mentions: new Set(),
  });
  return withoutSizes(whole);
}

function measureOf({ clauses }: RewriteItem): Pick<PatternRule, "measure"> {
  const clause = clauses.find(({ kind }) => kind === "decreases");
  return clause?.kind === "decreases" ? { measure: clause.measure } : {};
}

function compileParts(item: RewriteItem | QuantizeItem, scope: RuleScope) {
  const { ops, sets, distance, foreign } = scope;
  const clauses: readonly (RewriteItem | QuantizeItem)["clauses"][number][] = item.clauses;
  const written = clauses.filter((clause) => clause.kind === "match");
  const matches = written.length === 0 ? [anyLayer(item)] : written;
  const { pattern, unless, every } = compilePattern(
    matches,
    {
      lets: clauses.flatMap((clause) => (clause.kind === "let" ? [clause.name.text] : [])),
      unless: clauses.filter((clause) => clause.kind === "unless"),
      every: clauses.filter((clause) => clause.kind === "every"),
    },
    ops,
    sets,
  );
  const conditions = clauses.flatMap((clause): readonly Condition[] => {
    switch (clause.kind) {
      case "require":
      case "let":
        return [clause];
      case "unless":
        return [{ kind: "unless", clause, pattern: unless.get(clause)! }];
      case "every":
        return [{ kind: "every", clause, pattern: every.get(clause)! }];
      default:
        return [];
    }
  });
  const roots = rootsOf(pattern);
  return {
    name: item.name.text,
    doc: item.doc ?? "",
    span: item.name.span,
    distance,
    pattern: {
      ...pattern,
      typescript: { rule: item.name.text, layers: layersOf(matches), ...(foreign && { foreign }) },
    },
    conditions,
    ...(roots && { roots }),
  };
}

/** Names of nodes, wherever in a pattern they are. */
function layersOf(matches: readonly MatchClause[]): ReadonlySet<string> {
  const steps = matches.flatMap(({ chains }) => chains).flatMap((chain) => [...stepsOf(chain)]);
  return new Set(
    steps.flatMap(({ step }) =>
      (step.kind === "node" || step.kind === "path") && step.capture ? [step.capture.text] : [],
    ),
  );
}

function rootsOf({ chains: [first] }: Pattern): ReadonlySet<string> | undefined {
  return first && opsOf(first.root);
}

/** The pattern of a config that says itself which layers it is for. */
function anyLayer({ name: { span } }: RewriteItem | QuantizeItem): MatchClause {
  const capture = { text: "layer", span };
  const step = { kind: "node", capture, ops: "any", optional: false, ordered: false } as const;
  const steps = [{ ...step, attributes: [], span }];
  return { kind: "match", chains: [{ steps, span }], shared: false, span };
}
