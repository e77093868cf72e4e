import { roundHalfEven } from "../../../runtime/reference/requantize.ts";
import { GraphEditor } from "../../ir/edit.ts";
import type { Graph, Node } from "../../ir/graph.ts";
import type { OpTable } from "../../ir/op.ts";
import { type QuantizedDType, quantRange } from "../../ir/types.ts";
import { perTensor } from "../../ops/requantization.ts";

/**
 * Removes a ReLU, ReLU6 or Clip that the saturation of the Quantize behind it implies: where its bounds round to the
 * lowest and highest integers. ONNX Runtime fuses a layer only if nothing stands between it and its Quantize, and
 * version 1.30 cannot load a model whose range passes a Clip by less than half a step.
 */
export function dropImpliedLimits(graph: Graph, ops: OpTable): Graph {
  const editor = new GraphEditor(ops, graph);
  for (const node of graph.nodes.values()) {
    const bounds = boundsOf(node);
    if (bounds === undefined || editor.isOutput(node.id)) continue;
    const users = editor.users(node.id).map((id) => editor.node(id));
    if (
      users.length > 0 &&
      users.every((user) => user.op === "Quantize" && implies(user, bounds))
    ) {
      editor.replaceValue({ node: node.id, output: 0 }, editor.node(node.id).operands[0]!);
    }
  }
  return editor.finish();
}

type Bounds = readonly [number, number];

function boundsOf({ op, attributes }: Node): Bounds | undefined {
  switch (op) {
    case "ReLU":
      return [0, Number.POSITIVE_INFINITY];
    case "ReLU6":
      return [0, 6];
    case "Clip":
      return [attributes.min as number, attributes.max as number];
    default:
      return undefined;
  }
}

function implies(quantize: Node, [from, to]: Bounds): boolean {
  const { dtype, quant } = quantize.types[0]!;
  const [low, high] = quantRange[dtype as QuantizedDType];
  const { scale, zeroPoint } = perTensor(quant!);
  const steps = (real: number) => roundHalfEven(Math.fround(real / scale)) + zeroPoint;
  return steps(from) <= low && high <= steps(to);
}
