import type { GraphEditor } from "../ir/edit.ts";
import type { Node, NodeId, Provenance } from "../ir/graph.ts";
import type { OpTable } from "../ir/op.ts";
import type { Scope } from "./expression.ts";
import type { BuildSite } from "./replacement.ts";
import type { RewriteRule } from "./rule.ts";

/** Where a rule with a pattern is applied: notes what is built, and says where it comes from. */
export class RewriteSite implements BuildSite {
  readonly editor: GraphEditor;
  readonly ops: OpTable;
  readonly scope: Scope;
  readonly target: Node;
  readonly #built: NodeId[];
  readonly #rule: RewriteRule;
  readonly #nodes: readonly NodeId[];
  #sources: readonly string[] | undefined;
  #whole: Provenance | undefined;

  /**
   * @param nodes of the match
   * @param built takes the nodes that are added
   */
  constructor(
    rule: RewriteRule,
    target: Node,
    nodes: readonly NodeId[],
    scope: Scope,
    editor: GraphEditor,
    built: NodeId[],
  ) {
    this.#rule = rule;
    this.target = target;
    this.#nodes = nodes;
    this.scope = scope;
    this.ops = scope.ops;
    this.editor = editor;
    this.#built = built;
  }

  provenance(what: "node" | "constant", origin?: Node): Provenance {
    if (what === "constant") return byRule(this.#rule, this.#allSources(), []);
    return origin ? rebuiltBy(this.#rule, origin.provenance) : this.#ofWhole();
  }

  added(id: NodeId): void {
    if (!this.#built.includes(id)) this.#built.push(id);
  }

  /** Of all nodes that stand for the whole match. */
  #ofWhole(): Provenance {
    this.#whole ??= byRule(this.#rule, this.#allSources(), this.target.provenance.rules);
    return this.#whole;
  }

  /** Where matched nodes come from, each source once. */
  #allSources(): readonly string[] {
    this.#sources ??= sourcesOf(this.#nodes, this.editor);
    return this.#sources;
  }
}

/** A node names no more sources than this: of a chain that joins to one node each would else copy those of all before it. */
const mostSources = 64;

function sourcesOf(nodes: Iterable<NodeId>, graph: GraphEditor): readonly string[] {
  const sources = new Set<string>();
  for (const id of nodes)
    for (const source of graph.node(id).provenance.sources)
      if (sources.size < mostSources) sources.add(source);
  return [...sources];
}

/** Of a node that a rule builds in the place of others. */
function byRule(
  rule: RewriteRule,
  sources: readonly string[],
  older: readonly string[],
): Provenance {
  const { name, span } = rule;
  const rules =
    older.length === 0 ? aloneOf(rule) : [...older.filter((other) => other !== name), name];
  return span ? { sources, rules, span } : { sources, rules };
}

const alone = new WeakMap<RewriteRule, readonly string[]>();

/** The list of one rule, which very many nodes share. */
function aloneOf(rule: RewriteRule): readonly string[] {
  const known = alone.get(rule) ?? [rule.name];
  alone.set(rule, known);
  return known;
}

/** Of a node that a rule builds as another was. */
function rebuiltBy(rule: RewriteRule, before: Provenance): Provenance {
  const { sources, rules, span } = before;
  const isNewest = rules.at(-1) === rule.name && span === rule.span;
  return isNewest ? before : byRule(rule, sources, rules);
}
