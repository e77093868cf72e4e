import type { Attributes, AttributeValue } from "./graph.ts";
import type { DType, Shape, Tensor, TensorType } from "./types.ts";

/** How one operand is quantized when its op becomes an integer op. */
export type OperandRole =
  /** A value of the network: per tensor. */
  | "activation"
  /** Constant and quantized symmetrically, per channel along `channelAxis`. */
  | "weight"
  /** int32, its scale derived from input and weight. */
  | "bias"
  /** Indices, masks, shapes and float parameters: never quantized. */
  | "parameter";

export interface OperandDef {
  /** The slot's name in rule files. */
  readonly name: string;
  readonly role: OperandRole;
  readonly optional?: boolean;
  /** Any number of values; only the last operand of an op. */
  readonly variadic?: boolean;
  /** The output-channel axis of a weight or of a per-channel parameter. Negative counts from the end. */
  readonly channelAxis?: number;
  /** An activation that the integer form takes with a scale for each channel, too. */
  readonly perChannel?: boolean;
  /** Whether the op's float form computes on constants of such integers as they are, without a `Dequantize` before it. */
  readonly asIntegers?: (type: TensorType) => boolean;
}

export type AttributeKind =
  | "number"
  | "string"
  | "boolean"
  | "numbers"
  | "strings"
  | "tensor"
  | "dtype";

export interface AttributeDef {
  readonly kind: AttributeKind;
  /** Used when a node does not state it; without a default the attribute is required. */
  readonly default?: AttributeValue | undefined;
  /** The closed list of allowed words, for string attributes that have one. */
  readonly oneOf?: readonly string[];
  readonly doc: string;
}

/**
 * - `commutative`: the first two operands may be swapped.
 * - `elementwise`: each result element depends on the operand elements at its own (broadcast) place.
 * - `movement`: the result's elements are elements of the first operand (or a constant fill): values
 *   are moved, never computed, so it works on any dtype and keeps quantization parameters.
 * - `monotone`: a non-decreasing unary function.
 * - `inference-identity`: does nothing at inference time (dropout).
 */
export type Trait = "commutative" | "elementwise" | "movement" | "monotone" | "inference-identity";

/**
 * One argument of a kernel: an operand or result of the node, a constant that was prepared at compile
 * time, scratch memory (uninitialised), or a number.
 */
export type KernelArgument =
  | number
  | { readonly kind: "operand"; readonly index: number }
  | { readonly kind: "result"; readonly index: number }
  | { readonly kind: "constant"; readonly tensor: Tensor }
  | { readonly kind: "scratch"; readonly dtype: DType; readonly length: number };

/**
 * A call of a kernel of `runtime/`. The evaluator makes it on typed arrays, the emitter prints it:
 * so what is evaluated is what is emitted.
 */
export interface KernelCall {
  /** A key of the kernel list `runtime/reference/index.ts`. */
  readonly kernel: string;
  readonly arguments: readonly KernelArgument[];
}

/** How int32 accumulators become integers of the output: see NUMERICS in ARCHITECTURE.md. */
export type Requantize = "onnx" | "tflite";

/** All that lowering one node may look at. */
export interface Site {
  readonly name: string;
  readonly attributes: Attributes;
  readonly operands: readonly (TensorType | undefined)[];
  /** The operand's tensor where it is a constant. */
  readonly constants: readonly (Tensor | undefined)[];
  readonly results: readonly TensorType[];
  readonly requantize: Requantize;
}

/**
 * Everything the compiler knows of an op. The printer, the verifier, constant folding, the importers,
 * the exporters, the vocabulary of rule files and the manual are derived from this.
 */
export interface OpDef {
  readonly name: string;
  /** One sentence with the formula. */
  readonly doc: string;
  readonly operands: readonly OperandDef[];
  readonly attributes: Readonly<Record<string, AttributeDef>>;
  readonly traits: readonly Trait[];
  /**
   * Types of the results of the float form (or, for `movement` ops, of whatever dtype comes in, with
   * the operand's quantization kept). Throws `InferenceError` when operands and attributes do not fit.
   */
  readonly infer: (
    operands: readonly (TensorType | undefined)[],
    attributes: Attributes,
  ) => readonly TensorType[];
  /** The float kernel calls; for `movement` ops the calls for any dtype. */
  readonly lower: (site: Site) => readonly KernelCall[];
  /**
   * The integer kernel calls, for an op whose operands and result are quantized; absent if the op has
   * no integer form. Returns a sentence instead when this site cannot be done in integers.
   */
  readonly lowerInteger?: (site: Site) => readonly KernelCall[] | string;
  /** For graphs that are written without their weights. */
  readonly weights?: WeightDefs;
  /** Multiply-accumulates of one evaluation, for an op of sums of products; padding counts as data. Bias and scaling do not. */
  readonly macs?: (site: Site) => number;
  /** Readers of the wire formats, by the format's own op name. */
  readonly onnx?: Readonly<Record<string, OnnxImporter>>;
  readonly tflite?: Readonly<Record<string, TFLiteImporter>>;
  /** Writes the op, its data channel-first or as it is in the graph: see `backends/onnx`. */
  readonly toOnnx?: OnnxExporter;
}

/** A weight that a graph in a rule file may leave out. */
export interface WeightDef {
  readonly shape: Shape;
  /** Its elements are squares of powers of two, less this: a variance, of which the square root is taken with ε added. */
  readonly squareLess?: number;
}

/** Weights whose shapes follow from the input and from a few sizes, which have Keras' names. */
export interface WeightDefs {
  readonly sizes: Readonly<Record<string, AttributeDef>>;
  /** By the operand's name. `attributes` are complete, and hold the sizes; throws `InferenceError`. */
  readonly of: (input: Shape, attributes: Attributes) => Readonly<Record<string, WeightDef>>;
}

/** Operands and attributes do not fit; the message names the operand, lower case, without a place. */
export class InferenceError extends Error {
  constructor(message: string) {
    const { stackTraceLimit } = Error;
    // What fits is found by trying: a stack for each failure would take longer than the trying.
    Error.stackTraceLimit = 0;
    super(message);
    Error.stackTraceLimit = stackTraceLimit;
  }
}

/** A value while importing: opaque, with its type and, if known, its constant. */
export interface ImportedValue {
  readonly type: TensorType;
  readonly constant?: Tensor | undefined;
}

/** What every importer may do. Nodes whose operands are all constants are evaluated on the spot. */
export interface ImportBuilder {
  /** Adds a node of `op` and gives its results. Operands are positional; absent ones `undefined`. */
  add(
    op: string,
    operands: readonly (ImportedValue | undefined)[],
    attributes?: Attributes,
  ): readonly ImportedValue[];
  /** `add` for ops with one result. */
  one(
    op: string,
    operands: readonly (ImportedValue | undefined)[],
    attributes?: Attributes,
  ): ImportedValue;
  constant(tensor: Tensor): ImportedValue;
  /** Rejects the node: what is wrong, in lower case. Collected over all nodes before it reaches the user. */
  reject(message: string): never;
}

/** A node of an ONNX file. Data keeps ONNX's own layout (`NCHW`): importers add the transposes. */
export interface OnnxNode {
  readonly opType: string;
  readonly name: string;
  /** The version of the operator set of the node's domain. */
  readonly opset: number;
  /** Absent optional inputs are `undefined`. */
  readonly inputs: readonly (ImportedValue | undefined)[];
  /** Names of the outputs; an empty name is an output that nobody uses. */
  readonly outputNames: readonly string[];
  /** The input at `index`, or a rejection that names it. */
  input(index: number): ImportedValue;
  /** The constant behind an input (as plain numbers), or a rejection: "input `pads` must be a constant". */
  constantInput(index: number, name: string): Tensor | undefined;
  int(name: string, fallback: number): number;
  ints(name: string): readonly number[] | undefined;
  float(name: string, fallback: number): number;
  floats(name: string): readonly number[] | undefined;
  string(name: string, fallback: string): string;
  strings(name: string): readonly string[] | undefined;
  tensor(name: string): Tensor | undefined;
  has(name: string): boolean;
}

/** Returns one value per output of the node. */
export type OnnxImporter = (
  node: OnnxNode,
  build: ImportBuilder,
) => readonly ImportedValue[] | ImportedValue;

/**
 * An operator of a TFLite file. Quantized operands have already been dequantized (`Dequantize` nodes) and the
 * results are quantized by the frontend, so importers build the float op. A `movement` op keeps the parameters.
 */
export interface TFLiteOperator {
  /** The builtin operator's name (`CONV_2D`) or the custom code. */
  readonly opType: string;
  readonly version: number;
  readonly name: string;
  readonly inputs: readonly (ImportedValue | undefined)[];
  readonly outputTypes: readonly TensorType[];
  input(index: number): ImportedValue;
  constantInput(index: number, name: string): Tensor | undefined;
  /** Fields of the builtin options table, by the schema's name in camelCase; the schema's default when absent. */
  number(field: string): number;
  boolean(field: string): boolean;
  numbers(field: string): readonly number[];
  /** `NONE`, `RELU`, `RELU6`, `RELU_N1_TO_1`, `TANH`: the fused activation; apply it with `activate`. */
  readonly fusedActivation: string;
  /** Bytes of a custom operator's options. */
  readonly customOptions: Uint8Array;
  /** A number or truth value (0, 1) among a custom operator's options, which are a FlexBuffers map. */
  customNumber(key: string): number | undefined;
}

export type TFLiteImporter = (
  op: TFLiteOperator,
  build: ImportBuilder,
) => readonly ImportedValue[] | ImportedValue;

/**
 * A value of the ONNX graph being written. `type` is the graph's own, channel-last; under the layout
 * `channelFirst` the bytes of the ONNX value are that value with its last axis moved to place 1. Layouts are
 * lazy: a transpose is written only where an op needs the other one.
 */
export interface ExportedValue {
  readonly name: string;
  readonly type: TensorType;
  readonly layout: "asIs" | "channelFirst";
}

export interface OnnxExportBuilder {
  /** The version of the operator set that is written. */
  readonly opset: number;
  /** Adds an ONNX node and gives its outputs, one per result type, all in `layout` (`asIs` unless stated). */
  add(
    opType: string,
    inputs: readonly (ExportedValue | undefined)[],
    attributes: Readonly<Record<string, OnnxAttribute>>,
    results: readonly TensorType[],
    layout?: ExportedValue["layout"],
  ): readonly ExportedValue[];
  /** An initializer. `wire` names an ONNX element type that graphs do not have (`int64` for shapes). */
  constant(tensor: Tensor, wire?: "int64"): ExportedValue;
  /** The constant behind an exported value, if it is one. */
  constantOf(value: ExportedValue): Tensor | undefined;
  /** The value in the other layout: itself, a constant rearranged at compile time, or a `Transpose` (written once per value). */
  channelFirst(value: ExportedValue): ExportedValue;
  asIs(value: ExportedValue): ExportedValue;
  /**
   * The value with its axes permuted, `asIs` again: a constant, also one behind a `DequantizeLinear`, is rearranged at
   * compile time (its per-channel axis moves along), anything else gets a `Transpose`.
   */
  transpose(value: ExportedValue, permutation: readonly number[]): ExportedValue;
  reject(message: string): never;
}

export type OnnxAttribute =
  | number
  | string
  | readonly number[]
  | { readonly float: number }
  | { readonly floats: readonly number[] };

/** Writes one node: gives one value per result, in the graph's own (channel-last) layout. */
export type OnnxExporter = (
  site: Site,
  operands: readonly (ExportedValue | undefined)[],
  build: OnnxExportBuilder,
) => readonly ExportedValue[] | ExportedValue;

/** The list of all ops, by name. */
export type OpTable = ReadonlyMap<string, OpDef>;
