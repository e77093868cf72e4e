import type { Attributes } from "../ir/graph.ts";
import type { AttributeDef, WeightDefs } from "../ir/op.ts";
import type { Shape } from "../ir/types.ts";

/** Shapes of weights, for graphs that are written without them. */

const number = (doc: string): AttributeDef => ({ kind: "number", doc });

const kernelSize: AttributeDef = { kind: "numbers", doc: "height and width of the kernel" };

const useBias: AttributeDef = { kind: "boolean", default: false, doc: "whether there is a bias" };

function kernelAndBias(kernel: Shape, attributes: Attributes, outputs: number) {
  return { kernel: { shape: kernel }, ...(attributes.useBias && { bias: { shape: [outputs] } }) };
}

/** Of a convolution in groups: [filters, height, width, channels / groups]. */
export const convolutionWeights: WeightDefs = {
  sizes: { filters: number("channels of the result"), kernelSize, useBias },
  of(input, attributes) {
    const [filters, groups] = [attributes.filters as number, attributes.groups as number];
    const kernel = [filters, ...(attributes.kernelSize as Shape), input.at(-1)! / groups];
    return kernelAndBias(kernel, attributes, filters);
  },
};

/** [1, height, width, channels · depthMultiplier]. */
export const depthwiseWeights: WeightDefs = {
  sizes: {
    kernelSize,
    depthMultiplier: { ...number("results for each channel"), default: 1 },
    useBias,
  },
  of(input, attributes) {
    const outputs = input.at(-1)! * (attributes.depthMultiplier as number);
    return kernelAndBias([1, ...(attributes.kernelSize as Shape), outputs], attributes, outputs);
  },
};

export const denseWeights: WeightDefs = {
  sizes: { units: number("elements of the result"), useBias },
  of(input, attributes) {
    const units = attributes.units as number;
    return kernelAndBias([units, input.at(-1)!], attributes, units);
  },
};

/** One number for each channel. */
export function channelWeights(...names: readonly string[]): WeightDefs {
  return {
    sizes: {},
    of: (input) => Object.fromEntries(names.map((name) => [name, { shape: [input.at(-1)!] }])),
  };
}

export const batchNormWeights: WeightDefs = {
  sizes: {},
  of: (input, { epsilon }) => {
    const shape = [input.at(-1)!];
    const variance = { shape, squareLess: epsilon as number };
    return { gamma: { shape }, beta: { shape }, mean: { shape }, variance };
  },
};
