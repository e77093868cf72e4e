import { kernels } from "../../runtime/reference/index.ts";
import type { Attributes } from "../ir/graph.ts";
import {
  type ExportedValue,
  InferenceError,
  type KernelArgument,
  type KernelCall,
  type OnnxAttribute,
  type OnnxExporter,
  type OnnxImporter,
  type OpDef,
  type Site,
  type TFLiteImporter,
  type Trait,
} from "../ir/op.ts";
import {
  type DType,
  type QuantizedDType,
  quantRange,
  sizeOf,
  type TensorType,
} from "../ir/types.ts";
import { defineOp } from "./define-op.ts";
import { integersOfReals, lookupCalls } from "./lookup.ts";
import { keepsOrder } from "./onnx-layout.ts";
import { activationAttribute, operand, result } from "./requantization.ts";
import { activate } from "./spatial.ts";
import { broadcastShape, broadcastView } from "./views.ts";

/** What one unary op adds to its family. */
export interface Unary {
  readonly name: string;
  readonly doc: string;
  /** `kernel(x, y, length, …parameters)`. */
  readonly kernel: keyof typeof kernels;
  /** Numbers that the kernel takes after the length, in this order. */
  readonly parameters?: Readonly<Record<string, NumberAttribute>>;
  /** Numbers that it takes after those, the same for every node. */
  readonly numbers?: readonly number[];
  /** Besides `elementwise`. */
  readonly traits?: readonly Trait[];
  /** float32 alone, or every dtype. */
  readonly accepts?: "reals" | "numbers";
  /** The ONNX op with the same attributes, or importers. */
  readonly onnx?: string | Readonly<Record<string, OnnxImporter>>;
  /** The TFLite operator without options, or importers. */
  readonly tflite?: string | Readonly<Record<string, TFLiteImporter>>;
  /** Where `onnx` is not the op to write. */
  readonly toOnnx?: OnnxExporter;
  /** The integers of the result in mode `tflite`, where its kernel is not a table of the real function. */
  readonly tfliteIntegers?: (site: Site) => (q: number) => number;
}

interface NumberAttribute {
  readonly kind: "number";
  readonly default: number;
  readonly doc: string;
}

/** An attribute for `Unary.parameters`. */
export function numberAttribute(fallback: number, doc: string): NumberAttribute {
  return { kind: "number", default: fallback, doc };
}

/** An op `y[i] = f(x[i])`. Its integer form is a table, made from the float kernel itself. */
export function defineUnary(unary: Unary): OpDef {
  const { name, doc, kernel, parameters = {}, traits = [], accepts = "reals" } = unary;
  const numbersOf = ({ attributes, operands: [x] }: Site) =>
    [
      ...Object.keys(parameters).map((key) => attributes[key] as number),
      ...(unary.numbers ?? []),
    ].map((number) => representable(number, x!));
  return defineOp({
    name,
    doc,
    operands: [{ name: "input", role: "activation" }],
    attributes: parameters,
    traits: ["elementwise", ...traits],
    infer: ([input]) => [{ dtype: checkReal(input!, "input", accepts).dtype, shape: input!.shape }],
    lower: (site) => [
      {
        kernel,
        arguments: [operand(0), result(), sizeOf(site.results[0]!.shape), ...numbersOf(site)],
      },
    ],
    lowerInteger(site) {
      const f = kernels[kernel] as (x: Float32Array, y: Float32Array, ...rest: number[]) => void;
      const numbers = numbersOf(site);
      const ofReals = integersOfReals(site, (x, y) => f(x, y, x.length, ...numbers));
      const exact = site.requantize === "tflite" && unary.tfliteIntegers?.(site);
      return lookupCalls(site, exact || ofReals);
    },
    ...onnxOf(unary),
    ...(unary.tflite !== undefined && {
      tflite:
        typeof unary.tflite === "string"
          ? { [unary.tflite]: (op, build) => build.one(name, [op.input(0)]) }
          : unary.tflite,
    }),
  });
}

/** The number nearest to `value` among those that stand for reals, or for the integers of an operand. */
function representable(value: number, { dtype, quant }: TensorType): number {
  if (dtype === "float32" || quant) return Math.fround(value);
  const [low, high] = dtype === "bool" ? [0, 1] : quantRange[dtype as QuantizedDType];
  return Math.min(high, Math.max(low, value));
}

/** Importer and exporter of a unary op: derived from one ONNX name, or as they are given. */
function onnxOf({ name, onnx, toOnnx, parameters = {} }: Unary): Pick<OpDef, "onnx" | "toOnnx"> {
  if (typeof onnx !== "string") return { ...(onnx && { onnx }), ...(toOnnx && { toOnnx }) };
  const keys = Object.entries(parameters);
  const read: OnnxImporter = (node, build) =>
    build.one(
      name,
      [node.input(0)],
      Object.fromEntries(keys.map(([key, def]) => [key, node.float(key, def.default)])),
    );
  const write = elementwiseToOnnx(onnx, (attributes) =>
    Object.fromEntries(keys.map(([key]) => [key, { float: attributes[key] as number }])),
  );
  return { onnx: { [onnx]: read }, toOnnx: toOnnx ?? write };
}

/** What one binary op adds to its family. */
export interface Binary {
  readonly name: string;
  readonly doc: string;
  /** `kernel(a, b, y, view)`; another one for integers, or for int32 alone. */
  readonly kernel: keyof typeof kernels;
  readonly integerKernel?: keyof typeof kernels;
  readonly int32Kernel?: keyof typeof kernels;
  /** Besides `elementwise`. */
  readonly traits?: readonly Trait[];
  readonly accepts?: "reals" | "numbers" | "booleans";
  /** Where it is not the operands'. */
  readonly dtype?: "bool";
  readonly onnx?: string | Readonly<Record<string, OnnxImporter>>;
  /** The TFLite operator, its fused activation applied behind it. */
  readonly tflite?: string | Readonly<Record<string, TFLiteImporter>>;
  readonly toOnnx?: OnnxExporter;
  /** The integer form of ops that have one; they take the attribute `activation`. */
  readonly lowerInteger?: (site: Site) => readonly KernelCall[] | string;
}

/** An op `y = f(a, b)` with NumPy broadcasting. */
export function defineBinary(binary: Binary): OpDef {
  const { name, doc, traits = [], accepts = "numbers", lowerInteger, onnx, tflite } = binary;
  const role = accepts === "booleans" ? "parameter" : "activation";
  return defineOp({
    name,
    doc,
    operands: [
      { name: "a", role },
      { name: "b", role },
    ],
    attributes: lowerInteger ? { activation: activationAttribute } : {},
    traits: ["elementwise", ...traits],
    infer([a, b]) {
      checkReal(a!, "a", accepts);
      checkReal(b!, "b", accepts);
      if (a!.dtype !== b!.dtype)
        throw new InferenceError(`operands are of two dtypes, ${a!.dtype} and ${b!.dtype}`);
      return [{ dtype: binary.dtype ?? a!.dtype, shape: broadcastShape(a!.shape, b!.shape) }];
    },
    lower: (site) => [
      {
        kernel: kernelFor(binary, site.operands[0]!.dtype),
        arguments: [operand(0), operand(1), result(), viewOfSite(site)],
      },
    ],
    ...(lowerInteger && { lowerInteger }),
    ...(onnx !== undefined && {
      onnx:
        typeof onnx === "string"
          ? { [onnx]: (node, build) => build.one(name, [node.input(0), node.input(1)]) }
          : onnx,
    }),
    ...(tflite !== undefined && {
      tflite: typeof tflite === "string" ? { [tflite]: fusedBinary(name) } : tflite,
    }),
    ...((binary.toOnnx || typeof onnx === "string") && {
      toOnnx: binary.toOnnx ?? elementwiseToOnnx(onnx as string),
    }),
  });
}

/** Importer of a TFLite binary operator with a fused activation. */
export function fusedBinary(name: string): TFLiteImporter {
  return (op, build) =>
    activate(build, build.one(name, [op.input(0), op.input(1)]), op.fusedActivation);
}

function kernelFor(binary: Binary, dtype: DType): string {
  if (dtype === "int32" && binary.int32Kernel) return binary.int32Kernel;
  if (dtype !== "float32" && binary.integerKernel) return binary.integerKernel;
  return binary.kernel;
}

/** The view of all operands of a site, broadcast to its result. */
export function viewOfSite(site: Site): KernelArgument {
  return broadcastView(
    site.results[0]!.shape,
    site.operands.map((type) => type!.shape),
  );
}

/** ONNX ops of any number of operands (`Sum`, `Max` …) as a chain of binary ones. */
export function variadic(name: string): OnnxImporter {
  return (node, build) =>
    node.inputs
      .map((_, i) => node.input(i))
      .reduce((sofar, next) => build.one(name, [sofar, next]));
}

/** The type, if its elements are values that ops may compute with; integers of a quantized value are not. */
export function checkReal(
  type: TensorType,
  name: string,
  accepts: "reals" | "numbers" | "booleans" = "reals",
): TensorType {
  if (type.quant) throw new InferenceError(`operand \`${name}\` is quantized`);
  const fits = { reals: type.dtype === "float32", numbers: true, booleans: type.dtype === "bool" };
  if (!fits[accepts]) {
    const wanted = accepts === "booleans" ? "bool" : "float32";
    throw new InferenceError(`operand \`${name}\` must be ${wanted}, not ${type.dtype}`);
  }
  return type;
}

/**
 * Writes an elementwise op in the layout that its operands already have: channel-first as soon as one operand
 * of the result's rank is, the others brought to it.
 */
export function elementwiseToOnnx(
  opType: string,
  attributesOf: (attributes: Attributes) => Readonly<Record<string, OnnxAttribute>> = () => ({}),
): OnnxExporter {
  return (site, operands, build) =>
    writeElementwise(opType, operands, site.results, build, attributesOf(site.attributes));
}

/** One ONNX node of an elementwise op; see `elementwiseToOnnx`. */
export function writeElementwise(
  opType: string,
  operands: readonly (ExportedValue | undefined)[],
  results: readonly TensorType[],
  build: ExportBuilder,
  attributes: Readonly<Record<string, OnnxAttribute>> = {},
): readonly ExportedValue[] {
  const values = operands.filter((value) => value !== undefined);
  const { layout, aligned } = alignLayouts(values, results[0]!.shape.length, build);
  return build.add(opType, aligned, attributes, results, layout);
}

export type ExportBuilder = Parameters<OnnxExporter>[2];

/** Operands of an elementwise op in one layout, with the rank of the result where that matters. */
export function alignLayouts(
  values: readonly ExportedValue[],
  rank: number,
  build: ExportBuilder,
): { readonly layout: ExportedValue["layout"]; readonly aligned: readonly ExportedValue[] } {
  const first = values.some(
    ({ layout, type }) => layout === "channelFirst" && type.shape.length === rank,
  );
  if (!first) return { layout: "asIs", aligned: values.map((value) => build.asIs(value)) };
  return {
    layout: "channelFirst",
    aligned: values.map((value) => channelFirstOfRank(value, rank, build)),
  };
}

/** The value channel-first, with leading axes of extent 1 up to `rank`; single elements broadcast as they are. */
function channelFirstOfRank(
  value: ExportedValue,
  rank: number,
  build: ExportBuilder,
): ExportedValue {
  const { shape } = value.type;
  if (shape.length === rank) return build.channelFirst(value);
  if (sizeOf(shape) === 1) return build.asIs(value);
  const padded = [...Array(rank - shape.length).fill(1), ...shape];
  return build.channelFirst(reshaped(value, padded, build));
}

/** The value under another shape: a constant of that shape, or an ONNX `Reshape`. */
export function reshaped(
  value: ExportedValue,
  shape: readonly number[],
  build: ExportBuilder,
): ExportedValue {
  const plain = keepsOrder(value) ? value : build.asIs(value);
  const constant = build.constantOf(plain);
  if (constant) return build.constant({ ...constant, shape });
  return writeReshape(plain, shape, { ...value.type, shape }, build);
}

/** The ONNX node `Reshape`, which takes an extent of 0 for one only where told so. */
export function writeReshape(
  value: ExportedValue,
  shape: readonly number[],
  result: TensorType,
  build: ExportBuilder,
  layout?: ExportedValue["layout"],
): ExportedValue {
  const attributes = shape.includes(0) ? { allowzero: 1 } : {};
  return build.add("Reshape", [value, int64(build, shape)], attributes, [result], layout)[0]!;
}

/** An int64 vector among the initializers. */
export function int64(build: ExportBuilder, values: readonly number[]): ExportedValue {
  return build.constant(
    { dtype: "int32", shape: [values.length], data: Int32Array.from(values) },
    "int64",
  );
}

/** Indices as ONNX ops want them that take no int32. */
export function asInt64(build: ExportBuilder, indices: ExportedValue): ExportedValue {
  const plain = build.asIs(indices);
  const constant = build.constantOf(plain);
  if (constant) return build.constant(constant, "int64");
  return build.add("Cast", [plain], { to: onnxInt64 }, [plain.type])[0]!;
}

/** ONNX's number for the element type. */
const onnxInt64 = 7;
