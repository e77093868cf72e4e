import { expect, it } from "vitest";
import { layerView } from "../../compiler/config/layer.ts";
import { viewOf } from "../../compiler/ir/graph-view.ts";
import { ops } from "../../compiler/ops/index.ts";
import { Sketch } from "../rewrite/support.ts";

it("an op whose operand is called as all operands are has both at once", () => {
  const s = new Sketch();
  const x = s.input("x", [2, 3]);
  const graph = s.graph(s.node("Concat", [x, x], { axis: 1 }, "cat"));
  const cat = [...graph.nodes.values()].find(({ op }) => op === "Concat")!;
  expect(layerView(viewOf(graph), ops, cat).inputs).toHaveLength(2);
});
