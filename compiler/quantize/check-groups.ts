import type { Diagnostic, Label } from "../../grammar/source/diagnostic.ts";
import type { Annotations, Claim, SiteAnnotation } from "../ir/annotations.ts";
import { type Graph, typeOf } from "../ir/graph.ts";
import type { OpTable } from "../ir/op.ts";
import { channelsOfValues, groupsMisfit, groupsOfNoWeights } from "./diagnostics.ts";

/** Sites that cannot have what one clause of a rule asks for. */
interface Misfits {
  readonly claim: Claim;
  readonly group: number;
  /** Weights whose last axis does not fall into such groups. */
  readonly weights: Label[];
  /** What is not the weights of a layer. */
  readonly others: Label[];
}

/**
 * Where a quantizer per group was granted and cannot be: groups are of the input channels of weights, whose last axis
 * they divide. One diagnostic for each clause that asks, with all its places.
 */
export function checkGroups(
  graph: Graph,
  ops: OpTable,
  sites: Annotations["sites"],
): readonly Diagnostic[] {
  const byClause = new Map<unknown, Misfits>();
  for (const { site, winner } of sites.values()) {
    const { request, span } = winner;
    if (typeof request === "string" || typeof request.per === "string") continue;
    const { group } = request.per;
    const misfits = byClause.get(span ?? winner) ?? {
      claim: winner,
      group,
      weights: [],
      others: [],
    };
    byClause.set(span ?? winner, misfits);
    const fault = faultOf(graph, ops, site, group);
    if (fault) misfits[fault.kind].push(fault.label);
  }
  return [...byClause.values()].flatMap(({ claim, group, weights, others }) => [
    ...(others.length > 0 ? [groupsOfNoWeights(claim, group, others)] : []),
    ...(weights.length > 0 ? [groupsMisfit(claim, group, weights)] : []),
  ]);
}

/** Where a scale for each channel was granted to something that has one scale: the values of the network. */
export function checkChannels(graph: Graph, sites: Annotations["sites"]): readonly Diagnostic[] {
  const byClause = new Map<unknown, { readonly claim: Claim; readonly nodes: Set<string> }>();
  for (const { site, winner } of sites.values()) {
    const { request, span } = winner;
    if (site.kind === "constant" || typeof request === "string" || request.per !== "channel")
      continue;
    const known = byClause.get(span ?? winner) ?? { claim: winner, nodes: new Set<string>() };
    byClause.set(span ?? winner, known);
    const node = graph.nodes.get(site.kind === "value" ? site.value.node : site.node)!;
    known.nodes.add(node.name);
  }
  return [...byClause.values()].map(({ claim, nodes }) =>
    channelsOfValues(claim, graph.name, [...nodes]),
  );
}

function faultOf(
  graph: Graph,
  ops: OpTable,
  site: SiteAnnotation["site"],
  group: number,
): { readonly kind: "weights" | "others"; readonly label: Label } | undefined {
  const node = graph.nodes.get(site.kind === "value" ? site.value.node : site.node)!;
  const say = (kind: "weights" | "others", text: string) => ({
    kind,
    label: { place: { model: graph.name, path: node.name }, text },
  });
  if (site.kind === "value") return say("others", "its output");
  const { name, role, channelAxis } = operandOf(ops, node.op, site.operand);
  if (role !== "weight" || site.kind === "edge") return say("others", `its \`${name}\``);
  const { shape } = typeOf(graph, node.operands[site.operand]!);
  const last = shape.length - 1;
  const inputs = channelAxis === last ? 1 : shape[last]!;
  if (channelAxis !== last && inputs % group === 0) return undefined;
  const channels = inputs === 1 ? "1 input channel" : `${inputs} input channels`;
  return say("weights", `its \`${name}\`, [${shape.join(", ")}], has ${channels} for each output`);
}

function operandOf(ops: OpTable, op: string, operand: number) {
  const { operands } = ops.get(op)!;
  return operands[Math.min(operand, operands.length - 1)]!;
}
