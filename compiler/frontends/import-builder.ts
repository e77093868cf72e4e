import { type Diagnostic, Rejected } from "../../grammar/source/diagnostic.ts";
import { kernels } from "../../runtime/reference/index.ts";
import { GraphEditor } from "../ir/edit.ts";
import { lowerSite, runCalls } from "../ir/evaluate.ts";
import type { Attributes, Graph, Value } from "../ir/graph.ts";
import { completeAttributes, inferTypes } from "../ir/infer.ts";
import {
  type ImportBuilder,
  type ImportedValue,
  InferenceError,
  type OpDef,
  type OpTable,
  type Requantize,
} from "../ir/op.ts";
import {
  allocate,
  printType,
  sameShape,
  sizeOf,
  type Tensor,
  type TensorType,
  type TypedArray,
} from "../ir/types.ts";
import { typeFault } from "../ir/verify.ts";
import { rejectedNode } from "./diagnostics.ts";

/**
 * What importing may compute at most, in elements: this much, and a multiple of the constants that the file
 * holds. So a small file cannot make us allocate what its numbers claim, and every real model folds wholly.
 */
const foldedElements = { floor: 2 ** 24, perSourceElement: 16 };

/** A value of more elements than a typed array is sure to hold cannot be computed by anyone. */
const mostElements = 2 ** 31 - 1;

/**
 * Multiply-accumulates that folding one node may cost, counted as result elements times elements of the largest
 * operand: some seconds. A costlier node stays in the graph.
 */
const mostFoldingWork = 2 ** 33;

/** A node of the source file while its importer runs. */
export interface SourceNode {
  /** The operator in the file's own words. */
  readonly opType: string;
  /** Becomes the name of the node that does the work. */
  readonly name: string;
  /** What the file calls it, for the provenance of all its nodes; the name unless stated. */
  readonly sources?: readonly string[];
  /** The op whose definition holds the importer. */
  readonly op?: string;
}

/** Thrown by `reject`, caught around the importer of each node. */
class NodeRejection extends Error {}

/** A value while importing. Constants enter the graph when a node that stays uses them. */
class Imported implements ImportedValue {
  readonly type: TensorType;
  readonly name: string;
  /** What the file calls it. */
  readonly source: string;
  readonly tensor: Tensor | undefined;
  /** The quantized constant that this value is the `Dequantize` of. */
  readonly quantized: Imported | undefined;
  readonly #real: (() => Tensor) | undefined;
  value: Value | undefined;

  constructor(
    type: TensorType,
    name: string,
    held: {
      readonly source?: string;
      readonly value?: Value;
      readonly tensor?: Tensor;
      readonly dequantizes?: { readonly constant: Imported; readonly real: () => Tensor };
    },
  ) {
    this.type = type;
    this.name = name;
    this.source = held.source ?? name;
    this.value = held.value;
    this.tensor = held.tensor;
    this.quantized = held.dequantizes?.constant;
    this.#real = held.dequantizes?.real;
  }

  get constant(): Tensor | undefined {
    return this.tensor ?? this.#real?.();
  }
}

/**
 * Builds the graph of a model node by node. Types are inferred, nodes whose operands are all constants are
 * evaluated at once, and a node that cannot be imported is a diagnostic that stops nothing else.
 *
 * Invariant: every value that it has given out is a constant or stands in the graph.
 */
export class GraphImport implements ImportBuilder {
  readonly #ops: OpTable;
  readonly #model: string;
  readonly #requantize: Requantize;
  readonly #editor: GraphEditor;
  readonly #diagnostics: Diagnostic[] = [];
  #source: SourceNode = { opType: "", name: "" };
  /** Whether a node already has the name of the source node. */
  #named = false;
  readonly #constantNames = new WeakMap<TypedArray, string>();
  #sourceElements = 0;
  #foldedElements = 0;

  /** `model` is the file's name, in diagnostics and of the graph; constants are quantized in mode `requantize`. */
  constructor(ops: OpTable, model: string, requantize: Requantize) {
    this.#ops = ops;
    this.#requantize = requantize;
    this.#model = model;
    this.#editor = new GraphEditor(ops, model);
  }

  report(...diagnostics: readonly Diagnostic[]): void {
    this.#diagnostics.push(...diagnostics);
  }

  get diagnostics(): readonly Diagnostic[] {
    return this.#diagnostics;
  }

  /** Runs the importer of one source node: its values, or `undefined` when the node was rejected. */
  importNode(
    source: SourceNode,
    importer: () => readonly ImportedValue[] | ImportedValue,
  ): readonly ImportedValue[] | undefined {
    this.#source = source;
    this.#named = false;
    try {
      const values = importer();
      return Array.isArray(values) ? values : [values as ImportedValue];
    } catch (error) {
      this.report(...this.#reasons(error));
      return undefined;
    }
  }

  /** An input of the model. Throws `Rejected` for a type that cannot be. */
  input(name: string, type: TensorType, wire?: string): ImportedValue {
    const fault = faultOf(type);
    if (fault !== undefined) {
      const reason = `its type ${printType(type)} has ${fault}`;
      throw new Rejected([rejectedNode(this.#model, "Input", name, reason)]);
    }
    return new Imported(type, name, { value: this.#editor.input(name, type, wire) });
  }

  output(name: string, value: ImportedValue, wire?: string): void {
    this.#editor.output({ name, value: this.#place(value), ...(wire !== undefined && { wire }) });
  }

  /** Without a name it is called as the constant that holds the same data, if there is one. */
  constant(
    tensor: Tensor,
    name = this.#constantNames.get(tensor.data),
    source?: string,
  ): ImportedValue {
    this.#checkTypes([tensor]);
    if (!this.#constantNames.has(tensor.data)) this.#sourceElements += tensor.data.length;
    return this.#constant(tensor, name ?? `${this.#source.name}_constant`, source);
  }

  /** A constant of zeros that no data of the file stands behind; counts as computed. */
  zeros(type: TensorType, name: string): ImportedValue {
    this.#checkTypes([type]);
    this.#spend([type]);
    return this.#constant({ ...type, data: allocate(type.dtype, sizeOf(type.shape)) }, name);
  }

  one(
    op: string,
    operands: readonly (ImportedValue | undefined)[],
    attributes?: Attributes,
  ): ImportedValue {
    return this.add(op, operands, attributes)[0]!;
  }

  add(
    op: string,
    operands: readonly (ImportedValue | undefined)[],
    attributes: Attributes = {},
  ): readonly ImportedValue[] {
    const def = this.#ops.get(op);
    if (def === undefined) throw new Error(`internal: importer adds unknown op ${op}`);
    const held = operands as readonly (Imported | undefined)[];
    const complete = completeAttributes(def, attributes);
    const types = inferTypes(
      def,
      held.map((value) => value?.type),
      complete,
    );
    this.#checkTypes(types);
    return (
      this.#moveQuantized(def, held, complete) ??
      this.#fold(def, held, complete, types) ??
      this.#insert(def, held, complete)
    );
  }

  reject(message: string): never {
    throw new NodeRejection(message);
  }

  /** The real values of a quantized constant as a float constant, for models that only store weights so. */
  real(value: ImportedValue): ImportedValue {
    const { quantized, constant, name, source } = value as Imported;
    return quantized && constant ? this.#constant(constant, name, source) : value;
  }

  finish(): Graph {
    return this.#editor.finish();
  }

  #constant(tensor: Tensor, name: string, source = name): Imported {
    const { data, ...type } = tensor;
    this.#constantNames.set(data, name);
    return new Imported(type, name, { source, tensor });
  }

  /** The value's place in the graph; a constant gets one now. */
  #place(given: ImportedValue): Value {
    const value = given as Imported;
    if (value.value !== undefined) return value.value;
    const provenance = { sources: [value.source], rules: [] };
    value.value = value.quantized
      ? this.#editor.value({
          op: "Dequantize",
          operands: [this.#place(value.quantized)],
          name: `${value.name}_dequantize`,
          provenance,
        })
      : this.#editor.constant(value.tensor!, value.name, provenance);
    return value.value;
  }

  #insert(def: OpDef, operands: readonly (Imported | undefined)[], attributes: Attributes) {
    const [only] = operands;
    if (def.name === "Dequantize" && only?.tensor) return [this.#dequantized(only)];
    const node = this.#editor.add({
      op: def.name,
      operands: operands.map((value) => value && this.#place(value)),
      attributes,
      name: this.#nameFor(def),
      provenance: { sources: this.#source.sources ?? [this.#source.name], rules: [] },
    });
    return node.types.map(
      (type, output) => new Imported(type, node.name, { value: { node: node.id, output } }),
    );
  }

  /** The first node that computes, or that is what the source node says, has the source's name. */
  #nameFor(def: OpDef): string {
    const { name, op } = this.#source;
    const computes = !def.traits.includes("movement") && !bordersIntegers(def);
    if (this.#named || !(computes || def.name === op)) return `${name}_${def.name.toLowerCase()}`;
    this.#named = true;
    return name;
  }

  #dequantized(constant: Imported): Imported {
    const { dtype: _, quant: __, ...rest } = constant.type;
    const type: TensorType = { ...rest, dtype: "float32" };
    let real: Tensor | undefined;
    const compute = () => {
      real ??= this.#compute(this.#ops.get("Dequantize")!, [constant], {}, [type])[0]!;
      return real;
    };
    const { name, source } = constant;
    return new Imported(type, name, { source, dequantizes: { constant, real: compute } });
  }

  /** `Transpose` and `Reshape` of a dequantized constant move the integers, so that weights stay integers. */
  #moveQuantized(
    def: OpDef,
    [first, ...rest]: readonly (Imported | undefined)[],
    attributes: Attributes,
  ): readonly Imported[] | undefined {
    const constant = first?.quantized;
    if (constant === undefined || rest.length > 0) return undefined;
    if (def.name !== "Transpose" && def.name !== "Reshape") return undefined;
    const [type] = inferTypes(def, [constant.type], attributes);
    const quant = movedQuant(constant.type, type!.shape, attributes);
    if (quant === undefined) return undefined;
    const moved = { dtype: constant.type.dtype, shape: type!.shape, quant };
    const [tensor] = this.#compute(def, [constant], attributes, [moved]);
    return [this.#dequantized(this.#constant(tensor!, constant.name, constant.source))];
  }

  #fold(
    def: OpDef,
    operands: readonly (Imported | undefined)[],
    attributes: Attributes,
    types: readonly TensorType[],
  ): readonly Imported[] | undefined {
    if (def.name === "Dequantize" || !operands.every((value) => !value || value.tensor))
      return undefined;
    if (foldingWork(def, operands, types) > mostFoldingWork) return undefined;
    const { name, source } = operands[0] ?? { name: this.#source.name, source: this.#source.name };
    return this.#compute(def, operands, attributes, types).map((tensor) =>
      this.#constant(tensor, name, source),
    );
  }

  #compute(
    def: OpDef,
    operands: readonly (Imported | undefined)[],
    attributes: Attributes,
    results: readonly TensorType[],
  ): readonly Tensor[] {
    this.#spend(results);
    const constants = operands.map((value) => value?.tensor);
    const calls = lowerSite(def, {
      name: this.#source.name,
      attributes,
      operands: operands.map((value) => value?.type),
      constants,
      results,
      requantize: this.#requantize,
    });
    if (typeof calls === "string") return this.reject(calls);
    return runCalls(calls, constants, results, kernels);
  }

  #spend(results: readonly TensorType[]): void {
    const elements = results.reduce((sum, type) => sum + sizeOf(type.shape), 0);
    this.#foldedElements += elements;
    const { floor, perSourceElement } = foldedElements;
    if (this.#foldedElements > floor + perSourceElement * this.#sourceElements)
      this.reject(`it computes a constant of ${elements} elements, more than importing may make`);
  }

  #checkTypes(types: readonly TensorType[]): void {
    for (const type of types) {
      const fault = faultOf(type);
      if (fault !== undefined) this.reject(`its result ${printType(type)} has ${fault}`);
    }
  }

  #reasons(error: unknown): readonly Diagnostic[] {
    if (error instanceof Rejected) return error.diagnostics;
    const { opType, name } = this.#source;
    const expected = error instanceof NodeRejection || error instanceof InferenceError;
    // An importer may stumble over a node that breaks its operator's specification in a way nobody thought of.
    const reason = expected
      ? error.message
      : `the node does not follow the operator's specification (${error instanceof Error ? error.message : error})`;
    return [rejectedNode(this.#model, opType, name, reason)];
  }
}

/** Why a value of this type cannot be. */
function faultOf(type: TensorType): string | undefined {
  return typeFault(type) ?? (sizeOf(type.shape) > mostElements ? "too many elements" : undefined);
}

function bordersIntegers({ name }: OpDef): boolean {
  return name === "Quantize" || name === "Dequantize";
}

function foldingWork(
  def: OpDef,
  operands: readonly (Imported | undefined)[],
  types: readonly TensorType[],
): number {
  const elements = types.reduce((sum, type) => sum + sizeOf(type.shape), 0);
  if (def.traits.includes("movement") || def.traits.includes("elementwise")) return elements;
  return elements * Math.max(1, ...operands.map((value) => (value ? sizeOf(value.type.shape) : 1)));
}

/** Parameters of a constant after a `Transpose` or `Reshape`; none where its channels do not stay an axis. */
function movedQuant({ shape, quant }: TensorType, to: readonly number[], attributes: Attributes) {
  if (quant === undefined || quant.axis === undefined) return quant;
  const permutation = attributes.permutation as readonly number[] | undefined;
  if (permutation) return { ...quant, axis: permutation.indexOf(quant.axis) };
  const upTo = quant.axis + 1;
  return sameShape(shape.slice(0, upTo), to.slice(0, upTo)) ? quant : undefined;
}
