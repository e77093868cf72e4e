import type { Attributes } from "../ir/graph.ts";
import { type Shape, sizeOf, type TensorType } from "../ir/types.ts";
import type { OpRecipe, RecipeSite } from "./op-recipes.ts";
import { drawShape, type PaletteQuant, quantizedAs, real } from "./palette.ts";

/** How uses are made up of the ops whose operands and attributes do not follow from their definitions. */

function shapeOf({ types }: RecipeSite, index = 0): Shape {
  return types[index]?.shape ?? [];
}

function lastOf(site: RecipeSite): number {
  return shapeOf(site).at(-1) ?? 1;
}

function ints(...shape: Shape): TensorType {
  return real(shape, "int32");
}

/** An axis, counted from either end. */
function anyAxis(site: RecipeSite): number {
  const rank = Math.max(1, shapeOf(site).length);
  return site.draw.pick([rank - 1, -1, ...shapeOf(site).keys()]);
}

const windows: readonly (readonly number[])[] = [
  [1, 1],
  [2, 2],
  [1, 1],
  [3, 3],
  [2, 1],
];

/** The height and width of a window that fits into an image. */
function windowIn([, height = 1, width = 1]: Shape, site: RecipeSite): readonly number[] {
  const [kHeight, kWidth] = site.draw.pick(windows);
  return [Math.min(kHeight!, height), Math.min(kWidth!, width)];
}

function windowAttributes({ draw, want, types }: RecipeSite): Attributes {
  const size = types[1]?.shape.slice(-3, -1) ?? [1, 1];
  const plain = { padding: [0, 0, 0, 0], strides: [1, 1] };
  const [h, w] = size as [number, number];
  const same = { padding: [(h - 1) >> 1, (w - 1) >> 1, h >> 1, w >> 1], strides: [1, 1] };
  if (want) return draw.pick([same, same, plain]);
  return draw.pick([
    plain,
    plain,
    same,
    { padding: [1, 1, 1, 1], strides: [1, 1] },
    { padding: [1, 0, 0, 1], strides: [2, 1] },
    { padding: [0, 0, 0, 0], strides: [2, 2] },
  ]);
}

/** Parts into which channels divide, one first. */
function divisors(n: number): readonly number[] {
  return [1, 2, 3, 4, 6, 8].filter((d) => n % d === 0);
}

/** The image before a layer that gives `want`. */
function imageBefore(want: TensorType, { draw, palette }: RecipeSite): TensorType | undefined {
  if (want.shape.length !== 4) return undefined;
  return real([...want.shape.slice(0, 3), draw.pick(palette.dims)]);
}

const convolution: OpRecipe = {
  ranks: [4, 4],
  before: imageBefore,
  operand(index, site) {
    const image = site.types[0]?.shape ?? site.palette.image;
    const [, kernel] = site.types;
    if (index === 0) return kernel && real([...image.slice(0, 3), kernel.shape[3] ?? 1]);
    if (image.length !== 4) return undefined;
    const channels = site.want?.shape[3] ?? site.draw.pick(site.palette.dims);
    if (index === 2) return real([shapeOf(site, 1)[0] ?? channels]);
    const fitting = divisors(image[3]!).filter((d) => channels % d === 0);
    const groups = site.draw.chance(1, 4) ? site.draw.pick(fitting) : 1;
    return real([channels, ...windowIn(image, site), image[3]! / groups]);
  },
  attributes: (site) => ({
    ...windowAttributes(site),
    groups: Math.max(1, lastOf(site) / (shapeOf(site, 1)[3] ?? lastOf(site))),
  }),
};

const depthwise: OpRecipe = {
  ranks: [4, 4],
  before: (want) => (want.shape.length === 4 ? real(want.shape) : undefined),
  operand(index, site) {
    const image = site.types[0]?.shape ?? site.palette.image;
    const [, kernel] = site.types;
    if (index === 0) return kernel && real([...image.slice(0, 3), kernel.shape[3] ?? 1]);
    if (image.length !== 4) return undefined;
    if (index === 2) return real([kernel?.shape[3] ?? image[3]!]);
    const times = site.draw.pick([1, 1, 2]);
    return real([1, ...windowIn(image, site), image[3]! * times]);
  },
  attributes: windowAttributes,
};

const dense: OpRecipe = {
  ranks: [1, 3],
  before: (want, { draw, palette }) =>
    want.shape.length === 0
      ? undefined
      : real([...want.shape.slice(0, -1), draw.pick(palette.dims)]),
  operand(index, site) {
    const { types, draw, palette, want } = site;
    const [x, kernel] = types;
    if (index === 0) return kernel && real([draw.pick([2, 1, 3]), kernel.shape[1] ?? 1]);
    const units = want?.shape.at(-1) ?? draw.pick(palette.dims);
    if (index === 1) return real([units, x?.shape.at(-1) ?? palette.image[3]!]);
    return real([kernel?.shape[0] ?? units]);
  },
};

const product: OpRecipe = {
  ranks: [2, 3],
  before: (want, { draw, palette }) =>
    want.shape.length < 2 ? undefined : real([...want.shape.slice(0, -1), draw.pick(palette.dims)]),
  operand(index, site) {
    const [x, y] = [site.types[0]?.shape, site.types[1]?.shape];
    const { draw, palette, want } = site;
    if (index === 1 && x && x.length >= 2) {
      const inner = draw.pick([x.at(-1)!, x.at(-1)!, x.at(-2)!]);
      const columns = want?.shape.at(-1) ?? draw.pick(palette.dims);
      const matrix = draw.pick([
        [inner, columns],
        [inner, columns],
        [columns, inner],
      ]);
      return real(draw.chance(1, 2) ? [...x.slice(0, -2), ...matrix] : matrix);
    }
    if (index === 0 && y && y.length >= 2)
      return real([...y.slice(0, -2), draw.pick(palette.dims), y.at(-2)!]);
    return undefined;
  },
  attributes(site) {
    const [x, y] = [shapeOf(site), shapeOf(site, 1)];
    const flags = [false, true].flatMap((transposeA) =>
      [false, true].map((transposeB) => ({ transposeA, transposeB })),
    );
    const fitting = flags.filter(
      ({ transposeA, transposeB }) => x.at(transposeA ? -2 : -1) === y.at(transposeB ? -1 : -2),
    );
    return site.draw.pick(fitting.length > 0 ? fitting : flags);
  },
};

const pool: OpRecipe = {
  ranks: [4, 4],
  before: (want) => (want.shape.length === 4 ? real(want.shape) : undefined),
  attributes(site) {
    const poolSize = windowIn(shapeOf(site), site);
    if (site.want) return { poolSize: [1, 1], ...windowAttributes(site) };
    return site.draw.pick([
      { poolSize },
      { poolSize },
      { poolSize, strides: [2, 2] },
      { poolSize, padding: poolSize.flatMap((n) => [n >> 1]).concat([0, 0]), strides: [1, 1] },
    ]);
  },
};

const epsilons: readonly number[] = [0.125, 0.125, 0.125, 0.001];

const batchNorm: OpRecipe = {
  ranks: [2, 4],
  before: (want) => real(want.shape),
  operand: (index, site) => (index === 0 ? undefined : real([lastOf(site)])),
  attributes: ({ draw }) => ({ epsilon: draw.pick(epsilons) }),
  weights: (index, { epsilon = 0 }) =>
    index === 4
      ? { kind: "variances", epsilon: epsilon as number }
      : { kind: index === 1 ? "powers" : "integers" },
};

const layerNorm: OpRecipe = {
  before: (want) => (want.shape.length === 0 ? undefined : real(want.shape)),
  operand: (index, site) => (index === 0 ? undefined : real([lastOf(site)])),
  attributes: ({ draw }) => ({ axis: -1, epsilon: draw.pick(epsilons) }),
};

const groupNorm: OpRecipe = {
  ranks: [2, 4],
  before: (want) => (want.shape.length < 2 ? undefined : real(want.shape)),
  operand: layerNorm.operand!,
  attributes: (site) => ({
    groups: site.draw.pick(divisors(lastOf(site))),
    epsilon: site.draw.pick(epsilons),
  }),
};

const reduction: OpRecipe = {
  attributes(site) {
    const rank = shapeOf(site).length;
    const all = [...shapeOf(site).keys()];
    const middle = rank === 4 ? [1, 2] : [0];
    const keepDims = site.draw.pick([true, false, true]);
    return { axes: site.draw.pick([[rank - 1], [-1], middle, [0], all]), keepDims };
  },
};

const argument: OpRecipe = {
  attributes: (site) => ({ axis: anyAxis(site), keepDims: site.draw.chance(1, 2) }),
};

const alongAxis: OpRecipe = {
  before: (want) => (want.shape.length === 0 ? undefined : real(want.shape)),
  attributes: (site) => ({ axis: anyAxis(site) }),
};

/** Of the limits of a clipping op: the first ones stand for what rules know by other names. */
const limits: readonly (readonly [number, number])[] = [
  [0, 6],
  [-1, 1],
  [0, Number.POSITIVE_INFINITY],
  [Number.NEGATIVE_INFINITY, 4],
  [-2, 3],
  [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY],
  [1, 4],
  [-0.5, 0.5],
];

/** Orders of the axes: those that the graph has already and their inverses, the usual ones, others. */
function permutationsOf(rank: number, { used, draw }: RecipeSite): readonly (readonly number[])[] {
  const axes = Array.from({ length: rank }, (_, i) => i);
  const known = used().filter((p) => isPermutation(p, rank));
  const inverses = known.map((p) => axes.map((axis) => p.indexOf(axis)));
  const toFront = [0, rank - 1, ...axes.slice(1, -1)];
  const toEnd = [0, ...axes.slice(2), 1];
  const swapped = [...axes.slice(0, -2), rank - 1, rank - 2];
  const usual = rank < 2 ? [axes] : [toFront, toEnd, swapped, axes];
  const others = [...usual, draw.shuffled(axes)].filter((p) => isPermutation(p, rank));
  return known.length > 0 && draw.chance(1, 2) ? known : [...known, ...inverses, ...others];
}

function isPermutation(list: readonly number[], rank: number): boolean {
  return list.length === rank && list.every((_, axis) => list.includes(axis));
}

const transpose: OpRecipe = {
  ranks: [2, 4],
  before(want, site) {
    const permutation = site.draw.pick(permutationsOf(want.shape.length, site));
    return real(want.shape.map((_, axis) => want.shape[permutation.indexOf(axis)]!));
  },
  attributes(site) {
    const shape = shapeOf(site);
    const all = permutationsOf(shape.length, site);
    const fitting = all.filter((p) => p.every((axis, i) => shape[axis] === site.want?.shape[i]));
    return { permutation: site.draw.pick(site.want && fitting.length > 0 ? fitting : all) };
  },
};

/** Other shapes of as many elements. */
function reshapesOf(shape: Shape, { used, draw, want }: RecipeSite): readonly Shape[] {
  const size = sizeOf(shape);
  const known = used().filter((other) => sizeOf(other) === size);
  const merged = [...shape.keys()].slice(1).map((i) =>
    shape.flatMap((n, axis) => {
      if (axis === i - 1) return [];
      return axis === i ? [shape[i - 1]! * n] : [n];
    }),
  );
  const split = [...shape.keys()].map((i) => {
    const part = draw.pick(divisors(shape[i]!));
    return [...shape.slice(0, i), part, shape[i]! / part, ...shape.slice(i + 1)];
  });
  const first = shape[0] ?? 1;
  const part = draw.pick(divisors(shape[1] ?? 1));
  const flat: Shape = [first, size / first];
  const rows: Shape = [first, part, size / first / part];
  const all = [flat, [size], rows, ...merged, ...split, [1, ...shape], shape, ...known, ...known];
  const asked = want && sizeOf(want.shape) === size ? [want.shape, want.shape, want.shape] : all;
  return asked;
}

const reshape: OpRecipe = {
  before: (want, site) =>
    real(site.draw.pick(reshapesOf(want.shape, { ...site, want: undefined }))),
  attributes: (site) => ({ shape: site.draw.pick(reshapesOf(shapeOf(site), site)) }),
};

const pad: OpRecipe = {
  attributes(site) {
    const shape = shapeOf(site);
    const margin = () => site.draw.pick([0, 1, 0, 2]);
    const images = shape.map((_, axis) => shape.length === 4 && (axis === 1 || axis === 2));
    const some = [...images, ...images].map((isImage) => (isImage ? margin() : 0));
    const none = some.map(() => 0);
    const padding = site.draw.pick([some, some, none, some.map(margin)]);
    return { padding, ...(site.draw.chance(1, 4) && { value: 1 }) };
  },
};

const slice: OpRecipe = {
  attributes({ draw, ...site }) {
    const parts = shapeOf({ draw, ...site }).map((extent) => {
      const begin = draw.chance(1, 3) ? draw.below(extent) : 0;
      const step = draw.chance(1, 6) ? 2 : 1;
      return { begin, step, size: Math.max(1, Math.ceil((extent - begin) / step)) };
    });
    return {
      begin: parts.map(({ begin }) => begin),
      size: parts.map(({ size }) => size),
      steps: parts.map(({ step }) => step),
    };
  },
};

function resized(site: RecipeSite): Attributes {
  const [batch = 1, height = 1, width = 1, channels = 1] = shapeOf(site);
  const [h, w] = site.draw.pick([
    [height, width],
    [2 * height, 2 * width],
    [height + 1, width],
  ]);
  return { shape: [batch, h!, w!, channels], coordinates: "halfPixel" };
}

const quantize: OpRecipe = {
  before: (want) => real(want.shape),
  attributes({ draw, palette, want, types: [x] }) {
    if (x && draw.chance(1, 8)) return perChannel(x.shape);
    if (want?.quant && want.quant.scale.length === 1)
      return { dtype: want.dtype, scale: want.quant.scale, zeroPoint: want.quant.zeroPoint };
    return parametersOf(draw.pick(palette.quants));
  },
};

/** One scale for each index of the last axis. */
function perChannel(shape: Shape): Attributes {
  const scale = Array.from({ length: shape.at(-1) ?? 1 }, (_, i) => channelScales[i % 3]!);
  return {
    dtype: "int8",
    scale,
    zeroPoint: scale.map(() => 0),
    axis: Math.max(0, shape.length - 1),
  };
}

const channelScales = [0.5, 0.25, 1];

function parametersOf({ dtype, scale, zeroPoint }: PaletteQuant): Attributes {
  return { dtype, scale: [scale], zeroPoint: [zeroPoint] };
}

/** A recurrent op: so many gates, over `[time, batch, features]`. */
function recurrent(gates: number): OpRecipe {
  return {
    ranks: [3, 3],
    operand(index, site) {
      const [, batch = 1, features = 1] = shapeOf(site);
      const units = (shapeOf(site, 1)[0] ?? 3 * gates) / gates;
      const rows = gates * units;
      const types: readonly Shape[] = [[rows, features], [rows, units], [rows], [rows]];
      if (index === 0) return undefined;
      return real(types[index - 1] ?? (index === 7 ? [3 * units] : [batch, units]));
    },
    attributes: () => ({}),
  };
}

const gather: OpRecipe = {
  operand: (index, { draw }) => (index === 0 ? undefined : ints(draw.pick([2, 1, 3]))),
  attributes: (site) => ({
    axis: site.draw.below(Math.max(1, shapeOf(site).length)),
    batchDims: 0,
  }),
  weights: (_, { axis = 0 }, types) => ({
    kind: "places",
    below: types[0]?.shape.at(axis as number) ?? 1,
  }),
};

const logical: OpRecipe = {
  operand: (index, site) => {
    const other = site.types[1 - index];
    return real(other?.shape ?? site.want?.shape ?? site.palette.image, "bool");
  },
};

const firstPlace: NonNullable<OpRecipe["weights"]> = (index) =>
  index === 1 ? { kind: "places", below: 1 } : undefined;

/** A quantized type for a value of `shape` that is dequantized for this site. */
function quantizedFor(
  shape: Shape,
  { draw, palette, role, axis, product }: RecipeSite,
): TensorType {
  if (role === "bias") {
    const scale = product ?? [1];
    const zeroPoint = scale.map(() => 0);
    return {
      dtype: "int32",
      shape,
      quant: { scale, zeroPoint, ...(scale.length > 1 && { axis: 0 }) },
    };
  }
  const isWeight = role === "weight";
  const along = isWeight ? axis : -1;
  const extent = along === undefined ? 1 : (shape.at(along) ?? 1);
  if (extent > 1 && draw.chance(isWeight ? 4 : 1, 8)) {
    const scale = Array.from({ length: extent }, (_, i) => channelScales[i % 3]!);
    const at = along! < 0 ? along! + shape.length : along!;
    return { dtype: "int8", shape, quant: { scale, zeroPoint: scale.map(() => 0), axis: at } };
  }
  if (!isWeight) return quantizedAs(draw.pick(palette.quants), shape);
  return { dtype: "int8", shape, quant: { scale: [0.25], zeroPoint: [0] } };
}

export const recipes: Readonly<Record<string, OpRecipe>> = {
  And: logical,
  ArgMax: argument,
  ArgMin: argument,
  AveragePool2D: pool,
  BatchNorm: batchNorm,
  Cast: {
    attributes: ({ draw, want }) => ({
      to: want?.dtype ?? draw.pick(["float32", "int32", "bool"]),
    }),
  },
  Clip: {
    attributes({ draw }) {
      const [min, max] = draw.pick(limits);
      return { min, max };
    },
  },
  Concat: {
    attributes(site) {
      const [first, ...others] = site.types;
      const differs = first?.shape.findIndex((n, i) => others.some((t) => t?.shape[i] !== n)) ?? -1;
      return { axis: differs >= 0 ? differs : anyAxis(site) };
    },
    variadic: (draw) => draw.pick([2, 3, 1]),
  },
  Conv2D: convolution,
  Conv2DTranspose: convolution,
  CumSum: alongAxis,
  Dense: dense,
  DepthToSpace: { ranks: [4, 4], attributes: ({ draw }) => ({ blockSize: draw.pick([2, 1]) }) },
  DepthwiseConv2D: depthwise,
  Dequantize: {
    operand: (_, site) =>
      quantizedFor(site.want?.shape ?? drawShape(site.draw, site.palette, 1, 4), site),
  },
  DetectBoxes: {
    operand: (index) =>
      real(
        [
          [1, 5, 4],
          [1, 5, 3],
          [5, 4],
        ][index]!,
      ),
    attributes: () => ({
      detections: 3,
      classes: 2,
      leastScore: 0.5,
      mostOverlap: 0.5,
      scales: [8, 8, 8, 8],
    }),
  },
  DynamicDense: dense,
  Expand: {
    before: (want, { draw }) => real(draw.pick([want.shape, want.shape.map(() => 1)])),
    attributes: (site) => {
      const shape = shapeOf(site);
      const wider = shape.map((n) => (n === 1 ? 2 : n));
      return { shape: site.want?.shape ?? site.draw.pick([wider, shape, [2, ...shape]]) };
    },
  },
  Gather: gather,
  GatherElements: {
    ranks: [2, 2],
    operand: (index, site) => (index === 0 ? undefined : ints(...shapeOf(site))),
    weights: firstPlace,
  },
  GatherND: {
    ranks: [2, 3],
    operand: (index) => (index === 0 ? undefined : ints(2, 1)),
    weights: firstPlace,
  },
  GlobalAveragePool2D: { ranks: [4, 4], before: () => undefined },
  GlobalMaxPool2D: { ranks: [4, 4], before: () => undefined },
  GroupNorm: groupNorm,
  GRU: recurrent(3),
  L2Normalize: alongAxis,
  LayerNorm: layerNorm,
  LocalResponseNorm: {
    before: (want) => real(want.shape),
    attributes: ({ draw }) => ({ before: draw.pick([0, 1]), after: draw.pick([1, 0]) }),
  },
  LogSoftmax: alongAxis,
  LSTM: recurrent(4),
  MatMul: product,
  MaxPool2D: pool,
  MaxPoolIndices2D: pool,
  Not: logical,
  OneHot: {
    operand: () => ints(2, 3),
    attributes: () => ({ depth: 4 }),
    weights: () => ({ kind: "places", below: 4 }),
  },
  Or: logical,
  Pad: pad,
  PReLU: {
    before: (want) => real(want.shape),
    operand(index, site) {
      if (index === 0) return undefined;
      const shape = shapeOf(site);
      return real(site.draw.pick([[lastOf(site)], [1], shape.map((n, i) => (i === 1 ? n : 1))]));
    },
  },
  Quantize: quantize,
  ReduceMax: reduction,
  ReduceMean: reduction,
  ReduceMin: reduction,
  ReduceProd: reduction,
  ReduceSum: reduction,
  Reinterpret: {
    operand: () => ints(2, 3),
    attributes: () => ({ scale: [0.5], zeroPoint: [0] }),
  },
  Requantize: {
    operand: (_, site) => quantizedFor(site.want?.shape ?? site.palette.image, site),
    attributes: ({ draw, palette }) => parametersOf(draw.pick(palette.quants)),
  },
  Reshape: reshape,
  Resize: { ranks: [4, 4], attributes: resized },
  ResizeNearest: { ranks: [4, 4], attributes: resized },
  RNN: recurrent(1),
  ScatterND: {
    ranks: [2, 2],
    operand(index, site) {
      if (index === 0) return undefined;
      return index === 1 ? ints(1, 1) : real([1, lastOf(site)]);
    },
    weights: firstPlace,
  },
  Select: {
    operand(index, site) {
      const other = site.types[1] ?? site.types[2] ?? site.types[0];
      const shape = other?.shape ?? site.want?.shape ?? site.palette.image;
      return real(shape, index === 0 ? "bool" : "float32");
    },
  },
  Slice: slice,
  Softmax: alongAxis,
  SpaceToDepth: { ranks: [4, 4], attributes: ({ draw }) => ({ blockSize: draw.pick([1, 2]) }) },
  Tile: {
    attributes: (site) => ({ repeats: shapeOf(site).map(() => site.draw.pick([1, 2, 1])) }),
  },
  TopK: {
    attributes: (site) => ({ k: 1 + site.draw.below(Math.min(2, lastOf(site))), axis: -1 }),
  },
  Transpose: transpose,
  Trilu: { ranks: [2, 3], before: (want) => real(want.shape) },
  Xor: logical,
};
