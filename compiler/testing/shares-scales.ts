import { type Annotations, type Site, type SiteKey, siteKey } from "../ir/annotations.ts";
import type { Graph, Node, NodeId, Value } from "../ir/graph.ts";
import { viewOf } from "../ir/graph-view.ts";
import { InferenceError, type OpTable } from "../ir/op.ts";
import type { QuantParams, TensorType } from "../ir/types.ts";
import { annotate } from "../quantize/annotate.ts";
import { printRequest, sameRequest } from "../quantize/claims.ts";
import type { Search } from "../rewrite/match.ts";
import { forEachMatch } from "../rewrite/near-miss.ts";
import type { QuantizeRule } from "../rewrite/rule.ts";
import { isValueTerm } from "../rewrite/term.ts";
import { breach, type GraphLaw, kept, vacuous } from "./law.ts";

/**
 * Sites of one tie group get one request, and an op whose integers need one scale for what it reads and what it gives has one: where it is
 * asked to be in integers with two scales, it stays in float.
 */
export const sharesScales: GraphLaw = (graph, { rule, tested, ops }) => {
  if (rule.kind !== "quantize") return vacuous;
  const rules = tested.library.quantizes.map((one) => ({ ...one, optional: true }));
  const { annotations, diagnostics } = annotate(graph, rules, { ops });
  const hasError = diagnostics.some(({ severity }) => severity === "error");
  if (hasError || (annotations.fired.get(rule.name) ?? 0) === 0) return vacuous;
  const fault = groupFault(annotations) ?? scaleFault(graph, rule, annotations, ops);
  return fault === undefined ? kept : breach("sharesScales", fault);
};

/** What stays in float has no scale to share. */
function groupFault({ groups, sites }: Annotations): string | undefined {
  for (const keys of groups.values()) {
    const requests = keys.flatMap((key) => sites.get(key)?.winner.request ?? []);
    const [first, ...others] = requests.filter((request) => request !== "float");
    const other = others.find((request) => !sameRequest(request, first!));
    if (other !== undefined)
      return `sites that are tied get ${printRequest(first!)} and ${printRequest(other)}`;
  }
  return undefined;
}

/**
 * A node of which one match asks that both what it reads and what it gives be integers, and which has no integer form only because of its
 * scales. That known ranges keep scales of their own is for several rules to say.
 */
function scaleFault(
  graph: Graph,
  rule: QuantizeRule,
  annotations: Annotations,
  ops: OpTable,
): string | undefined {
  const scales = new Scales(annotations);
  const view = viewOf(graph);
  let fault: string | undefined;
  for (const root of graph.nodes.keys())
    forEachMatch(rule, root, view, ops, (search) => {
      const asked = valuesAskedFor(rule, search);
      for (const id of asked.values()) fault ??= faultOf(graph, id, asked, scales, ops);
    });
  return fault;
}

/** The nodes whose results a match speaks of, in `set` and `tie`. */
function valuesAskedFor({ item }: QuantizeRule, search: Search): ReadonlySet<NodeId> {
  const sites = item.clauses.flatMap((clause) =>
    clause.kind === "set" || clause.kind === "tie" ? clause.sites : [],
  );
  const terms = sites.flatMap(({ capture, slot }) =>
    slot?.text === "output" ? [search.lookup(capture.text)].flat() : [],
  );
  return new Set(
    terms.flatMap((term) => (term !== undefined && isValueTerm(term) ? [term.value.node] : [])),
  );
}

function faultOf(
  graph: Graph,
  id: NodeId,
  asked: ReadonlySet<NodeId>,
  scales: Scales,
  ops: OpTable,
): string | undefined {
  const node = graph.nodes.get(id)!;
  const given = scales.given(graph, { node: id, output: 0 });
  const read = node.operands.map((operand, i) => operand && scales.read(graph, node, operand, i));
  const isAsked = node.operands.every((operand, i) => !read[i]?.quant || asked.has(operand!.node));
  if (!given.quant || !isAsked || read.some((type) => type?.dtype === "float32")) return undefined;
  const refusal = refusalOf(node, read, given, ops);
  if (refusal === undefined) return undefined;
  const { dtype, quant } = given;
  const alike = read.map((type) => (type?.quant ? { ...type, dtype, quant } : type));
  return refusalOf(node, alike, given, ops) === undefined
    ? `\`${node.name}\` (${node.op}) is asked to be in integers and stays in float: ${refusal}; \`tie\` gives them one scale`
    : undefined;
}

function refusalOf(
  node: Node,
  operands: readonly (TensorType | undefined)[],
  result: TensorType,
  ops: OpTable,
): string | undefined {
  const op = ops.get(node.op)!;
  if (op.lowerInteger === undefined) return undefined;
  const constants = operands.map(() => undefined);
  const { name, attributes } = node;
  try {
    const lowered = op.lowerInteger({
      name,
      attributes,
      operands,
      constants,
      results: [result],
      requantize: "onnx",
    });
    return typeof lowered === "string" ? lowered : undefined;
  } catch (error) {
    if (error instanceof InferenceError) return undefined;
    throw error;
  }
}

/** Stands for parameters before there are any: equal for sites of one group and for one known range, different otherwise. */
class Scales {
  readonly #annotations: Annotations;
  readonly #known = new Map<string | SiteKey, number>();

  constructor(annotations: Annotations) {
    this.#annotations = annotations;
  }

  /** The integers of an edge, or of the value where the edge asks for nothing. */
  read(graph: Graph, { id }: Node, value: Value, operand: number): TensorType {
    const edge: Site = { kind: "edge", node: id, operand };
    const constant: Site = { kind: "constant", node: id, operand };
    const own = [edge, constant].find((site) => this.#annotations.sites.has(siteKey(site)));
    return this.#typed(graph, value, own ?? { kind: "value", value });
  }

  given(graph: Graph, value: Value): TensorType {
    return this.#typed(graph, value, { kind: "value", value });
  }

  #typed(graph: Graph, { node, output }: Value, site: Site): TensorType {
    const type = graph.nodes.get(node)!.types[output]!;
    const asked = this.#annotations.sites.get(siteKey(site));
    if (asked === undefined || typeof asked.winner.request === "string") return type;
    const { request } = asked.winner;
    const key =
      request.observer === "Fixed"
        ? printRequest(request)
        : asked.group === undefined
          ? siteKey(site)
          : `group ${asked.group}`;
    const number = this.#known.get(key) ?? this.#known.size;
    this.#known.set(key, number);
    const quant: QuantParams = { scale: [2 ** -number], zeroPoint: [0] };
    return { shape: type.shape, dtype: request.dtype as TensorType["dtype"], quant };
  }
}
