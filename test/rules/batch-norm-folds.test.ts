import { describe, expect, it } from "vitest";
import { importModel } from "../../compiler/frontends/import-model.ts";
import { accepted, prepared } from "../support/models.ts";
import { batchNorm, kernel } from "../zoo/layers.ts";
import { writer } from "../zoo/writer.ts";

/** Ops that a net of one layer and a normalisation is left with; `x` and the kernel are channel-first. */
function opsOf(
  op: "Conv" | "ConvTranspose",
  x: readonly number[],
  weights: readonly number[],
  group: number,
  strides: readonly number[] = weights.slice(2).map(() => 1),
): readonly string[] {
  const net = writer({ exporter: "torch2", opset: 17 });
  const channels = op === "Conv" ? weights[0]! : weights[1]! * group;
  const y = net.op(op, [net.input("x", x), kernel(net, weights)], { group, strides });
  net.output(net.op("Relu", [batchNorm(net, y, channels)]));
  const { graph } = prepared(accepted(importModel(net.bytes(), { name: "net" })));
  return [...graph.nodes.values()].map((node) => node.op);
}

describe("a normalisation is folded into the layer before it", () => {
  it.each([
    ["Conv1D", "Conv", [1, 4, 9], [6, 4, 3], 1],
    ["Conv2D", "Conv", [1, 4, 9, 9], [6, 4, 3, 3], 1],
    ["Conv2D in groups", "Conv", [1, 4, 9, 9], [6, 2, 3, 3], 2],
    ["Conv3D", "Conv", [1, 4, 5, 6, 7], [6, 4, 3, 3, 3], 1],
    ["Conv3D in groups", "Conv", [1, 4, 5, 6, 7], [6, 2, 3, 3, 3], 2],
    ["DepthwiseConv1D", "Conv", [1, 4, 9], [4, 1, 3], 4],
    ["DepthwiseConv2D", "Conv", [1, 4, 9, 9], [4, 1, 3, 3], 4],
    ["DepthwiseConv3D", "Conv", [1, 4, 5, 6, 7], [4, 1, 3, 3, 3], 4],
    ["Conv1DTranspose", "ConvTranspose", [1, 4, 9], [4, 6, 3], 1],
    ["Conv2DTranspose", "ConvTranspose", [1, 4, 9, 9], [4, 6, 3, 3], 1],
    ["Conv2DTranspose in groups", "ConvTranspose", [1, 4, 9, 9], [4, 3, 3, 3], 2],
  ] as const)("%s", (_name, op, x, weights, group) => {
    const left = opsOf(op, x, weights, group);
    expect(left.filter((one) => ["BatchNorm", "Multiply", "Add"].includes(one))).toEqual([]);
    expect(left).toContain("ReLU");
  });

  it("Conv3DTranspose whose depths do not overlap", () => {
    const left = opsOf("ConvTranspose", [1, 4, 5, 6, 7], [4, 3, 2, 3, 3], 1, [2, 2, 2]);
    expect(left.filter((one) => ["BatchNorm", "Multiply", "Add"].includes(one))).toEqual([]);
  });

  it("Conv3DTranspose whose depths overlap, but for one factor and one addend behind their sum", () => {
    const left = opsOf("ConvTranspose", [1, 4, 5, 6, 7], [4, 3, 2, 3, 3], 1);
    expect(left.filter((one) => ["BatchNorm", "Multiply"].includes(one))).toEqual(["Multiply"]);
    expect(left.filter((one) => one === "Add")).toHaveLength(2);
  });
});
