import { type Annotations, type Claim, siteKey, valueKey } from "../ir/annotations.ts";
import { type Graph, type Node, nodeOf, usersOf, type Value } from "../ir/graph.ts";

/**
 * The nodes that are in float because rules ask for it, by name: which rule, and where. A request is for what a node
 * gives or reads: here its constants, its inputs and its results, or the result of the fused group that it is in.
 */
export function requestedFloats(
  graph: Graph,
  { sites, interior }: Annotations,
): ReadonlyMap<string, string> {
  const users = usersOf(graph);
  const found = new Map<string, string>();
  const request = (key: string): string | undefined => {
    const winner = sites.get(key)?.winner;
    return winner?.request === "float" ? printClaim(winner) : undefined;
  };
  for (const node of graph.nodes.values()) {
    if (node.op === "Input" || node.op === "Constant") continue;
    const own = ownKeys(node, visibleResults(node)).map(request).find(Boolean);
    const reason = own ?? inputReason(node);
    if (reason) found.set(node.name, reason);
  }
  return found;

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

  function inputReason({ operands }: Node): string | undefined {
    for (const operand of operands) {
      const asked = operand && request(valueKey(operand));
      if (asked) return `its input \`${nodeOf(graph, operand).name}\` is not quantized: ${asked}`;
    }
    return undefined;
  }
}

function ownKeys({ id, operands }: Node, results: readonly Value[]): readonly string[] {
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
