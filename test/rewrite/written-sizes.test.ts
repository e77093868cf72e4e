import { expect, it } from "vitest";
import { matchesOf, Sketch } from "./support.ts";

/** Layers of several sizes, one behind the other. */
function layers() {
  const s = new Sketch();
  const x = s.input("x", [1, 8, 8, 2]);
  const tall = s.node("Conv2D", [x, s.random([4, 3, 1, 2])], {}, "tall");
  const point = s.node("Conv2D", [tall, s.random([6, 1, 1, 4]), s.random([6])], {}, "point");
  const double = s.node("DepthwiseConv2D", [point, s.random([1, 3, 3, 12])], {}, "double");
  const mean = s.node("GlobalAveragePool2D", [double], {}, "mean");
  return s.graph(s.node("Dense", [mean, s.random([10, 12])], {}, "dense"));
}

it.each([
  ["root: Conv2D { filters: 4 }", ["tall"]],
  ["root: Conv2D { filters: > 4 }", ["point"]],
  ["root: Conv2D { filters: 4 .. 5 }", ["tall"]],
  ["root: Conv2D { kernelSize: [3, 1] }", ["tall"]],
  ["root: Conv2D { kernelSize: [1, 1], useBias: true }", ["point"]],
  ["root: Conv2D { useBias: false }", ["tall"]],
  ["root: Conv2D { filters: f } require f % 3 == 0", ["point"]],
  ["root: Conv2D { kernelSize: k } require k[0] > k[1]", ["tall"]],
  ["root: Conv2D | DepthwiseConv2D { kernelSize: [3, 3] }", ["double"]],
  ["root: Conv2D(kernel = k: Const) { filters: 6 } require size(k) == 24", ["point"]],
  ["root: DepthwiseConv2D { depthMultiplier: 2 }", ["double"]],
  ["root: Dense { units: 10 }", ["dense"]],
  ["Conv2D { filters: 6 } -> root: DepthwiseConv2D", ["double"]],
  ["root: any unless root -> Conv2D { useBias: true }", ["x", "point", "double", "mean", "dense"]],
  ["root: Conv2D | DepthwiseConv2D unless root -> Conv2D { filters: > 4 }", ["point", "double"]],
  ["root: Conv2D unless root -> Conv2D { filters: f, kernelSize: [1, f] }", ["tall", "point"]],
  ["root: any every user of root is Conv2D { useBias: true }", ["tall"]],
  ["root: any every user of root is DepthwiseConv2D { depthMultiplier: 1 .. 2 }", ["point"]],
  ["root: any every user of root is Dense { units: 11 }", []],
  ["root: any every operand of root is DepthwiseConv2D { depthMultiplier: 2 .. 3 }", ["x", "mean"]],
  [
    "one of { a = Conv2D { useBias: true } -> root: DepthwiseConv2D, b = root: Conv2D { filters: < 5 } }",
    ["tall", "double"],
  ],
  ["Conv2D? { filters: > 6 } -> root: DepthwiseConv2D", ["double"]],
  ["root: DepthwiseConv2D((Conv2D { filters: > 4 })+)", ["double"]],
  ["root: DepthwiseConv2D((Conv2D { filters: > 6 })+)", []],
  ["root: Conv2D require root.kernelSize == [1, 1] && root.filters == 6", ["point"]],
])("match %s", (pattern, names) => {
  const graph = layers();
  const found = matchesOf(graph, `match ${pattern} let n = root.name require n != ""`);
  expect(found.map(({ n }) => n)).toEqual(names);
});

it("are those of named patterns too", () => {
  const found = matchesOf(
    layers(),
    'match root: DepthwiseConv2D(Small(c)) let n = c.name require n != ""',
    "pattern Small(c) = c: Conv2D { kernelSize: [1, 1] }",
  );
  expect(found.map(({ n }) => n)).toEqual(["point"]);
});
