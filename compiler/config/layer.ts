/** What TypeScript sees of a graph: readonly views of matched nodes and of values, made when they are asked for. */
import type { AttributeValue, Node, Value } from "../ir/graph.ts";
import { isTensor } from "../ir/graph.ts";
import type { GraphView } from "../ir/graph-view.ts";
import type { OpDef, OpTable } from "../ir/op.ts";
import {
  type DType,
  type Tensor as IrTensor,
  type QuantParams,
  type Shape,
  sizeOf,
  type TypedArray,
  tensor,
} from "../ir/types.ts";
import type { OpTypes } from "./op-types.generated.ts";
import type { Quantizer } from "./quantizers.ts";

export type { DType, QuantParams, Shape };

/** A value of the graph, or a constant. What it asks of the elements of a value that is not constant makes a rule not apply. */
export interface Tensor {
  /** Of the node that computes it; empty for a constant that is in no graph yet. */
  readonly name: string;
  /** The op that computes it; `"Constant"` for a constant. */
  readonly op: string;
  readonly dtype: DType;
  readonly shape: Shape;
  readonly rank: number;
  /** The number of elements. */
  readonly size: number;
  readonly isConstant: boolean;
  /** What its integers mean, if it is quantized. */
  readonly quant: QuantParams | undefined;
  /** Which operand of a layer it is, and which of several of that name; absent for what is no operand. */
  readonly slot?: string;
  readonly index?: number;
  /** The elements, row-major: a copy. */
  readonly values: TypedArray;
  /** The largest magnitude. */
  maxAbs(): number;
  min(): number;
  max(): number;
  mean(): number;
  /** A float32 constant of the same shape. */
  map(f: (x: number, i: number) => number): Tensor;
}

/** What a layer computes last, as a place for a quantizer. */
export interface Activation {
  readonly slot: "activation";
  /** The word of the attribute; `"linear"` for an op without it, whose activation is a node of its own. */
  readonly name: string;
}

/** A slot with the quantizer that a config chose for it. */
export type Quantized<Slot> = Slot & { readonly quantizer: Quantizer };

/** What a layer is, whatever its op. */
export interface AnyLayer<Op extends string = string> {
  readonly op: Op;
  /** Unique in the graph. */
  readonly name: string;
  /** All attributes, those with a default value too. */
  readonly attributes: Readonly<Record<string, AttributeOf>>;
  /** What it reads, constants too; absent optional operands are left out. */
  readonly inputs: readonly Tensor[];
  /** Its first result. */
  readonly output: Tensor;
  readonly outputs: readonly Tensor[];
  readonly activation: Activation;
  /** By what name the rule captured it. */
  readonly capture?: string;
  /** The operand of a name: one, several, or `undefined` where it is absent. */
  slot(name: string): Tensor | readonly Tensor[] | undefined;
}

type AttributeOf = number | string | boolean | readonly number[] | readonly string[] | Tensor;

/**
 * A matched node. Of a known op, operands and attributes are properties: `layer.kernel` of a `Layer<"Dense">`,
 * `layer.strides` of a `Layer<"Conv2D">`; of several, `Layer<"Dense" | "Conv2D">`, what all of them have.
 */
export type Layer<Op extends string = string> = Op extends keyof OpTypes
  ? OpTypes[Op]
  : AnyLayer<Op>;

/** What a function of rules may be given and may give: of the latter, layers stand for their output. */
export type Term = number | string | boolean | Tensor | Layer | readonly Term[] | undefined;

/** Elements were asked for of a value that is not constant. */
export class NotConstant extends Error {}

const originMark: unique symbol = Symbol.for("qcfg.origin") as never;

/** What a view shows: also of a view that another copy of this package made. */
export function originOf(view: object): Value | IrTensor | undefined {
  return (view as { readonly [originMark]?: Value | IrTensor })[originMark];
}

/** A constant: float32 unless stated, the elements row-major. */
export function constant(
  shape: Shape,
  values: ArrayLike<number>,
  dtype: DType = "float32",
): Tensor {
  if (values.length !== sizeOf(shape))
    throw new RangeError(`${values.length} elements do not fit the shape [${shape.join(", ")}]`);
  return constantView(tensor(dtype, [...shape], values));
}

/** The view of a tensor that is known. */
export function constantView(of: IrTensor): Tensor {
  return viewOfTensor(of, of, { name: "", op: "Constant" }, of);
}

/** The view of a value of a graph. */
export function tensorView(
  graph: GraphView,
  value: Value,
  place: Pick<Tensor, "slot" | "index"> = {},
): Tensor {
  const node = graph.node(value.node);
  const known = node.op === "Constant" ? (node.attributes.value as IrTensor) : undefined;
  return viewOfTensor(
    value,
    node.types[value.output]!,
    { ...place, name: node.name, op: node.op },
    known,
  );
}

function viewOfTensor(
  origin: Value | IrTensor,
  { dtype, shape, quant }: Omit<IrTensor, "data">,
  place: Pick<Tensor, "name" | "op" | "slot" | "index">,
  known: IrTensor | undefined,
): Tensor {
  const data = (): TypedArray => {
    if (known === undefined) throw new NotConstant(`\`${place.name}\` is not a constant`);
    return known.data;
  };
  const fold = (f: (a: number, b: number) => number, start: number) => {
    let result = start;
    for (const x of data()) result = f(result, x);
    return result;
  };
  return Object.freeze({
    ...place,
    [originMark]: origin,
    dtype,
    shape: Object.freeze([...shape]),
    rank: shape.length,
    size: sizeOf(shape),
    isConstant: known !== undefined,
    quant,
    get values() {
      return data().slice();
    },
    maxAbs: () => fold((a, b) => Math.max(a, Math.abs(b)), 0),
    min: () => fold(Math.min, Number.POSITIVE_INFINITY),
    max: () => fold(Math.max, Number.NEGATIVE_INFINITY),
    mean: () => fold((a, b) => a + b, 0) / sizeOf(shape),
    map: (f: (x: number, i: number) => number) => constant(shape, Float32Array.from(data(), f)),
  });
}

/** The view of a node. */
export function layerView(graph: GraphView, ops: OpTable, node: Node, capture?: string): Layer {
  const op = ops.get(node.op)!;
  const outputs = once(() =>
    node.types.map((_, output) => tensorView(graph, { node: node.id, output })),
  );
  const operands = new Map(
    op.operands.map(({ name }) => [name, once(() => operandView(graph, node, op, name))]),
  );
  const operand = (name: string) => operands.get(name)?.();
  const attributes = Object.freeze(
    Object.fromEntries(
      Object.entries(node.attributes).map(([name, x]) => [name, attributeView(x)]),
    ),
  );
  const activation: Activation = Object.freeze({
    slot: "activation",
    name: typeof attributes.activation === "string" ? attributes.activation : "linear",
  });
  const view: Record<string, unknown> = { ...attributes };
  for (const { name } of op.operands) lazily(view, name, () => operand(name));
  lazily(view, "inputs", () => op.operands.flatMap(({ name }) => operand(name) ?? []));
  lazily(view, "outputs", outputs);
  lazily(view, "output", () => outputs()[0]);
  const own = { op: node.op, name: node.name, attributes, activation, slot: operand };
  const origin: Value = { node: node.id, output: 0 };
  Object.assign(view, own, { [originMark]: origin }, capture === undefined ? {} : { capture });
  return Object.freeze(view) as unknown as Layer;
}

function attributeView(value: AttributeValue): AttributeOf {
  if (typeof value !== "object") return value;
  return isTensor(value) ? constantView(value) : (Object.freeze([...value]) as typeof value);
}

function operandView(
  graph: GraphView,
  { operands }: Node,
  op: OpDef,
  slot: string,
): Tensor | readonly Tensor[] | undefined {
  const position = op.operands.findIndex(({ name }) => name === slot);
  const def = op.operands[position];
  if (def === undefined) return undefined;
  if (def.variadic)
    return Object.freeze(
      operands
        .slice(position)
        .flatMap((value, index) => (value ? [tensorView(graph, value, { slot, index })] : [])),
    );
  const value = operands[position];
  return value && tensorView(graph, value, { slot });
}

/** A property that is computed when it is first asked for; it takes the place of one of its name, as `inputs` does of a Concat's operand. */
function lazily(object: object, name: string, compute: () => unknown): void {
  Object.defineProperty(object, name, {
    get: once(compute),
    enumerable: true,
    configurable: true,
  });
}

function once<T>(compute: () => T): () => T {
  let known: { readonly value: T } | undefined;
  return () => {
    known ??= { value: compute() };
    return known.value;
  };
}
