import type { FuseClause, QuantizeItem, SiteReference, UsingConfig } from "../../grammar/ast.ts";
import { type Diagnostic, Rejected } from "../../grammar/source/diagnostic.ts";
import type { Span } from "../../grammar/source/source-file.ts";
import { configRequests, type SlotRequest } from "../config/config-requests.ts";
import { configFails, notLoaded } from "../config/diagnostics.ts";
import { layerView } from "../config/layer.ts";
import { reasonOf } from "../config/modules.ts";
import type { QuantizeConfig } from "../config/quantize-config.ts";
import { type Claim, type Request, type Site, valueKey } from "../ir/annotations.ts";
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
  readonly fused: readonly Fused[];
  /** References to sites that stand for some. */
  readonly answered: readonly SiteReference[];
}

/** The nodes that a clause makes one unit. */
export interface Fused {
  readonly nodes: readonly NodeId[];
  readonly clause: FuseClause;
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
export function rankOf({ override, distance }: QuantizeRule): number {
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
  const fused: Fused[] = [];
  const answered: SiteReference[] = [];
  const sitesOf = (references: readonly SiteReference[]) =>
    references.flatMap((reference) => {
      const sites = resolveSites(reference, rule, search);
      if (sites.length > 0) answered.push(reference);
      return sites;
    });
  const claim = (sites: readonly Site[], request: Request, span: Span) => {
    const made = { request, rule: rule.name, span, rank: rankOf(rule), quantizeRule: rule };
    for (const site of sites) requests.push({ site, claim: made });
  };
  const { foreign } = rule.pattern.typescript ?? {};
  const ask = (sites: readonly Site[], clause: QuantizeItem["clauses"][number]) => {
    const value = clause.kind === "set" || clause.kind === "tie" ? clause.value : undefined;
    const asked = value ? quantizerOf(value, rule.quantizers, foreign) : "none";
    const request = clause.kind === "derive" ? "derived" : asked;
    if (request !== "none") claim(sites, request, clause.span);
  };
  if (rule.item.using) {
    for (const { sites, request } of configEffects(rule, rule.item.using, search))
      claim(sites, request, rule.item.using.span);
  }
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
      const nodes = clause.members.flatMap(({ text }) =>
        valuesOf(search.lookup(text)).map(({ value }) => value.node),
      );
      fused.push({ nodes, clause });
    }
  }
  return { requests, ties, fused, answered };
}

interface ConfigEffect {
  readonly sites: readonly Site[];
  readonly request: Request;
}

/** What the config of a rule asks for the nodes that this match captured. */
function configEffects(
  rule: QuantizeRule,
  using: UsingConfig,
  search: Search,
): readonly ConfigEffect[] {
  const { config } = rule;
  if (config === undefined) throw new Rejected([notLoaded(`\`${using.config.text}\``, using.span)]);
  const { layers = new Set<string>() } = rule.pattern.typescript ?? {};
  return [...layers].flatMap((name) =>
    valuesOf(search.lookup(name)).flatMap(({ value }) => {
      const node = search.graph.node(value.node);
      return layerRequests(config, using, rule, node, name, search).map(
        ({ slot, index, request }) => ({ request, sites: slotSites(node, slot, index, search) }),
      );
    }),
  );
}

function layerRequests(
  config: QuantizeConfig,
  using: UsingConfig,
  rule: QuantizeRule,
  node: Node,
  capture: string,
  { graph, ops }: Search,
): readonly SlotRequest[] {
  try {
    return configRequests(config, layerView(graph, ops, node, capture));
  } catch (error) {
    if (error instanceof Rejected) throw error;
    const facts = { rule: rule.name, config: using.config, node: node.name };
    throw new Rejected([configFails({ ...facts, reason: reasonOf(error) })]);
  }
}

/** The site of a slot of one node. */
export function slotSites(
  node: Node,
  slot: string,
  index: number,
  { graph, ops }: Pick<Search, "graph" | "ops">,
): readonly Site[] {
  if (slot === "output" || slot === "activation")
    return valueSite({ node: node.id, output: index }, graph);
  const position = slotPosition(node, slot, index, ops);
  return position === undefined ? [] : operandSite(node, position, graph, ops);
}

/** `b.bias = a.input * a.kernel` in either order, all of one layer. */
export function isBiasOfLayer(site: SiteReference, factors: readonly SiteReference[]): boolean {
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
export function allSites(node: Node, graph: GraphView, ops: OpTable): readonly Site[] {
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
