import { expect, it } from "vitest";
import { requestedFloats } from "../../compiler/lower/requested-floats.ts";
import { ops } from "../../compiler/ops/index.ts";
import { annotate } from "../../compiler/quantize/annotate.ts";
import { libraryOf, Sketch } from "../rewrite/support.ts";

/** x → conv1 → relu → conv2: why its nodes are in float. */
function reasons(text: string) {
  const s = new Sketch();
  const conv = (x: ReturnType<typeof s.input>, name: string) =>
    s.node("Conv2D", [x, s.random([2, 1, 1, 2]), s.random([2])], {}, name);
  const relu = s.node("ReLU", [conv(s.input("x", [1, 4, 4, 2]), "conv1")], {}, "relu");
  const graph = s.graph(conv(relu, "conv2"));
  const { annotations } = annotate(graph, libraryOf(text).quantizes, { ops });
  return Object.fromEntries(requestedFloats(graph, annotations));
}

it("a node in float names the rule that asks for it, and the place", () => {
  expect(
    reasons(`quantize F {
      match c: Conv2D
      require c.name ~ /conv2/
      set c.* = float
    }`),
  ).toEqual({ conv2: "`F` asks for float (rules.qcfg:4)" });
});

it("so do the nodes of a fused group and those that read its result", () => {
  const asked = "`F` asks for float (rules.qcfg:1)";
  expect(
    reasons("quantize F { match c: Conv2D -> r: ReLU fuse c, r set r.output = float }"),
  ).toEqual({
    conv1: asked,
    relu: asked,
    conv2: `its input \`relu\` is not quantized: ${asked}`,
  });
});
