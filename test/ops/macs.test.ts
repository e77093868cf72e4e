import { expect, it } from "vitest";
import type { Value } from "../../compiler/ir/graph.ts";
import { schedule } from "../../compiler/lower/schedule.ts";
import { ops } from "../../compiler/ops/index.ts";
import { Sketch } from "../rewrite/support.ts";

// The products of the sum in the op's own formula, times the elements of its result.
it.each<[string, (s: Sketch) => Value, number]>([
  ["Conv2D", (s) => layer(s, "Conv2D", [1, 4, 4, 6], [8, 3, 3, 6]), 2 * 2 * 8 * (3 * 3 * 6)],
  [
    "Conv2D in groups",
    (s) => layer(s, "Conv2D", [1, 4, 4, 6], [8, 3, 3, 3], { groups: 2 }),
    2 * 2 * 8 * (3 * 3 * 3),
  ],
  [
    "DepthwiseConv2D",
    (s) => layer(s, "DepthwiseConv2D", [1, 4, 4, 6], [1, 3, 3, 12]),
    2 * 2 * 12 * (3 * 3),
  ],
  [
    "Conv2DTranspose in groups",
    (s) => layer(s, "Conv2DTranspose", [1, 4, 5, 6], [8, 2, 2, 3], { groups: 2 }),
    4 * 5 * 6 * (2 * 2 * 4),
  ],
  ["Dense", (s) => layer(s, "Dense", [2, 5, 6], [7, 6]), 2 * 5 * 7 * 6],
  [
    "MatMul",
    (s) => layer(s, "MatMul", [3, 5, 4], [3, 6, 5], { transposeA: true, transposeB: true }),
    3 * 4 * 6 * 5,
  ],
  [
    "GRU",
    (s) => s.node("GRU", [s.input("x", [5, 2, 3]), s.random([12, 3]), s.random([12, 4])]),
    5 * 2 * 12 * (3 + 4),
  ],
])("%s counts its multiply-accumulates", (_, make, macs) => {
  const s = new Sketch();
  const { steps } = schedule(s.graph(make(s)), ops, "onnx");
  const counts = steps.map((step) => step.macs);
  expect(counts.at(-1)).toBe(macs);
  expect(counts.slice(0, -1).every((count) => count === undefined)).toBe(true);
});

it("an op that multiplies nothing has none", () => {
  const s = new Sketch();
  const graph = s.graph(s.node("ReLU", [s.input("x", [1, 6])]));
  expect(schedule(graph, ops, "onnx").steps[0]).not.toHaveProperty("macs");
});

function layer(s: Sketch, op: string, x: number[], kernel: number[], attributes = {}): Value {
  return s.node(op, [s.input("x", x), s.random(kernel)], attributes);
}
