import { GateFunction } from "../../runtime/reference/recurrent.ts";
import type { Attributes } from "../ir/graph.ts";
import {
  type ExportedValue,
  type ImportBuilder,
  type ImportedValue,
  InferenceError,
  type KernelArgument,
  type KernelCall,
  type OnnxAttribute,
  type OnnxExporter,
  type OnnxImporter,
  type OnnxNode,
  type Site,
} from "../ir/op.ts";
import { sizeOf, type Tensor, type TensorType } from "../ir/types.ts";
import { zeros } from "./accumulator.ts";
import { type ExportBuilder, reshaped } from "./elementwise.ts";
import { constant, operand, result } from "./requantization.ts";
import { viewOf } from "./views.ts";

/** What the recurrent layers have in common: one direction each, states as further operands and results. */

export const recurrentOperands = [
  { name: "input", role: "activation" },
  { name: "kernel", role: "parameter" },
  { name: "recurrentKernel", role: "parameter" },
  { name: "bias", role: "parameter", optional: true },
  { name: "recurrentBias", role: "parameter", optional: true },
  { name: "initialState", role: "parameter", optional: true },
] as const;

export const recurrentAttributes = {
  backward: { kind: "boolean", default: false, doc: "whether it begins with the last step" },
  clip: { kind: "number", default: 0, doc: "the limit of sums, both ways; 0 for none" },
} as const;

/** The attribute `functions`. */
export function functionsAttribute(names: readonly string[]) {
  return {
    kind: "strings",
    default: names,
    doc: `functions of the gates: ${Object.keys(GateFunction).join(", ")}`,
  } as const;
}

/** Types of the results: all states, the last one, and so many further last ones. */
export function recurrentTypes(
  operands: readonly (TensorType | undefined)[],
  { functions }: Attributes,
  gates: number,
  further: number,
): readonly TensorType[] {
  const unknown = (functions as readonly string[]).find(
    (name) => !Object.hasOwn(GateFunction, name),
  );
  if (unknown !== undefined) throw new InferenceError(`there is no function \`${unknown}\``);
  const [x, kernel, recurrent, ...rest] = operands;
  const hidden = recurrent!.shape.at(-1)!;
  if (x!.shape.length !== 3)
    throw new InferenceError("operand `input` must be [steps, batch, features]");
  const [steps, batch, features] = x!.shape as readonly [number, number, number];
  const want = (type: TensorType | undefined, shape: readonly number[], name: string) => {
    if (type && (type.dtype !== "float32" || `${type.shape}` !== `${shape}`))
      throw new InferenceError(`operand \`${name}\` must be float32 [${shape}]`);
  };
  want(kernel, [gates * hidden, features], "kernel");
  want(recurrent, [gates * hidden, hidden], "recurrentKernel");
  want(rest[0], [gates * hidden], "bias");
  want(rest[1], [gates * hidden], "recurrentBias");
  for (const state of rest.slice(2, 3 + further)) want(state, [batch, hidden], "initialState");
  const last: TensorType = { dtype: "float32", shape: [batch, hidden] };
  const all: TensorType = { dtype: "float32", shape: [steps, batch, hidden] };
  return [all, last, ...Array(further).fill(last)];
}

/** `steps, batch, inputs, hidden, backward, clip` and the codes of the functions. */
export function recurrentNumbers({ operands: [x, , recurrent], attributes }: Site) {
  const functions = attributes.functions as readonly (keyof typeof GateFunction)[];
  return [
    ...x!.shape,
    recurrent!.shape.at(-1)!,
    attributes.backward === true ? 1 : 0,
    Math.fround(attributes.clip as number),
    ...functions.map((name) => GateFunction[name]),
  ];
}

/** Each gate of each unit sees all features and all hidden units, at every step. */
export function recurrentMacs({ operands: [x, kernel, recurrent] }: Site): number {
  const [steps, batch] = x!.shape as readonly [number, number];
  return steps * batch * (sizeOf(kernel!.shape) + sizeOf(recurrent!.shape));
}

/** The operand, or zeros in its place. */
export function orZeros({ operands }: Site, index: number, length: number): KernelArgument {
  return operands[index] ? operand(index) : constant(zeros("float32", length));
}

/** Both biases as one, summed in scratch memory where there are two. */
export function biasSum(
  site: Site,
  length: number,
): { readonly bias: KernelArgument; readonly calls: readonly KernelCall[] } {
  const [bias, further] = [site.operands[3], site.operands[4]];
  if (!bias || !further) return { bias: orZeros(site, bias ? 3 : 4, length), calls: [] };
  const sum: KernelArgument = scratch(length);
  const view = viewOf([length], [[1], [1]]);
  return { bias: sum, calls: [{ kernel: "add", arguments: [operand(3), operand(4), sum, view] }] };
}

/** Puts an initial state where the kernel keeps the running one, which is a result. */
export function stateCall(site: Site, index: number, output: number): KernelCall {
  const length = sizeOf(site.results[output]!.shape);
  return {
    kernel: "copy",
    arguments: [orZeros(site, index, length), result(output), length],
  };
}

export function scratch(length: number): KernelArgument {
  return { kind: "scratch", dtype: "float32", length };
}

interface Layer {
  readonly op: string;
  readonly gates: number;
  /** ONNX's functions of one direction where a node does not state them. */
  readonly functions: readonly string[];
  /** Attributes that the ops of all directions have. */
  readonly further: (node: OnnxNode) => Attributes;
  /** Inputs of the node that follow `initial_h`, each [directions, …]. */
  readonly inputs: readonly number[];
}

const onnxFunctions: Readonly<Record<string, string>> = {
  sigmoid: "sigmoid",
  tanh: "tanh",
  relu: "relu",
  hardsigmoid: "hardSigmoid",
  affine: "linear",
};

/**
 * An ONNX `RNN`, `GRU` or `LSTM`: one op for each direction, their results side by side. With `layout` 1 the batch comes
 * first.
 */
export function recurrentImporter(layer: Layer): OnnxImporter {
  return (node, build) => {
    const batchFirst = node.int("layout", 0) === 1;
    const x = batchFirst ? swapped(build, node.input(0)) : node.input(0);
    checkLengths(node, build, x.type.shape[0]!);
    const direction = node.string("direction", "forward");
    const count = direction === "bidirectional" ? 2 : 1;
    const parts = Array.from({ length: count }, (_, d) =>
      build.add(layer.op, operandsOf(node, build, layer, x, d, batchFirst), {
        ...layer.further(node),
        functions: functionsOf(node, build, layer, d),
        backward: direction === "reverse" || d === 1,
        clip: node.float("clip", 0),
      }),
    );
    // [steps, batch, hidden] as [steps, directions, batch, hidden], [batch, hidden] as [directions, batch, hidden].
    return parts[0]!.map((_, output) => {
      const stacked = parts.map((results) => {
        const { shape } = results[output]!.type;
        const axis = shape.length - 2;
        return build.one("Reshape", [results[output]!], {
          shape: [...shape.slice(0, axis), 1, ...shape.slice(axis)],
        });
      });
      const axis = output === 0 ? 1 : 0;
      const y = count === 1 ? stacked[0]! : build.one("Concat", stacked, { axis });
      if (!batchFirst) return y;
      const permutation = output === 0 ? [2, 0, 1, 3] : [1, 0, 2];
      return build.one("Transpose", [y], { permutation });
    });
  };
}

function swapped(build: ImportBuilder, x: ImportedValue): ImportedValue {
  return build.one("Transpose", [x], { permutation: [1, 0, 2] });
}

function checkLengths(node: OnnxNode, build: ImportBuilder, steps: number): void {
  const lengths = node.inputs[4] && node.constantInput(4, "sequence_lens");
  if (lengths?.data.some((length) => length !== steps))
    build.reject("sequences of different lengths are not supported");
}

function operandsOf(
  node: OnnxNode,
  build: ImportBuilder,
  { gates, inputs }: Layer,
  x: ImportedValue,
  d: number,
  batchFirst: boolean,
): readonly (ImportedValue | undefined)[] {
  const own = (value: ImportedValue | undefined) => value && directionOf(build, value, d);
  const state = (value: ImportedValue | undefined) =>
    own(value && batchFirst ? swapped(build, value) : value);
  const bias = own(node.inputs[3]);
  const half = (from: number) =>
    bias &&
    build.one("Slice", [bias], {
      begin: [from],
      size: [bias.type.shape[0]! / 2],
      steps: [1],
    });
  const hidden = node.input(2).type.shape[2]!;
  return [
    x,
    own(node.input(1)),
    own(node.input(2)),
    half(0),
    half(gates * hidden),
    state(node.inputs[5]),
    ...inputs.map((i) => (i === 6 ? state(node.inputs[i]) : own(node.inputs[i]))),
  ];
}

/** Entry `d` of the first axis. */
function directionOf(build: ImportBuilder, value: ImportedValue, d: number): ImportedValue {
  const [count, ...shape] = value.type.shape as [number, ...number[]];
  const part =
    count === 1
      ? value
      : build.one("Slice", [value], {
          begin: [d, ...shape.map(() => 0)],
          size: [1, ...shape],
          steps: [1, ...shape.map(() => 1)],
        });
  return build.one("Reshape", [part], { shape });
}

function functionsOf(
  node: OnnxNode,
  build: ImportBuilder,
  { functions }: Layer,
  d: number,
): readonly string[] {
  const stated = node.strings("activations")?.slice(d * functions.length);
  if (stated === undefined) return functions;
  if (node.floats("activation_alpha")?.length || node.floats("activation_beta")?.length)
    return build.reject("parameters of activations are not supported");
  return functions.map((_, i) => {
    if (stated[i] === undefined) return build.reject("`activations` names too few functions");
    const name = onnxFunctions[stated[i].toLowerCase()];
    return name ?? build.reject(`activation \`${stated[i]}\` is not supported`);
  });
}

/** Writes a layer of constant parameters as ONNX's node of one direction. */
export function recurrentExporter(
  opType: string,
  further: (attributes: Attributes) => Readonly<Record<string, OnnxAttribute>>,
): OnnxExporter {
  return (site, [x, kernel, recurrent, bias, recurrentBias, ...states], build) => {
    const rows = site.operands[1]!.shape[0]!;
    const listed = (value: ExportedValue | undefined) =>
      value && reshaped(value, [1, ...value.type.shape], build);
    const halves = [bias, recurrentBias].map(
      (value) => value ?? build.constant(zeros("float32", rows)),
    );
    const biases = reshaped(joined(halves, 2 * rows, build), [1, 2 * rows], build);
    const functions = site.attributes.functions as readonly string[];
    const words = functions.map(
      (name) => Object.entries(onnxFunctions).find(([, own]) => own === name)![0],
    );
    if (words.join() !== defaultWords[opType])
      return build.reject(`\`${opType}\` with other activations cannot be exported`);
    const attributes: Record<string, OnnxAttribute> = {
      ...further(site.attributes),
      hidden_size: site.operands[2]!.shape[1]!,
      direction: site.attributes.backward === true ? "reverse" : "forward",
    };
    if (site.attributes.clip !== 0) attributes.clip = { float: site.attributes.clip as number };
    const types = site.results.map((type, i) => ({
      ...type,
      shape: i === 0 ? [type.shape[0]!, 1, ...type.shape.slice(1)] : [1, ...type.shape],
    }));
    const inputs = [
      build.asIs(x!),
      listed(kernel),
      listed(recurrent),
      biases,
      undefined,
      ...states.map(listed),
    ];
    const results = build.add(opType, inputs, attributes, types);
    return results.map((value, i) => reshaped(value, site.results[i]!.shape, build));
  };
}

/** Vectors behind each other: a constant where all are. */
function joined(
  parts: readonly ExportedValue[],
  length: number,
  build: ExportBuilder,
): ExportedValue {
  const constants = parts.map((part) => build.constantOf(part));
  const type: TensorType = { dtype: "float32", shape: [length] };
  if (constants.some((part) => part === undefined))
    return build.add("Concat", parts, { axis: 0 }, [type])[0]!;
  const values = (constants as readonly Tensor[]).flatMap(({ data }) => [...data]);
  return build.constant({ ...type, data: Float32Array.from(values) });
}

const defaultWords: Readonly<Record<string, string>> = {
  RNN: "tanh",
  GRU: "sigmoid,tanh",
  LSTM: "sigmoid,tanh,tanh",
};
