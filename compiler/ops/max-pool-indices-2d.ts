import type { KernelArgument } from "../ir/op.ts";
import { sizeOf } from "../ir/types.ts";
import { defineOp } from "./define-op.ts";
import { poolAttributes, poolGeometry, poolShape } from "./pooling.ts";
import { extremesOf } from "./reduction.ts";
import { operand, result } from "./requantization.ts";

export const MaxPoolIndices2D = defineOp({
  name: "MaxPoolIndices2D",
  doc: "where the largest element under a window is, as its index in the input seen as [batch, channels, height, width]",
  operands: [{ name: "input", role: "activation" }],
  attributes: {
    ...poolAttributes,
    byColumns: { kind: "boolean", default: false, doc: "whether places count down the columns" },
  },
  traits: [],
  infer: ([input], attributes) => [{ dtype: "int32", shape: poolShape(input!, attributes) }],
  lower(site) {
    const geometry = poolGeometry(site);
    const [, height, width] = site.operands[0]!.shape as readonly number[];
    const steps = site.attributes.byColumns === true ? [1, height!] : [width!, 1];
    const length = sizeOf(site.results[0]!.shape);
    const maxima: KernelArgument = { kind: "scratch", dtype: site.operands[0]!.dtype, length };
    return [
      {
        kernel: "maxPool2d",
        arguments: [operand(0), maxima, ...geometry, extremesOf(site.operands[0]!)[0]],
      },
      {
        kernel: "maxPool2dIndices",
        arguments: [operand(0), maxima, result(), ...geometry, ...steps],
      },
    ];
  },
});
