import type { QuantizeItem, SiteReference } from "../../grammar/ast.ts";
import type { Site } from "../ir/annotations.ts";
import { type Node, type NodeId, sameValue, type Value } from "../ir/graph.ts";
import type { GraphView } from "../ir/graph-view.ts";
import type { OpTable } from "../ir/op.ts";
import type { Search } from "../rewrite/match.ts";
import { isList, isValueTerm, opOf, type Term, type ValueTerm } from "../rewrite/term.ts";

const none: readonly never[] = [];

/** The sites that a reference of a rule means at a match; none where the slot, the operand or the optional node is absent. */
export function resolveSites(
  reference: SiteReference,
  item: QuantizeItem,
  search: Search,
): readonly Site[] {
  const captured = valuesOf(search.lookup(reference.capture.text));
  if (captured.length === 1) return sitesOf(reference, captured[0]!, item, search);
  return captured.flatMap((term) => sitesOf(reference, term, item, search));
}

/** The values that a name stands for. */
export function valuesOf(term: Term | undefined): readonly ValueTerm[] {
  if (term === undefined) return none;
  if (isList(term)) return term.filter(isValueTerm);
  return isValueTerm(term) ? [term] : none;
}

function sitesOf(
  reference: SiteReference,
  { value }: ValueTerm,
  item: QuantizeItem,
  search: Search,
): readonly Site[] {
  const { graph, ops } = search;
  const node = graph.node(value.node);
  const { slot, index = 0 } = reference;
  if (slot === undefined) return allSites(node, graph, ops);
  if (isOutput(slot.text)) {
    if (node.op === "Constant") return constantSites(node.id, search);
    const results = resultsOf(node, value, reference, item);
    return results.length === 1
      ? valueSite(results[0]!, graph)
      : results.flatMap((result) => valueSite(result, graph));
  }
  if (typeof index === "number") return operandSite(node, slot.text, index, search);
  const read = positionsOf(node, valuesOf(search.lookup(index.text)));
  return read.flatMap((at) => siteAt(node, at, graph, ops));
}

/** The site of a slot of one node. */
export function slotSites(
  node: Node,
  slot: string,
  index: number,
  search: Pick<Search, "graph" | "ops">,
): readonly Site[] {
  if (isOutput(slot)) return valueSite({ node: node.id, output: index }, search.graph);
  return operandSite(node, slot, index, search);
}

/** `*`: what a layer reads, its constants among it, and its results. */
export function allSites(node: Node, graph: GraphView, ops: OpTable): readonly Site[] {
  const operands = node.operands.flatMap((_, i) => siteAt(node, i, graph, ops));
  const results = node.types.flatMap((_, output) => valueSite({ node: node.id, output }, graph));
  return [...operands, ...results];
}

function isOutput(slot: string): boolean {
  return slot === "output" || slot === "activation";
}

/** A captured value is itself; a captured node stands for all its results, or the one of `output[i]`. */
function resultsOf(
  node: Node,
  value: Value,
  { capture, index }: SiteReference,
  item: QuantizeItem,
): readonly Value[] {
  if (typeof index === "number") return [{ node: node.id, output: index }];
  if (node.types.length === 1 || !namesNode(item, capture.text)) return [value];
  return node.types.map((_, output) => ({ node: node.id, output }));
}

function namesNode(item: QuantizeItem, name: string): boolean {
  return item.clauses.some(
    (clause) =>
      clause.kind === "match" &&
      clause.chains.some(({ steps }) =>
        steps.some((step) => step.kind === "node" && step.capture?.text === name),
      ),
  );
}

/** Integers, conditions and what is quantized already are no sites. */
function valueSite(value: Value, graph: GraphView): readonly Site[] {
  const type = graph.node(value.node).types[value.output];
  return type?.dtype === "float32" ? [{ kind: "value", value }] : none;
}

/** A constant that the match captured as a value: the operands of matched nodes that it is. */
function constantSites(constant: NodeId, search: Search): readonly Site[] {
  const { graph, ops } = search;
  return [...search.nodes()].flatMap((id) => {
    const node = graph.node(id);
    return node.operands.flatMap((operand, i) =>
      operand?.node === constant ? siteAt(node, i, graph, ops) : none,
    );
  });
}

/** Where a node reads one of some values. */
function positionsOf(node: Node, values: readonly ValueTerm[]): readonly number[] {
  const isRead = (operand: Value) => values.some(({ value }) => sameValue(value, operand));
  return node.operands.flatMap((operand, i) => (operand && isRead(operand) ? i : none));
}

function operandSite(
  node: Node,
  slot: string,
  index: number,
  { graph, ops }: Pick<Search, "graph" | "ops">,
): readonly Site[] {
  const position = slotPosition(node, slot, index, ops);
  return position === undefined ? none : siteAt(node, position, graph, ops);
}

/** The position of a slot by name; `input[i]` counts the activations of ops that call them otherwise. */
function slotPosition(node: Node, slot: string, index: number, ops: OpTable): number | undefined {
  const { operands } = opOf(ops, node);
  const named = operands.findIndex(({ name }) => name === slot);
  if (named >= 0 && (operands[named]!.variadic || index === 0)) return named + index;
  if (slot !== "input") return undefined;
  const activations = operands.flatMap(({ role, variadic }, i) =>
    role !== "activation" ? [] : variadic ? node.operands.map((_, at) => at).slice(i) : [i],
  );
  return activations[index];
}

function siteAt(node: Node, operand: number, graph: GraphView, ops: OpTable): readonly Site[] {
  const value = node.operands[operand];
  if (value === undefined) return none;
  const defs = opOf(ops, node).operands;
  const def = defs[Math.min(operand, defs.length - 1)]!;
  const producer = graph.node(value.node);
  if (def.role === "parameter" || producer.types[value.output]!.dtype !== "float32") return none;
  if (producer.op === "Dequantize") return none;
  return [{ kind: producer.op === "Constant" ? "constant" : "edge", node: node.id, operand }];
}
