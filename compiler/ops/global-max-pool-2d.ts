import { defineOp } from "./define-op.ts";
import { globalPoolGeometry, globalPoolShape, onnxGlobalPool } from "./pooling.ts";
import { extremesOf } from "./reduction.ts";
import { operand, result } from "./requantization.ts";
import { moved } from "./views.ts";

export const GlobalMaxPool2D = defineOp({
  name: "GlobalMaxPool2D",
  doc: "the largest element over height and width, which stay as 1",
  operands: [{ name: "input", role: "activation" }],
  attributes: {},
  traits: ["movement"],
  infer: ([input]) => [moved(input!, globalPoolShape(input!))],
  lower: (site) => [
    {
      kernel: "globalMaxPool2d",
      arguments: [
        operand(0),
        result(),
        ...globalPoolGeometry(site),
        extremesOf(site.operands[0]!)[0],
      ],
    },
  ],
  onnx: { GlobalMaxPool: (node, build) => onnxGlobalPool(node, build, "GlobalMaxPool2D") },
  toOnnx: (site, [input], build) =>
    build.add("GlobalMaxPool", [build.channelFirst(input!)], {}, site.results, "channelFirst"),
});
