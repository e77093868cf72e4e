import { InferenceError } from "../ir/op.ts";
import { defineOp } from "./define-op.ts";
import { operand, result } from "./requantization.ts";
import { rank4, toChannelFirst, toChannelLast } from "./spatial.ts";
import { moved, stridesOf, viewOf } from "./views.ts";

export const DepthToSpace = defineOp({
  name: "DepthToSpace",
  doc: "channels become places: each place a block of blockSize × blockSize, y[b, h·s + i, w·s + j, c] = x[b, h, w, (i, j, c)]",
  operands: [{ name: "input", role: "activation" }],
  attributes: {
    blockSize: { kind: "number", doc: "height and width of a block" },
    order: {
      kind: "string",
      default: "blockFirst",
      oneOf: ["blockFirst", "channelFirst"],
      doc: "how an input channel counts: (row, column, channel) or (channel, row, column)",
    },
  },
  traits: ["movement"],
  infer([input], attributes) {
    const [batch, height, width, channels] = rank4(input!, "input");
    const size = attributes.blockSize as number;
    if (size < 1 || channels % (size * size) !== 0)
      throw new InferenceError(`${channels} channels are not blocks of ${size} × ${size}`);
    return [moved(input!, [batch, height * size, width * size, channels / (size * size)])];
  },
  lower({ operands: [x], results: [y], attributes }) {
    const [batch, height, width] = rank4(x!, "input");
    const size = attributes.blockSize as number;
    const channels = y!.shape[3]!;
    const [image, row, place] = stridesOf(x!.shape);
    const [blockRow, blockColumn, channel] =
      attributes.order === "blockFirst" ? [size * channels, channels, 1] : [size, 1, size * size];
    const view = viewOf(
      [batch, height, size, width, size, channels],
      [[image!, row!, blockRow!, place!, blockColumn!, channel!]],
    );
    return [{ kernel: "strided", arguments: [operand(0), result(), view, 0] }];
  },
  onnx: {
    DepthToSpace(node, build) {
      const y = build.one("DepthToSpace", [toChannelLast(build, node.input(0))], {
        blockSize: node.int("blocksize", 1),
        order: node.string("mode", "DCR") === "CRD" ? "channelFirst" : "blockFirst",
      });
      return toChannelFirst(build, y);
    },
  },
  tflite: {
    DEPTH_TO_SPACE: (op, build) =>
      build.one("DepthToSpace", [op.input(0)], { blockSize: op.number("blockSize") }),
  },
  toOnnx: (site, [input], build) =>
    build.add(
      "DepthToSpace",
      [build.channelFirst(input!)],
      {
        blocksize: site.attributes.blockSize as number,
        mode: site.attributes.order === "blockFirst" ? "DCR" : "CRD",
      },
      site.results,
      "channelFirst",
    ),
});
