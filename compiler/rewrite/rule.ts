import type {
  Contract,
  Expression,
  QuantizeItem,
  ReplaceClause,
  RewriteItem,
} from "../../grammar/ast.ts";
import type { Span } from "../../grammar/source/source-file.ts";
import type { QuantizeConfig } from "../config/quantize-config.ts";
import type { GraphEditor } from "../ir/edit.ts";
import type { NodeId, Value } from "../ir/graph.ts";
import type { OpTable } from "../ir/op.ts";
import type { Condition } from "./conditions.ts";
import type { Pattern } from "./pattern.ts";

interface NamedRule {
  readonly name: string;
  /** The law, as `qcfg explain` and the rule index show it. */
  readonly doc: string;
  readonly span?: Span;
  /** Imports between the root file and the rule's: 0 for the user's own. Nearer rules win. */
  readonly distance: number;
  /** The rule may match nothing. */
  readonly optional: boolean;
}

/** A rule of the rewrite stratum, written in a rule file. */
export interface PatternRule extends NamedRule {
  readonly kind: "rewrite";
  readonly item: RewriteItem;
  readonly pattern: Pattern;
  /** Ops of the node at which matching starts; absent for any. */
  readonly roots?: ReadonlySet<string>;
  readonly conditions: readonly Condition[];
  /** The rule does not replace what it built itself. */
  readonly once: boolean;
  /** What each application makes smaller. */
  readonly measure?: Expression;
  readonly replaces: readonly ReplaceClause[];
  readonly contract: Contract;
  readonly before: readonly string[];
}

/** A rewrite in TypeScript, where the language cannot say it: states the same things. */
export interface CodeRule extends NamedRule {
  readonly kind: "code";
  readonly roots?: ReadonlySet<string>;
  readonly contract: Contract;
  readonly before: readonly string[];
  readonly sight: Sight;
  /** New values for the results of the node, or `undefined` where the rule does not apply. */
  readonly rewrite: (
    editor: GraphEditor,
    node: NodeId,
    ops: OpTable,
  ) => readonly Value[] | undefined;
}

/** Where a change can make a rule apply that did not apply before. */
export interface Sight {
  /** So many edges above the root of its pattern, and nearer. */
  readonly edges: number;
  /** Elsewhere too: at users, or anywhere in the graph. Such a rule is tried once more when nothing else is left to do. */
  readonly isAround: boolean;
}

export type RewriteRule = PatternRule | CodeRule;

/** A rule of the annotation stratum. */
export interface QuantizeRule extends NamedRule {
  readonly kind: "quantize";
  readonly item: QuantizeItem;
  readonly pattern: Pattern;
  readonly roots?: ReadonlySet<string>;
  readonly conditions: readonly Condition[];
  readonly override: boolean;
  /** Asks for what the rule wants of each node that it captures; with `using`, where TypeScript is loaded. */
  readonly config?: QuantizeConfig;
  /** The quantizers that the rule's file names, its own and imported ones. */
  readonly quantizers: ReadonlyMap<string, Expression>;
}

/** States a rule in TypeScript. `law` is the equation with its condition. */
export function defineRule(rule: {
  readonly name: string;
  readonly law: string;
  readonly preserve: Contract;
  readonly roots?: readonly string[];
  readonly sight: Sight;
  readonly rewrite: CodeRule["rewrite"];
}): CodeRule {
  return {
    kind: "code",
    name: rule.name,
    doc: rule.law,
    distance: 1,
    optional: true,
    contract: rule.preserve,
    before: [],
    sight: rule.sight,
    ...(rule.roots && { roots: new Set(rule.roots) }),
    rewrite: rule.rewrite,
  };
}
