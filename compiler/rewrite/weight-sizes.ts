import type { AttributeValue, Node } from "../ir/graph.ts";
import type { GraphView } from "../ir/graph-view.ts";
import type { OpDef } from "../ir/op.ts";

/** Sizes that weights have, by Keras' names for them; no op has an attribute of such a name. */
export const sizeNames: ReadonlySet<string> = new Set([
  "filters",
  "kernelSize",
  "units",
  "depthMultiplier",
  "useBias",
]);

/** A size of the weights of a node; `undefined` where it has none. */
export function weightSize(
  name: string,
  { operands }: Pick<Node, "operands">,
  op: OpDef,
  graph: GraphView,
): AttributeValue | undefined {
  const operandAt = (slot: string) => operands[op.operands.findIndex((one) => one.name === slot)];
  const shapeAt = (slot: string): readonly number[] => {
    const value = operandAt(slot);
    return value ? graph.node(value.node).types[value.output]!.shape : [];
  };
  const kernel = shapeAt("kernel");
  switch (name) {
    case "useBias":
      return operandAt("bias") !== undefined;
    case "units":
      return kernel[0];
    // From the end, so that a kernel of another rank has none.
    case "filters":
      return kernel.at(-4);
    case "kernelSize":
      return kernel.length < 3 ? undefined : [kernel.at(-3)!, kernel.at(-2)!];
    case "depthMultiplier":
      return kernel.length === 0 ? undefined : kernel.at(-1)! / shapeAt("input").at(-1)!;
    default:
      return undefined;
  }
}
