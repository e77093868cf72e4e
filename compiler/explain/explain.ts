import { siteOf } from "../ir/evaluate.ts";
import type { Graph, Node, NodeId } from "../ir/graph.ts";
import { constantOf, usersOf } from "../ir/graph.ts";
import type { OpTable } from "../ir/op.ts";
import { printType } from "../ir/types.ts";
import { kindOfNode } from "../lower/summary.ts";
import type { LoweredModel, QuantizedModel } from "../pipeline.ts";
import { nearestMiss } from "../rewrite/near-miss.ts";
import type { PatternRule, QuantizeRule, RewriteRule } from "../rewrite/rule.ts";
import { bordersOf } from "./borders.ts";
import type {
  ExplainedNode,
  ExplainedRewrite,
  ExplainedRule,
  ExplainedSite,
  Explanation,
  GoneNode,
  NearMiss,
  ScaleGroup,
} from "./explanation.ts";
import { type History, historyOf, type Origins, originsOf, type Step } from "./history.ts";
import { nearMissFinder } from "./near-misses.ts";
import { explainedClaim, nodeName, placed } from "./places.ts";
import { rangesOf, scaleTeller } from "./scales.ts";
import { printSite, sitesByNode } from "./sites.ts";

/** All that is known of one compilation when it is lowered. */
export interface Compilation {
  readonly quantized: QuantizedModel;
  readonly lowered: LoweredModel;
  /** Every application of a rewrite rule: see `recorder`. */
  readonly steps: readonly Step[];
  readonly ranges: Explanation["ranges"];
}

/** Says of every node of a program what made it what it is, what nearly did, and where its scales come from. */
export function explain(compilation: Compilation, ops: OpTable): Explanation {
  const { quantized, lowered, steps, ranges } = compilation;
  const { graph } = lowered;
  const history = historyOf(steps);
  const origins = new Map(
    [...graph.nodes.values()].map((node) => [node.id, originsOf(history, node)]),
  );
  const nodes = explainedNodes(compilation, origins, ops);
  return {
    version: 1,
    model: quantized.prepared.model.name,
    ranges,
    coverage: lowered.summary.coverage,
    constantBytes: constantBytes(graph),
    nodes,
    gone: goneNodes(quantized.prepared.model.graph, history, origins),
    borders: bordersOf(graph, usersOf(graph)),
    groups: scaleGroups(compilation, ops),
    rules: explainedRules(compilation, nodes, ops),
    unmatched: lowered.summary.unmatched,
  };
}

/** Bytes of the constants of a graph, each counted once. */
export function constantBytes(graph: Graph): number {
  let bytes = 0;
  for (const { id, op } of graph.nodes.values())
    if (op === "Constant") bytes += constantOf(graph, { node: id, output: 0 })!.data.byteLength;
  return bytes;
}

function explainedNodes(
  compilation: Compilation,
  origins: ReadonlyMap<NodeId, Origins>,
  ops: OpTable,
): readonly ExplainedNode[] {
  const { quantized, lowered } = compilation;
  const { prepared } = quantized;
  const { graph, requantize, summary } = lowered;
  const sites = explainedSites(compilation, ops);
  const missesOf = missFinder(compilation, ops);
  const reasons = new Map(summary.floatNodes.map(({ node, reason }) => [node, reason]));
  const computing = [...graph.nodes.values()].filter(({ op }) => op !== "Constant");
  return computing.map((node): ExplainedNode => {
    const { steps, ancestors } = origins.get(node.id)!;
    const parts = [...ancestors]
      .flatMap((id) => prepared.graph.nodes.get(id) ?? [])
      .filter(({ op }) => op !== "Constant");
    const kind = kindOfNode(graph, node, ops);
    const reason = reasons.get(node.name);
    const macs = kind && ops.get(node.op)!.macs?.(siteOf(graph, node, requantize));
    return {
      ...nodeName(node),
      kind: kind ?? "input",
      type: typeText(node, compilation.ranges),
      reads: readBy(graph, node),
      parts: parts.map(nodeName),
      sources: node.provenance.sources,
      rewrites: steps.map(explainedRewrite),
      sites: parts.flatMap(({ id }) => sites.get(id) ?? []),
      nearMisses: missesOf(node, parts),
      ...(reason !== undefined && { reason }),
      ...(macs !== undefined && { macs }),
    };
  });
}

/** Without scales where ranges are assumed. */
function typeText({ types: [type] }: Node, ranges: Explanation["ranges"]): string {
  const { dtype, shape } = type!;
  return printType(ranges === "assumed" ? { dtype, shape } : type!);
}

/** Names of the nodes that are no constants, each once. */
function readBy(graph: Graph, { operands }: Node): readonly string[] {
  const read = operands.flatMap((operand) => {
    const producer = operand && graph.nodes.get(operand.node)!;
    return producer && producer.op !== "Constant" ? [producer.name] : [];
  });
  return [...new Set(read)];
}

function explainedRewrite({ pass, rule, removed }: Step): ExplainedRewrite {
  const from = removed.filter(({ op }) => op !== "Constant");
  return { pass, rule: rule.name, ...placed(rule.span), from: from.map(nodeName) };
}

function explainedSites(
  { quantized, ranges }: Compilation,
  ops: OpTable,
): ReadonlyMap<NodeId, readonly ExplainedSite[]> {
  const { graph, annotations, rules } = quantized.prepared;
  if (annotations === undefined) return new Map();
  const scaleOf = scaleTeller(quantized, ranges === "assumed");
  return sitesByNode(graph, annotations, rules.scheme.quantizes, ops, scaleOf);
}

/** Rules of the scheme are tried again at the parts of a node, integer rules at what is still in float. */
function missFinder(
  { quantized: { prepared }, lowered }: Compilation,
  ops: OpTable,
): (node: Node, parts: readonly Node[]) => readonly NearMiss[] {
  const { scheme, integer } = prepared.rules;
  const ofScheme = nearMissFinder(
    {
      graph: prepared.graph,
      rules: [
        ...scheme.rewrites.filter(isPattern),
        ...(prepared.annotations ? scheme.quantizes : []),
      ],
      refusals: prepared.refusals,
    },
    ops,
  );
  const ofIntegers = nearMissFinder(
    { graph: lowered.graph, rules: integer.rewrites.filter(isPattern), refusals: lowered.refusals },
    ops,
  );
  return (node, parts) => [
    ...parts.flatMap(ofScheme),
    ...(kindOfNode(lowered.graph, node, ops) === "float" ? ofIntegers(node) : []),
  ];
}

function isPattern(rule: RewriteRule): rule is PatternRule {
  return rule.kind === "rewrite";
}

function goneNodes(
  source: Graph,
  { removedBy }: History,
  origins: ReadonlyMap<NodeId, Origins>,
): readonly GoneNode[] {
  const kept = new Set([...origins.values()].flatMap(({ ancestors }) => [...ancestors]));
  const gone = [...source.nodes.values()].filter(
    ({ id, op }) => op !== "Constant" && !kept.has(id),
  );
  return gone.map((node) => {
    const rule = removedBy.get(node.id)?.rule;
    return { ...nodeName(node), ...(rule && { rule: rule.name, ...placed(rule.span) }) };
  });
}

function scaleGroups({ quantized, ranges }: Compilation, ops: OpTable): readonly ScaleGroup[] {
  const { graph, annotations } = quantized.prepared;
  if (annotations === undefined) return [];
  const found = ranges === "assumed" ? undefined : rangesOf(quantized);
  return [...annotations.groups].map(([group, keys]) => {
    const members = keys
      .map((key) => annotations.sites.get(key))
      .filter((site) => site !== undefined);
    const range = keys.map((key) => found?.get(key)?.chosen).find((one) => one !== undefined);
    return {
      group,
      members: members.map(({ site }) => printSite(site, graph, ops)),
      tiedBy: annotations.tiedBy.get(group) ?? [],
      request: members[0] ? explainedClaim(members[0].winner).request : "none",
      ...(range && { range }),
    };
  });
}

function explainedRules(
  { quantized: { prepared }, lowered }: Compilation,
  nodes: readonly ExplainedNode[],
  ops: OpTable,
): readonly ExplainedRule[] {
  const { scheme, integer } = prepared.rules;
  const nodesOf = nodesByRule(nodes);
  const all: readonly (RewriteRule | QuantizeRule)[] = [
    ...scheme.rewrites,
    ...(prepared.annotations ? scheme.quantizes : []),
    ...integer.rewrites,
  ];
  const own = (rule: RewriteRule | QuantizeRule) =>
    rule.distance === 0 && !isOf(integer.rewrites, rule);
  return all.map((rule) => {
    const fired = lowered.summary.fired[rule.name] ?? 0;
    const isIdle = fired === 0 && own(rule) && rule.kind !== "code";
    const nearest = isIdle && nearestMiss(prepared.graph, rule, ops);
    return {
      rule: rule.name,
      kind: rule.kind === "quantize" ? "quantize" : "rewrite",
      ...placed(rule.span),
      fired,
      own: own(rule),
      ...(rule.roots && { roots: [...rule.roots] }),
      nodes: [...(nodesOf.get(rule.name) ?? [])],
      ...(nearest && {
        nearMiss: {
          ...(nearest.nearMiss && { node: nearest.nearMiss.node }),
          reason: nearest.reason,
        },
      }),
    };
  });
}

function isOf(rules: readonly RewriteRule[], rule: RewriteRule | QuantizeRule): boolean {
  return rule.kind !== "quantize" && rules.includes(rule);
}

/** The nodes that each rule had a part in: it made them, or its request was granted at one of their sites. */
function nodesByRule(nodes: readonly ExplainedNode[]): ReadonlyMap<string, ReadonlySet<string>> {
  const found = new Map<string, Set<string>>();
  for (const { node, rewrites, sites } of nodes) {
    const rules = [...rewrites.map(({ rule }) => rule), ...sites.map(({ claim }) => claim.rule)];
    for (const rule of rules) {
      const known = found.get(rule);
      if (known) known.add(node);
      else found.set(rule, new Set([node]));
    }
  }
  return found;
}
