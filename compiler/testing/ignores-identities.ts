import { type Graph, typeOf, type Value } from "../ir/graph.ts";
import { annotate } from "../quantize/annotate.ts";
import { printRequest } from "../quantize/claims.ts";
import { together } from "./firing.ts";
import { droppedIdentities, withIdentity } from "./inserted-identity.ts";
import { breach, type GraphLaw, kept, type Subject, vacuous } from "./law.ts";
import { hasOneResult } from "./one-result.ts";
import { firstDifference } from "./same-graph.ts";

/** So many values of each graph: all of nearly every one. */
const mostValues = 12;

/**
 * An operation that changes nothing, and that the library takes away where it stands alone, may stand anywhere: rewritten, the graph is the
 * same, and so is what is asked for its quantization.
 */
export const ignoresIdentities: GraphLaw = (graph, subject) => {
  const { rule, tested, ops } = subject;
  if (rule.kind === "code" || !hasOneResult(tested)) return vacuous;
  const known = droppedIdentities(tested, ops);
  if (known.length === 0) return vacuous;
  const result = together(graph, tested, ops);
  if (result.diagnostics.length > 0 || !isFiring(result.graph, subject, result.fired))
    return vacuous;
  for (const value of realsOf(graph).slice(0, mostValues))
    for (const op of known) {
      const other = together(withIdentity(graph, op, value), tested, ops);
      const difference =
        firstDifference(other.graph, result.graph, ops, new Set(), false) ??
        requestDifference(other.graph, result.graph, subject);
      if (difference === undefined) continue;
      const { name } = graph.nodes.get(value.node)!;
      return breach(
        "ignoresIdentities",
        `with a ${op} that changes nothing behind \`${name}\` the result is another one: ${difference}`,
      );
    }
  return kept;
};

/** Values that may be moved in between. */
function realsOf(graph: Graph): readonly Value[] {
  return [...graph.nodes.values()].flatMap(({ id, op }) => {
    const value = { node: id, output: 0 };
    const { dtype, quant } = typeOf(graph, value);
    return op === "Constant" || dtype !== "float32" || quant ? [] : [value];
  });
}

function isFiring(
  graph: Graph,
  { rule, ops }: Subject,
  fired: ReadonlyMap<string, number>,
): boolean {
  if (rule.kind !== "quantize") return (fired.get(rule.name) ?? 0) > 0;
  const { annotations } = annotate(graph, [{ ...rule, optional: true }], { ops });
  return (annotations.fired.get(rule.name) ?? 0) > 0;
}

/** What is asked for in one graph and not in the other. */
function requestDifference(a: Graph, b: Graph, { rule, tested, ops }: Subject): string | undefined {
  if (rule.kind !== "quantize") return undefined;
  const rules = tested.library.quantizes.map((one) => ({ ...one, optional: true }));
  const [here, there] = [a, b].map((graph) => {
    const { annotations } = annotate(graph, rules, { ops });
    return [...annotations.sites.values()]
      .map(({ site, winner }) => {
        const { op } = graph.nodes.get(site.kind === "value" ? site.value.node : site.node)!;
        const where =
          site.kind === "value" ? `output ${site.value.output}` : `operand ${site.operand}`;
        return `${printRequest(winner.request)} for ${where} of a ${op}`;
      })
      .sort();
  });
  const more = here!.find((request, i) => request !== there![i]);
  const less = there!.find((request, i) => request !== here![i]);
  if (more === undefined && less === undefined) return undefined;
  return `${more ?? "nothing"} is asked and not ${less ?? "nothing"}`;
}
