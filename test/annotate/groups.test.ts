import { expect, it } from "vitest";
import type { Graph } from "../../compiler/ir/graph.ts";
import { ops } from "../../compiler/ops/index.ts";
import { annotate } from "../../compiler/quantize/annotate.ts";
import type { ModelPlace } from "../../grammar/source/diagnostic.ts";
import { libraryOf, Sketch } from "../rewrite/support.ts";

/** Which sites may have a scale for each group, and what is said of the others. */

const names = `
quantizer g2 = LastValue(int4, per: group(2), symmetric)
quantizer a8 = MovingAverage(int8, per: tensor, affine)
`;

function annotated(graph: Graph, text: string) {
  return annotate(graph, libraryOf(names + text).quantizes, { ops });
}

/** Two convolutions, the first of 3 input channels and the last of 2, with a depthwise one between them. */
function network(): Graph {
  const s = new Sketch();
  const x = s.input("x", [1, 4, 4, 3]);
  const first = s.node("Conv2D", [x, s.random([2, 1, 1, 3])], {}, "first");
  const each = s.node("DepthwiseConv2D", [first, s.random([1, 1, 1, 2])], {}, "each");
  return s.graph(s.node("Conv2D", [each, s.random([4, 1, 1, 2]), s.random([4])], {}, "last"));
}

it("weights whose input channels the group divides have one", () => {
  const { annotations, diagnostics } = annotated(
    network(),
    "quantize A { match c: Conv2D require c.kernel.shape[-1] % 2 == 0 set c.kernel = g2 }",
  );
  expect(diagnostics).toEqual([]);
  const requests = [...annotations.sites.values()].map(({ winner }) => winner.request);
  expect(requests).toEqual([expect.objectContaining({ per: { group: 2 } }), "derived"]);
});

it("a clause that asks for it elsewhere is told once, with all places", () => {
  const { diagnostics } = annotated(
    network(),
    `quantize A { match c: Conv2D | DepthwiseConv2D set c.kernel = g2 }
     quantize B { match c: DepthwiseConv2D set c.output = g2 }
     quantize C { match c: Conv2D set c.bias = g2 }`,
  );
  const [kernels, ...others] = diagnostics.map(({ code, message, labels }) => ({
    code,
    message,
    places: labels.slice(1).map(({ place, text }) => [(place as ModelPlace).path, text]),
  }));
  expect(kernels).toEqual({
    code: "QC2273",
    message: "the weights of 2 layers cannot be divided into groups of 2 input channels",
    places: [
      ["first", "its `kernel`, [2, 1, 1, 3], has 3 input channels for each output"],
      ["each", "its `kernel`, [1, 1, 1, 2], has 1 input channel for each output"],
    ],
  });
  const unfit = {
    code: "QC2274",
    message: "only the weights of a layer can have a scale for each group",
  };
  expect(others.toSorted((a, b) => (`${a.places}` < `${b.places}` ? -1 : 1))).toEqual([
    { ...unfit, places: [["each", "its output"]] },
    { ...unfit, places: [["last", "its `bias`"]] },
  ]);
});

it("nothing is said where a stronger rule asks for something else", () => {
  const { diagnostics } = annotated(
    network(),
    `quantize A { match c: Conv2D set c.{kernel, output} = g2 }
     quantize B override { match c: Conv2D set c.output = a8 set c.kernel = float }`,
  );
  expect(diagnostics).toEqual([]);
});

it("a scale for each channel of a value is warned of, once for a clause", () => {
  const { diagnostics } = annotated(
    network(),
    `quantizer c8 = AllValues(int8, per: channel, affine)
     quantize A { match c: Conv2D set c.output = c8 }
     quantize B { match c: Conv2D set c.kernel = c8 }`,
  );
  expect(diagnostics.map(({ code, severity }) => [code, severity])).toEqual([
    ["QC2275", "warning"],
  ]);
  const places = diagnostics[0]!.labels.slice(1).map(({ place }) => (place as ModelPlace).path);
  expect(places).toEqual(["first", "last"]);
});
