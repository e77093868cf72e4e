import type { Analysis } from "./analysis.ts";
import type { Token } from "./cursor.ts";
import type { Captured, Captures } from "./suggestions.ts";

/**
 * Names of the values of a test's graph, as its tokens have them. In the middle of a graph those that come before; behind it, where something is
 * expected of them, those of the graph that is given. A node has a name before its op, a value one of its own; what stands in the braces
 * of a node are its fields.
 */
export function namesInGraph(analysis: Analysis, before: readonly Token[]): Captures {
  const { ops } = analysis.scope();
  let [given, names] = [new Map<string, Captured>(), new Map<string, Captured>()];
  const open: ("graph" | "operands" | "fields")[] = [];
  for (const [i, { image }] of before.entries()) {
    const [last = "", next = ""] = [before[i - 1]?.image, before[i + 1]?.image];
    if (image === "{" && last === "graph") {
      names = new Map();
      if (before[i - 2]?.image !== "expect") given = names;
      open.push("graph");
    } else if (["{", "[", "("].includes(image)) open.push(image === "(" ? "operands" : "fields");
    else if (["}", "]", ")"].includes(image)) open.pop();
    else if (isValue(image, last, next) && open.at(-1) !== "fields" && open.includes("graph")) {
      const op = next === ":" ? ops.get(before[i + 2]?.image ?? "") : undefined;
      const isNode = next === ":";
      if (isNode || !names.has(image))
        names.set(image, isNode ? { what: "node", ops: op ? [op] : [] } : { what: "value" });
    }
  }
  return open.includes("graph") ? names : given;
}

/** A word that stands where a step of a chain does: dtypes and names of operands do not. */
function isValue(image: string, last: string, next: string): boolean {
  if (!/^[a-z_]\w*$/.test(image) || next === "(" || next === "=") return false;
  return ["{", ",", "->", "(", "="].includes(last);
}
