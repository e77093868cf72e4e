import {
  type Annotations,
  type Claim,
  type SiteKey,
  siteKey,
  valueKey,
} from "../ir/annotations.ts";
import { type Graph, type Node, type NodeId, nodeOf, usersOf, type Value } from "../ir/graph.ts";
import type { OpTable } from "../ir/op.ts";

/**
 * The nodes that no integer rule may touch: rules ask for float of what they read or give. Those that only move values have no
 * precision of their own.
 */
export function keptInFloat(
  graph: Graph,
  annotations: Annotations,
  ops: OpTable,
): ReadonlySet<NodeId> {
  const claimOf = ownClaims(graph, annotations);
  const kept = [...graph.nodes.values()].filter(
    (node) => !ops.get(node.op)!.traits.includes("movement") && claimOf(node) !== undefined,
  );
  return new Set(kept.map(({ id }) => id));
}

/**
 * The nodes that are in float because rules ask for it, by name: which rule, and where. A request is for what a node
 * gives or reads: here its constants, its inputs and its results, or the result of the fused group that it is in.
 */
export function requestedFloats(
  graph: Graph,
  annotations: Annotations,
): ReadonlyMap<string, string> {
  const claimOf = ownClaims(graph, annotations);
  const found = new Map<string, string>();
  for (const node of graph.nodes.values()) {
    const own = claimOf(node);
    const reason = own ? printClaim(own) : inputReason(node);
    if (reason) found.set(node.name, reason);
  }
  return found;

  function inputReason({ operands }: Node): string | undefined {
    for (const operand of operands) {
      const asked = operand && floatClaim(annotations, valueKey(operand));
      if (asked)
        return `its input \`${nodeOf(graph, operand).name}\` is not quantized: ${printClaim(asked)}`;
    }
    return undefined;
  }
}

/** The request for float that concerns a node itself, if there is one. */
function ownClaims(graph: Graph, annotations: Annotations): (node: Node) => Claim | undefined {
  const users = usersOf(graph);
  const { interior } = annotations;
  return (node) => {
    if (node.op === "Input" || node.op === "Constant") return undefined;
    for (const key of ownKeys(node, visibleResults(node))) {
      const claim = floatClaim(annotations, key);
      if (claim) return claim;
    }
    return undefined;
  };

  /** The results of a node, or what stands for them outside of its group. */
  function visibleResults(node: Node): readonly Value[] {
    const passed = new Set<Node>();
    let last = node;
    while (interior.has(valueKey({ node: last.id, output: 0 })) && !passed.has(last)) {
      passed.add(last);
      last = users.get(last.id)![0] ?? last;
    }
    return last.types.map((_, output) => ({ node: last.id, output }));
  }
}

function floatClaim({ sites }: Annotations, key: SiteKey): Claim | undefined {
  const winner = sites.get(key)?.winner;
  return winner?.request === "float" ? winner : undefined;
}

function ownKeys({ id, operands }: Node, results: readonly Value[]): readonly SiteKey[] {
  const read = operands.flatMap((_, operand) => [
    siteKey({ kind: "constant", node: id, operand }),
    siteKey({ kind: "edge", node: id, operand }),
  ]);
  return [...read, ...results.map(valueKey)];
}

/** `LogitsInFloat` asks for float (rules.qcfg:17). */
function printClaim({ rule, span }: Claim): string {
  const place = span ? ` (${span.file.path}:${span.file.positionAt(span.start).line})` : "";
  return `\`${rule}\` asks for float${place}`;
}
