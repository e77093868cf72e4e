import type { QuantizeItem, SiteReference } from "../../grammar/ast.ts";
import type { Diagnostic } from "../../grammar/source/diagnostic.ts";
import { type Claim, type Site, valueKey } from "../ir/annotations.ts";
import type { Node, NodeId, Value } from "../ir/graph.ts";
import type { GraphView } from "../ir/graph-view.ts";
import type { OpTable } from "../ir/op.ts";
import { notDerivable } from "../rewrite/diagnostics.ts";
import type { Search } from "../rewrite/match.ts";
import type { QuantizeRule } from "../rewrite/rule.ts";
import { isList, isValueTerm, opOf, type Term, type ValueTerm } from "../rewrite/term.ts";
import { quantizerOf } from "./requests-quantizer.ts";

/** What one match of a rule asks for. */
export interface Effects {
  readonly requests: readonly { readonly site: Site; readonly claim: RankedClaim }[];
  /** Sites that share one scale, and the rule that says so. */
  readonly ties: readonly Tie[];
  /** Nodes that are one unit. */
  readonly fused: readonly (readonly NodeId[])[];
}

/** Sites that one rule ties at one match. */
export interface Tie {
  readonly sites: readonly Site[];
  readonly rule: string;
}

/** A claim with its place in the order of precedence. */
export interface RankedClaim extends Claim {
  /** Less is stronger. */
  readonly rank: number;
  readonly quantizeRule: QuantizeRule;
}

/** An `override` beats everything that is not one; then the file nearer to the root wins. */
function rankOf({ override, distance }: QuantizeRule): number {
  return override ? distance : distance + 1e6;
}

/** The effects of a rule at one match. What cannot be asked for goes to `report`. */
export function effectsOf(
  rule: QuantizeRule,
  search: Search,
  report: (diagnostic: Diagnostic) => void,
): Effects {
  const requests: { site: Site; claim: RankedClaim }[] = [];
  const ties: Tie[] = [];
  const fused: (readonly NodeId[])[] = [];
  const sitesOf = (references: readonly SiteReference[]) =>
    references.flatMap((reference) => resolveSites(reference, rule, search));
  const ask = (sites: readonly Site[], clause: QuantizeItem["clauses"][number]) => {
    const value = clause.kind === "set" || clause.kind === "tie" ? clause.value : undefined;
    const request =
      clause.kind === "derive" ? "derived" : value ? quantizerOf(value, rule.quantizers) : "none";
    if (request === "none") return;
    const claim: RankedClaim = {
      request,
      rule: rule.name,
      span: clause.span,
      rank: rankOf(rule),
      quantizeRule: rule,
    };
    for (const site of sites) requests.push({ site, claim });
  };
  for (const clause of rule.item.clauses) {
    if (clause.kind === "set") ask(sitesOf(clause.sites), clause);
    if (clause.kind === "tie") {
      const sites = sitesOf(clause.sites);
      ties.push({ sites, rule: rule.name });
      ask(sites, clause);
    }
    if (clause.kind === "derive") {
      if (!isBiasOfLayer(clause.site, clause.factors)) report(notDerivable(rule, clause.span));
      else ask(sitesOf([clause.site]), clause);
    }
    if (clause.kind === "fuse") {
      fused.push(
        clause.members.flatMap(({ text }) =>
          valuesOf(search.lookup(text)).map(({ value }) => value.node),
        ),
      );
    }
  }
  return { requests, ties, fused };
}

/** `b.bias = a.input * a.kernel` in either order, all of one layer. */
function isBiasOfLayer(site: SiteReference, factors: readonly SiteReference[]): boolean {
  const slots = factors.map(({ slot }) => slot?.text).sort();
  return (
    site.slot?.text === "bias" &&
    slots.join() === "input,kernel" &&
    factors.every(({ capture }) => capture.text === site.capture.text)
  );
}

function valuesOf(term: Term | undefined): readonly ValueTerm[] {
  if (term === undefined) return [];
  const all = isList(term) ? term : [term];
  return all.filter(isValueTerm);
}

/** The sites that a reference means at this match; none where the slot, the operand or the optional node is absent. */
function resolveSites(
  reference: SiteReference,
  rule: QuantizeRule,
  search: Search,
): readonly Site[] {
  const { graph, ops } = search;
  return valuesOf(search.lookup(reference.capture.text)).flatMap(({ value }) => {
    const node = graph.node(value.node);
    if (reference.slot === undefined) return allSites(node, graph, ops);
    const slot = reference.slot.text;
    if (slot === "output" || slot === "activation") {
      if (node.op === "Constant") return constantSites(node.id, search);
      return resultsOf(node, value, reference, rule).flatMap((result) => valueSite(result, graph));
    }
    const positions =
      typeof reference.index === "object"
        ? positionsOf(node, valuesOf(search.lookup(reference.index.text)))
        : [slotPosition(node, slot, reference.index ?? 0, ops)];
    return positions.flatMap((at) => (at === undefined ? [] : operandSite(node, at, graph, ops)));
  });
}

/** `*`: what a layer reads, its constants among it, and its results. */
function allSites(node: Node, graph: GraphView, ops: OpTable): readonly Site[] {
  const operands = node.operands.flatMap((_, i) => operandSite(node, i, graph, ops));
  const results = node.types.flatMap((_, output) => valueSite({ node: node.id, output }, graph));
  return [...operands, ...results];
}

/** A captured value is itself; a captured node stands for all its results, or the one of `output[i]`. */
function resultsOf(
  node: Node,
  value: Value,
  { capture, index }: SiteReference,
  { item }: QuantizeRule,
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
  return type?.dtype === "float32" ? [{ kind: "value", value }] : [];
}

/** A constant that the match captured as a value: the operands of matched nodes that it is. */
function constantSites(constant: NodeId, search: Search): readonly Site[] {
  return [...search.nodes()].flatMap((id) => {
    const node = search.graph.node(id);
    return node.operands.flatMap((operand, i) =>
      operand?.node === constant ? operandSite(node, i, search.graph, search.ops) : [],
    );
  });
}

/** Where a node reads one of some values. */
function positionsOf(node: Node, values: readonly ValueTerm[]): readonly number[] {
  const keys = new Set(values.map(({ value }) => valueKey(value)));
  return node.operands.flatMap((operand, i) => (operand && keys.has(valueKey(operand)) ? [i] : []));
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

function operandSite(node: Node, operand: number, graph: GraphView, ops: OpTable): readonly Site[] {
  const value = node.operands[operand];
  if (value === undefined) return [];
  const defs = opOf(ops, node).operands;
  const def = defs[Math.min(operand, defs.length - 1)]!;
  const producer = graph.node(value.node);
  if (def.role === "parameter" || producer.types[value.output]!.dtype !== "float32") return [];
  if (producer.op === "Dequantize") return [];
  return [{ kind: producer.op === "Constant" ? "constant" : "edge", node: node.id, operand }];
}
