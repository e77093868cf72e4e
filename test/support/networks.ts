import * as fc from "fast-check";
import { GraphEditor } from "../../compiler/ir/edit.ts";
import type { Graph, Value } from "../../compiler/ir/graph.ts";
import { sizeOf, type Tensor, tensor } from "../../compiler/ir/types.ts";
import { ops } from "../../compiler/ops/index.ts";

/**
 * A small float network decoded from numbers: the decoder never fails (it picks modulo what fits), so that a failing
 * network shrinks by shrinking the numbers.
 */
export interface NetworkChoices {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly layers: readonly (readonly [kind: number, size: number, seed: number])[];
  readonly seed: number;
}

export function networks(maxLayers = 6): fc.Arbitrary<NetworkChoices> {
  return fc.record({
    height: fc.integer({ min: 1, max: 7 }),
    width: fc.integer({ min: 1, max: 7 }),
    channels: fc.integer({ min: 1, max: 5 }),
    layers: fc.array(fc.tuple(fc.nat(kinds.length - 1), fc.nat(7), fc.nat(1e6)), {
      minLength: 1,
      maxLength: maxLayers,
    }),
    seed: fc.nat(1e6),
  });
}

/** Numbers in [−1, 1) from a seed. */
export function numbers(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 31 - 1;
  };
}

export function randomTensor(shape: readonly number[], seed: number, scale = 1): Tensor {
  const next = numbers(seed);
  return tensor(
    "float32",
    shape,
    Array.from({ length: sizeOf(shape) }, () => next() * scale),
  );
}

interface Site {
  readonly editor: GraphEditor;
  readonly x: Value;
  readonly shape: readonly [number, number, number, number];
  readonly size: number;
  readonly seed: number;
}

const window = (extent: number, size: number) => Math.min(extent, 1 + (size % 3));

function weight(site: Site, shape: readonly number[], role: string): Value {
  const fanIn = Math.max(1, sizeOf(shape.slice(1)));
  return site.editor.constant(
    randomTensor(shape, site.seed + role.length, 1.5 / Math.sqrt(fanIn)),
    role,
  );
}

/** Each takes a value of rank 4 and gives one of rank 4. */
const kinds: readonly ((site: Site) => Value)[] = [
  (site) => {
    const [, height, width, channels] = site.shape;
    const out = 1 + site.size;
    const [kh, kw] = [window(height, site.size), window(width, site.size + 1)];
    const kernel = weight(site, [out, kh, kw, channels], "kernel");
    const bias = weight(site, [out], "bias");
    const padding = site.size % 2 === 0 ? [kh >> 1, kw >> 1, (kh - 1) >> 1, kw >> 1] : [0, 0, 0, 0];
    const strides = [1 + (site.seed % 2), 1 + (site.seed % 2)];
    return site.editor.value({
      op: "Conv2D",
      operands: [site.x, kernel, bias],
      attributes: { padding, strides },
    });
  },
  (site) => {
    const [, height, width, channels] = site.shape;
    const multiplier = 1 + (site.size % 2);
    const kernel = weight(
      site,
      [1, window(height, 2), window(width, 2), channels * multiplier],
      "kernel",
    );
    return site.editor.value({
      op: "DepthwiseConv2D",
      operands: [site.x, kernel],
      attributes: { padding: [1, 1, 1, 1] },
    });
  },
  ({ editor, x }) => editor.value({ op: "ReLU", operands: [x] }),
  ({ editor, x }) => editor.value({ op: "ReLU6", operands: [x] }),
  ({ editor, x }) => editor.value({ op: "Sigmoid", operands: [x] }),
  ({ editor, x }) => editor.value({ op: "Tanh", operands: [x] }),
  ({ editor, x }) => editor.value({ op: "HardSwish", operands: [x] }),
  ({ editor, x, seed }) => {
    const other = editor.value({ op: seed % 2 ? "Sigmoid" : "ReLU", operands: [x] });
    return editor.value({ op: seed % 3 ? "Add" : "Multiply", operands: [x, other] });
  },
  ({ editor, x, shape, seed }) => {
    const constant = editor.constant(randomTensor([shape[3]], seed, 2), "factor");
    return editor.value({ op: seed % 2 ? "Multiply" : "Add", operands: [x, constant] });
  },
  ({ editor, x }) => {
    const other = editor.value({ op: "ReLU", operands: [x] });
    return editor.value({ op: "Concat", operands: [x, other, x], attributes: { axis: 3 } });
  },
  ({ editor, x, shape, size }) =>
    editor.value({
      op: size % 2 ? "MaxPool2D" : "AveragePool2D",
      operands: [x],
      attributes: { poolSize: [window(shape[1], size), window(shape[2], size)] },
    }),
  ({ editor, x }) =>
    editor.value({ op: "Pad", operands: [x], attributes: { padding: [0, 1, 0, 0, 0, 0, 1, 0] } }),
  ({ editor, x }) => editor.value({ op: "Softmax", operands: [x] }),
  ({ editor, x, seed }) => {
    const limits = [
      [-1, 1],
      [0, 1],
      [-0.5, Number.POSITIVE_INFINITY],
      [0.25, 2],
    ][seed % 4]!;
    return editor.value({
      op: "Clip",
      operands: [x],
      attributes: { min: limits[0]!, max: limits[1]! },
    });
  },
];

/** The network, its one input `x` and one output `y`. */
export function buildNetwork({ height, width, channels, layers, seed }: NetworkChoices): Graph {
  const editor = new GraphEditor(ops, "network");
  let x = editor.input("x", { dtype: "float32", shape: [1, height, width, channels] });
  for (const [kind, size, layerSeed] of layers) {
    const shape = editor.typeOf(x).shape as unknown as Site["shape"];
    if (sizeOf(shape) > 2000) continue;
    x = kinds[kind]!({ editor, x, shape, size, seed: layerSeed });
  }
  const flat = editor.value({ op: "Reshape", operands: [x], attributes: { shape: [1, -1] } });
  const inputs = editor.typeOf(flat).shape[1]!;
  const kernel = editor.constant(
    randomTensor([4, inputs], seed, 1 / Math.sqrt(inputs)),
    "dense_kernel",
  );
  const bias = editor.constant(randomTensor([4], seed + 1), "dense_bias");
  editor.output({
    name: "y",
    value: editor.value({ op: "Dense", operands: [flat, kernel, bias] }),
  });
  return editor.finish();
}
