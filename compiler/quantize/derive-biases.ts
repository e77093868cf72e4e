import { type Site, type SiteAnnotation, type SiteKey, siteKey } from "../ir/annotations.ts";
import type { Graph, Node } from "../ir/graph.ts";
import type { GraphView } from "../ir/graph-view.ts";
import type { OpTable } from "../ir/op.ts";

/** A bias for which nobody asked is derived where its layer's weights are quantized. */
export function deriveBiases(
  graph: Graph,
  view: GraphView,
  ops: OpTable,
  sites: Map<SiteKey, SiteAnnotation>,
): void {
  const layers = layersIn(ops);
  for (const node of graph.nodes.values()) {
    const layer = layers.get(node.op);
    if (layer === undefined || !isConstant(node, layer.bias, view)) continue;
    const weights = siteKey({ kind: "constant", node: node.id, operand: layer.weights });
    const winner = sites.get(weights)?.winner;
    if (winner === undefined || typeof winner.request === "string") continue;
    const site: Site = { kind: "constant", node: node.id, operand: layer.bias };
    const key = siteKey(site);
    if (sites.has(key)) continue;
    sites.set(key, { site, winner: { ...winner, request: "derived" }, losers: [] });
  }
}

/** Ops with a bias, and where it and the weights are among the operands. */
function layersIn(ops: OpTable) {
  const layers = new Map<string, { readonly bias: number; readonly weights: number }>();
  for (const { name, operands } of ops.values()) {
    const bias = operands.findIndex(({ role }) => role === "bias");
    const weights = operands.findIndex(({ role }) => role === "weight");
    if (bias >= 0 && weights >= 0) layers.set(name, { bias, weights });
  }
  return layers;
}

function isConstant(node: Node, operand: number, view: GraphView): boolean {
  const value = node.operands[operand];
  return value !== undefined && view.node(value.node).op === "Constant";
}
