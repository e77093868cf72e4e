import type { Expression, GraphValue, TensorTypePattern } from "../../grammar/ast.ts";
import { Rejected } from "../../grammar/source/diagnostic.ts";
import {
  type DType,
  dtypeNotation,
  parameterShape,
  type QuantizedDType,
  type QuantParams,
  quantRange,
  type Shape,
  sizeOf,
  type Tensor,
  type TensorType,
  tensor,
} from "../ir/types.ts";
import { nodeDoesNotFit, wrongElementCount } from "./diagnostics.ts";
import { exactNumbers } from "./exact-numbers.ts";

/** Numbers of a graph that is written out. What the checker of the language has let pass is taken for granted. */

const dtypes = new Map(
  Object.entries(dtypeNotation).flatMap(([dtype, word]) => [
    [word, dtype as DType] as const,
    [dtype, dtype as DType] as const,
  ]),
);

/** The type of an input or a constant: complete. */
export function typeOfLiteral({ type, quant, name }: GraphValue): TensorType {
  const { dtype: word, dimensions = [] } = type as TensorTypePattern;
  const dtype = dtypes.get(word!.text);
  if (dtype === undefined)
    throw new Rejected([
      nodeDoesNotFit(word!.span, name.text, `no graph has elements of \`${word!.text}\``),
    ]);
  const shape = dimensions.map((size) => (size.kind === "size" ? size.value : 1));
  const fault = faultOfShape(shape);
  if (fault !== undefined) throw new Rejected([nodeDoesNotFit(type!.span, name.text, fault)]);
  if (quant.length === 0) return { dtype, shape };
  const fields = new Map(quant.map((field) => [field.name.text, numbersOf(field.value)]));
  const [scale = [1], axis, group] = [fields.get("scale"), fields.get("axis"), fields.get("group")];
  const zeros = fields.get("zeroPoint") ?? [0];
  const params: QuantParams = {
    scale: scale.map(Math.fround),
    zeroPoint: zeros.length === scale.length ? zeros : scale.map(() => zeros[0]!),
    ...(axis && { axis: axis[0]! }),
    ...(group && { group: group[0]! }),
  };
  const unfit = faultOfQuant(shape, dtype, params);
  if (unfit !== undefined) throw new Rejected([nodeDoesNotFit(quant[0]!.span, name.text, unfit)]);
  return { dtype, shape, quant: params };
}

/** More than any test needs, and few enough to be held many times over. */
const mostElements = 2 ** 24;

/** What is wrong with a shape that somebody wrote. */
export function faultOfShape(shape: Shape): string | undefined {
  if (!shape.every((size) => Number.isInteger(size) && size >= 0))
    return `[${shape}] are no sizes: they are whole numbers`;
  return sizeOf(shape) > mostElements
    ? `[${shape}] has more than ${mostElements} elements`
    : undefined;
}

function faultOfQuant(shape: Shape, dtype: DType, quant: QuantParams): string | undefined {
  const { scale, zeroPoint, axis } = quant;
  if (!Object.hasOwn(quantRange, dtype)) return `elements of ${dtype} have no scale`;
  if (!scale.every((x) => x > 0 && Number.isFinite(x))) return "a scale is a positive number";
  const [lowest, highest] = quantRange[dtype as QuantizedDType];
  if (!zeroPoint.every((z) => Number.isInteger(z) && lowest <= z && z <= highest))
    return `a zero point is one of the integers of ${dtype}`;
  if (axis !== undefined && shape[axis] === undefined) return `there is no axis ${axis}`;
  const count = sizeOf(parameterShape(shape, quant));
  return scale.length === count ? undefined : `there are ${count} scales, not ${scale.length}`;
}

/** The elements of a constant with a type: all, one for all, or drawn from a seed. */
export function constantOfType(type: TensorType, e: Expression): Tensor {
  const length = sizeOf(type.shape);
  const values = e.kind === "call" ? drawn(e, length) : numbersOf(e);
  const isOneForAll = e.kind !== "list" && values.length === 1;
  if (!isOneForAll && values.length !== length)
    throw new Rejected([wrongElementCount(e.span, values.length, length)]);
  const elements = isOneForAll ? Array<number>(length).fill(values[0]!) : values;
  return { ...tensor(type.dtype, type.shape, elements), ...(type.quant && { quant: type.quant }) };
}

function drawn(e: Extract<Expression, { kind: "call" }>, length: number): readonly number[] {
  return exactNumbers(numbersOf(e.arguments[0]!.value)[0]!, length);
}

/** `0.5` is a scalar, `[[1, 2], [3, 4]]` a matrix. */
export function constantOfList(e: Expression): Tensor {
  const shape: number[] = [];
  let [level]: (Expression | undefined)[] = [e];
  while (level?.kind === "list") {
    shape.push(level.items.length);
    level = level.items[0];
  }
  const values = numbersOf(e);
  if (values.length !== sizeOf(shape))
    throw new Rejected([wrongElementCount(e.span, values.length, sizeOf(shape))]);
  return tensor("float32", shape, values);
}

/** All numbers of an expression, in their order. */
export function numbersOf(e: Expression): readonly number[] {
  if (e.kind === "list") return e.items.flatMap(numbersOf);
  if (e.kind === "unary") return numbersOf(e.operand).map((x) => -x);
  if (e.kind === "name") return [e.name.text === "inf" ? Number.POSITIVE_INFINITY : Number.NaN];
  return [e.kind === "number" ? e.value : Number.NaN];
}
