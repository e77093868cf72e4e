import { InferenceError } from "../ir/op.ts";
import { defineOp } from "./define-op.ts";
import { operand, result } from "./requantization.ts";
import { rank4, toChannelFirst, toChannelLast } from "./spatial.ts";
import { moved, stridesOf, viewOf } from "./views.ts";

export const SpaceToDepth = defineOp({
  name: "SpaceToDepth",
  doc: "places become channels: y[b, h, w, (i, j, c)] = x[b, h·s + i, w·s + j, c] with the block size s",
  operands: [{ name: "input", role: "activation" }],
  attributes: { blockSize: { kind: "number", doc: "height and width of a block" } },
  traits: ["movement"],
  infer([input], attributes) {
    const [batch, height, width, channels] = rank4(input!, "input");
    const size = attributes.blockSize as number;
    if (size < 1 || height % size !== 0 || width % size !== 0)
      throw new InferenceError(`[${input!.shape}] does not fall into blocks of ${size} × ${size}`);
    return [moved(input!, [batch, height / size, width / size, channels * size * size])];
  },
  lower({ operands: [x], results: [y], attributes }) {
    const [batch, height, width] = y!.shape as readonly number[];
    const size = attributes.blockSize as number;
    const [image, row, place, channel] = stridesOf(x!.shape);
    const view = viewOf(
      [batch!, height!, width!, size, size, x!.shape[3]!],
      [[image!, size * row!, size * place!, row!, place!, channel!]],
    );
    return [{ kernel: "strided", arguments: [operand(0), result(), view, 0] }];
  },
  onnx: {
    SpaceToDepth(node, build) {
      const y = build.one("SpaceToDepth", [toChannelLast(build, node.input(0))], {
        blockSize: node.int("blocksize", 1),
      });
      return toChannelFirst(build, y);
    },
  },
  tflite: {
    SPACE_TO_DEPTH: (op, build) =>
      build.one("SpaceToDepth", [op.input(0)], { blockSize: op.number("blockSize") }),
  },
  toOnnx: (site, [input], build) =>
    build.add(
      "SpaceToDepth",
      [build.channelFirst(input!)],
      { blocksize: site.attributes.blockSize as number },
      site.results,
      "channelFirst",
    ),
});
