import {
  type Annotations,
  type Claim,
  type Site,
  type SiteKey,
  valueKey,
} from "../ir/annotations.ts";
import { type Graph, type Node, type NodeId, usersOf } from "../ir/graph.ts";
import type { OpTable } from "../ir/op.ts";
import type { QuantizeRule } from "../rewrite/rule.ts";
import type { ExplainedSite, LostClaim } from "./explanation.ts";
import { explainedClaim } from "./places.ts";
import type { ScaleTeller } from "./scales.ts";

/** A site as people name it: the node, and the slot of rule files. */
export interface SiteName {
  readonly node: Node;
  readonly slot: string;
}

/** The sites of a graph by the node that they are told of; a constant's own value is told of the nodes that read it. */
export function sitesByNode(
  graph: Graph,
  annotations: Annotations,
  rules: readonly QuantizeRule[],
  ops: OpTable,
  scaleOf: ScaleTeller,
): ReadonlyMap<NodeId, readonly ExplainedSite[]> {
  const found = new Map<NodeId, ExplainedSite[]>();
  const users = usersOf(graph);
  for (const annotation of annotations.sites.values()) {
    const { site, winner, losers, group } = annotation;
    const scale = scaleOf(annotation);
    const facts = {
      claim: explainedClaim(winner),
      losers: losers.map((loser) => lost(winner, loser, rules, group !== undefined)),
      ...(group !== undefined && { group }),
      ...(scale && { scale }),
    };
    for (const { node, slot } of namesOf(site, graph, ops, users)) {
      const explained: ExplainedSite = { node: node.name, slot, ...facts };
      const known = found.get(node.id);
      if (known) known.push(explained);
      else found.set(node.id, [explained]);
    }
  }
  return found;
}

function namesOf(
  site: Site,
  graph: Graph,
  ops: OpTable,
  users: ReadonlyMap<NodeId, readonly Node[]>,
): readonly SiteName[] {
  const name = siteName(site, graph, ops);
  if (name.node.op !== "Constant") return [name];
  return (users.get(name.node.id) ?? []).map((node) => {
    const operand = node.operands.findIndex((value) => value?.node === name.node.id);
    return { node, slot: operandSlot(node, operand, ops) };
  });
}

/** The node and the slot of a site. */
export function siteName(site: Site, graph: Graph, ops: OpTable): SiteName {
  if (site.kind === "value") {
    const node = graph.nodes.get(site.value.node)!;
    const { output } = site.value;
    return { node, slot: node.types.length === 1 ? "output" : `output[${output}]` };
  }
  const node = graph.nodes.get(site.node)!;
  return {
    node,
    slot:
      site.kind === "edge"
        ? `input[${activationIndex(node, site.operand, ops)}]`
        : operandSlot(node, site.operand, ops),
  };
}

/** `conv.kernel`, as groups and lock files name a site. */
export function printSite(site: Site, graph: Graph, ops: OpTable): string {
  const { node, slot } = siteName(site, graph, ops);
  return `${node.name}.${slot}`;
}

function operandSlot(node: Node, operand: number, ops: OpTable): string {
  const { operands } = ops.get(node.op)!;
  const last = operands.length - 1;
  const def = operands[Math.min(operand, last)]!;
  return def.variadic ? `${def.name}[${operand - last}]` : def.name;
}

/** Which of the activations that a node reads an operand is: `input[i]` counts these. */
function activationIndex(node: Node, operand: number, ops: OpTable): number {
  const { operands } = ops.get(node.op)!;
  const roleAt = (i: number) => operands[Math.min(i, operands.length - 1)]!.role;
  return node.operands.slice(0, operand).filter((_, i) => roleAt(i) === "activation").length;
}

function lost(
  winner: Claim,
  loser: Claim,
  rules: readonly QuantizeRule[],
  isTied: boolean,
): LostClaim {
  return { ...explainedClaim(loser), because: precedence(winner, loser, rules, isTied) };
}

/** By what rule of precedence a claim is stronger than another. */
export function precedence(
  winner: Claim,
  loser: Claim,
  rules: readonly QuantizeRule[],
  isTied: boolean,
): string {
  const [strong, weak] = [ruleOf(winner, rules), ruleOf(loser, rules)];
  const tied = isTied ? ", and a tied group takes the request of its strongest member" : "";
  if (strong && weak) {
    if (strong.override && !weak.override) return `\`${winner.rule}\` is an \`override\`${tied}`;
    if (strong.distance < weak.distance)
      return `\`${winner.rule}\` stands in a file nearer to the root${tied}`;
  }
  return isTied
    ? "a tied group has one request"
    : "what reads a value takes the integers that it has, unless it asks more strongly";
}

/** The rule that made a claim: rules of several files may have one name. */
export function ruleOf(
  { rule: name, span }: Claim,
  rules: readonly QuantizeRule[],
): QuantizeRule | undefined {
  const named = rules.filter((rule) => rule.name === name);
  return named.find((rule) => rule.span?.file === span?.file) ?? named[0];
}

/** The key of a value site at each result of a node. */
export function outputKeys(node: Node): readonly SiteKey[] {
  return node.types.map((_, output) => valueKey({ node: node.id, output }));
}
