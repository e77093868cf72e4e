import type { kernels } from "../../runtime/reference/index.ts";
import type { Attributes } from "../ir/graph.ts";
import type {
  ImportBuilder,
  ImportedValue,
  KernelArgument,
  KernelCall,
  OnnxExporter,
  OnnxImporter,
  OnnxNode,
  OpDef,
  Site,
  TFLiteImporter,
  Trait,
} from "../ir/op.ts";
import {
  type QuantizedDType,
  quantRange,
  type Shape,
  sizeOf,
  type TensorType,
} from "../ir/types.ts";
import { defineOp } from "./define-op.ts";
import { checkReal, int64 } from "./elementwise.ts";
import { onnxAxis } from "./onnx-layout.ts";
import { operand, result } from "./requantization.ts";
import { axisOf, moved, range, stridesOf, viewOf } from "./views.ts";

/** What one reduction adds to the family. */
export interface Reduction {
  readonly name: string;
  readonly doc: string;
  /** `kernel(x, y, outer, length, inner)`. */
  readonly kernel: keyof typeof kernels;
  /** The kernel for dtypes other than float32; without one only float32 is taken. */
  readonly integerKernel?: keyof typeof kernels;
  /** What no elements are reduced to, where the kernel is told: its last argument. */
  readonly ofNothing?: (type: TensorType) => number;
  /** `movement` for those that choose an element: they keep quantization parameters. */
  readonly traits?: readonly Trait[];
  readonly lowerInteger?: (site: Site) => readonly KernelCall[] | string;
  readonly onnx: Readonly<Record<string, OnnxImporter>>;
  readonly tflite: Readonly<Record<string, TFLiteImporter>>;
  readonly toOnnx: OnnxExporter;
}

/** An op that reduces the axes `axes` of its input to one element. */
export function defineReduction(reduction: Reduction): OpDef {
  const { name, doc, traits = [], lowerInteger, onnx, tflite, toOnnx } = reduction;
  const moves = traits.includes("movement");
  const ofNothing = (type: TensorType) => (reduction.ofNothing ? [reduction.ofNothing(type)] : []);
  return defineOp({
    name,
    doc,
    operands: [{ name: "input", role: "activation" }],
    attributes: {
      axes: { kind: "numbers", doc: "the axes that are reduced; negative ones count from the end" },
      keepDims: { kind: "boolean", default: true, doc: "whether they stay as axes of extent 1" },
    },
    traits,
    infer([input], attributes) {
      const shape = reducedShape(input!.shape, attributes);
      if (moves) return [moved(input!, shape)];
      checkReal(input!, "input", reduction.integerKernel ? "numbers" : "reals");
      return [{ dtype: input!.dtype, shape }];
    },
    lower: (site) =>
      reduceCalls(site, (x, geometry) => ({
        kernel:
          site.operands[0]!.dtype === "float32"
            ? reduction.kernel
            : (reduction.integerKernel ?? reduction.kernel),
        arguments: [x, result(), ...geometry, ...ofNothing(site.operands[0]!)],
      })),
    ...(lowerInteger && { lowerInteger }),
    onnx,
    tflite,
    toOnnx,
  });
}

/** The smallest and the largest number that elements of the type can be. */
export function extremesOf({ dtype }: TensorType): readonly [lowest: number, highest: number] {
  if (dtype === "float32") return [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  return dtype === "bool" ? [0, 1] : quantRange[dtype as QuantizedDType];
}

/** The reduced axes of a rank, counted from the front, in order and each once. */
export function reducedAxes(rank: number, { axes }: Attributes): readonly number[] {
  const places = new Set((axes as readonly number[]).map((axis) => axisOf(axis, rank)));
  return range(rank).filter((axis) => places.has(axis));
}

/** The shape that is left. */
export function reducedShape(shape: Shape, attributes: Attributes): Shape {
  const axes = reducedAxes(shape.length, attributes);
  return attributes.keepDims
    ? shape.map((size, axis) => (axes.includes(axis) ? 1 : size))
    : shape.filter((_, axis) => !axes.includes(axis));
}

/**
 * The call of a kernel that sees its input as [outer, length, inner] and reduces the middle: directly where the
 * reduced axes lie behind each other, else after a copy that puts them last.
 */
export function reduceCalls(
  { operands: [x], attributes }: Site,
  call: (
    x: KernelArgument,
    geometry: readonly [outer: number, length: number, inner: number],
  ) => KernelCall,
): readonly KernelCall[] {
  const { shape, dtype } = x!;
  const axes = reducedAxes(shape.length, attributes).filter((axis) => shape[axis] !== 1);
  const length = sizeOf(axes.map((axis) => shape[axis]!));
  const first = axes[0] ?? shape.length;
  const last = axes.at(-1) ?? shape.length - 1;
  const between = range(last - first + 1, first).filter((axis) => shape[axis] !== 1);
  if (between.length === axes.length) {
    const [outer, inner] = [sizeOf(shape.slice(0, first)), sizeOf(shape.slice(last + 1))];
    return [call(operand(0), [outer, length, inner])];
  }
  const order = [...range(shape.length).filter((axis) => !axes.includes(axis)), ...axes];
  const strides = stridesOf(shape);
  const view = viewOf(
    order.map((axis) => shape[axis]!),
    [order.map((axis) => strides[axis]!)],
  );
  const kept = sizeOf(shape.filter((_, axis) => !axes.includes(axis)));
  const ordered: KernelArgument = { kind: "scratch", dtype, length: sizeOf(shape) };
  return [
    { kernel: "strided", arguments: [operand(0), ordered, view, 0] },
    call(ordered, [kept, length, 1]),
  ];
}

/** The axes of an ONNX node, an attribute or (later) an input; `undefined` where the node then does nothing. */
function onnxAxes(node: OnnxNode): readonly number[] | undefined {
  const stated = node.ints("axes") ?? node.constantInput(1, "axes")?.data;
  if (stated?.length) return [...stated];
  if (node.int("noop_with_empty_axes", 0) === 1) return undefined;
  return range(node.input(0).type.shape.length);
}

/** The value that `before` makes of the input, reduced by `op`. */
export function onnxReduction(
  op: string,
  before: (build: ImportBuilder, x: ImportedValue) => ImportedValue = (_, x) => x,
): (node: OnnxNode, build: ImportBuilder) => ImportedValue {
  return (node, build) => {
    const axes = onnxAxes(node);
    const x = before(build, node.input(0));
    const keepDims = node.int("keepdims", 1) === 1;
    return axes === undefined ? x : build.one(op, [x], { axes, keepDims });
  };
}

/** The largest finite float32. */
const mostFinite = 2 ** 127 * (2 - 2 ** -23);

/** `log Σ eˣ`, with the largest element taken out before and added again after, if it is finite. */
export function onnxLogSumExp(node: OnnxNode, build: ImportBuilder): ImportedValue {
  const axes = onnxAxes(node);
  const x = node.input(0);
  if (axes === undefined) return x;
  const maxima = build.one("ReduceMax", [x], { axes, keepDims: true });
  const largest = build.one("Clip", [maxima], { min: -mostFinite, max: mostFinite });
  const powers = build.one("Exp", [build.one("Subtract", [x, largest])]);
  const sum = build.one("Log", [build.one("ReduceSum", [powers], { axes, keepDims: true })]);
  const y = build.one("Add", [sum, largest]);
  const shape = reducedShape(x.type.shape, { axes, keepDims: node.int("keepdims", 1) === 1 });
  return shape.length === y.type.shape.length ? y : build.one("Reshape", [y], { shape });
}

export function tfliteReduction(op: string): TFLiteImporter {
  return (node, build) =>
    build.one(op, [node.input(0)], {
      axes: [...node.constantInput(1, "axes")!.data],
      keepDims: node.boolean("keepDims"),
    });
}

/** Writes a reduction: before opset 18 the axes are an input of `ReduceSum` and an attribute of the others. */
export function reductionToOnnx(opType: string): OnnxExporter {
  return ({ operands: [x], attributes, results: [y] }, [input], build) => {
    const axes = reducedAxes(x!.shape.length, attributes);
    const keepdims = attributes.keepDims ? 1 : 0;
    // Without the reduced axes there is no telling which is the channels': that needs the graph's own layout.
    const value = attributes.keepDims ? input! : build.asIs(input!);
    const places = axes.map((axis) => onnxAxis(value, axis));
    const results: readonly TensorType[] = [y!];
    return opType === "ReduceSum" || build.opset >= 18
      ? build.add(opType, [value, int64(build, places)], { keepdims }, results, value.layout)
      : build.add(opType, [value], { axes: places, keepdims }, results, value.layout);
  };
}
