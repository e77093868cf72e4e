import type { Graph } from "./graph.ts";

/** The number of nodes, without inputs and constants. */
export function sizeOfGraph({ nodes }: Graph): number {
  let size = 0;
  for (const { op } of nodes.values()) if (op !== "Constant" && op !== "Input") size++;
  return size;
}
