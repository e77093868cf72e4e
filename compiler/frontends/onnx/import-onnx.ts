import { fromBinary } from "@bufbuild/protobuf";
import {
  type GraphProto,
  type ModelProto,
  ModelProtoSchema,
  type TensorProto,
  type ValueInfoProto,
} from "onnx-buf";
import { Rejected } from "../../../grammar/source/diagnostic.ts";
import type { ImportedValue, OnnxImporter, OpTable } from "../../ir/op.ts";
import { type DType, printType, type QuantParams, sameQuant, type Tensor } from "../../ir/types.ts";
import { typeFault } from "../../ir/verify.ts";
import { type Bindings, DimensionBinder, type FileDimension } from "../bindings.ts";
import {
  damagedFile,
  duplicateValue,
  missingValue,
  rejectedNode,
  unfitConstant,
  unknownBinding,
  unknownFormat,
  unsupportedOperator,
  unsupportedOpset,
  unsupportedType,
} from "../diagnostics.ts";
import { GraphImport } from "../import-builder.ts";
import type { FrontendResult } from "../import-model.ts";
import { narrow, wireOf } from "../wire-types.ts";
import { nodeView } from "./node-view.ts";
import {
  expandFunctions,
  type FlatNode,
  type Opsets,
  opsetsOf,
  topologicalOrder,
} from "./nodes.ts";
import { type ReadExternal, readSparseTensor, readTensor, wireType } from "./tensor.ts";

/** Versions of the ONNX operator set that are read. */
const [lowestOpset, highestOpset] = [7, 21];

/**
 * Operators that came to mean what they mean in version 7 at this version; others mean the same since version 1, so
 * that models of them are read, too. @source ONNX `Changelog.md`.
 */
const meaningSince: ReadonlyMap<string, number> = new Map([
  ["Add", 7],
  ["And", 7],
  ["BatchNormalization", 7],
  ["Cast", 6],
  ["Concat", 4],
  ["Div", 7],
  ["Dropout", 7],
  ["Equal", 7],
  ["GRU", 7],
  ["Gemm", 7],
  ["Greater", 7],
  ["LSTM", 7],
  ["Less", 7],
  ["Mul", 7],
  ["Or", 7],
  ["PRelu", 7],
  ["Pad", 2],
  ["Pow", 7],
  ["RNN", 7],
  ["Split", 2],
  ["Sub", 7],
  ["Tile", 6],
  ["Upsample", 7],
  ["Xor", 7],
]);

/** A dense form of a sparse constant may have this many elements. */
const mostSparseElements = 2 ** 24;

/** A value by name: known, not decoded yet, or lost with the node that was rejected. */
type Slot = ImportedValue | (() => ImportedValue) | "rejected";

/** Names that are visible in a graph, and those of the graph around it. */
interface Scope {
  readonly slots: Map<string, Slot>;
  readonly outer?: Scope;
}

interface Importing {
  readonly model: string;
  readonly ops: OpTable;
  readonly build: GraphImport;
  readonly importers: ReadonlyMap<string, { readonly op: string; readonly read: OnnxImporter }>;
  readonly proto: ModelProto;
  readonly opsets: Opsets;
  readonly readExternal: ReadExternal | undefined;
  readonly unsupported: Map<string, { readonly firstNode: string; count: number }>;
}

export interface OnnxOptions extends Bindings {
  readonly name: string;
  readonly ops: OpTable;
  readonly readExternal?: ReadExternal | undefined;
}

/** Imports an ONNX model; see `importModel`. Throws `Rejected` for what makes going on pointless. */
export function importOnnx(bytes: Uint8Array, options: OnnxOptions): FrontendResult {
  const { name: model, ops, readExternal } = options;
  const proto = parse(bytes, model);
  const graph = proto.graph!;
  const importing: Importing = {
    model,
    ops,
    build: new GraphImport(ops, model, "onnx"),
    importers: onnxImporters(ops),
    proto,
    opsets: checkedOpsets(proto, model),
    readExternal,
    unsupported: new Map(),
  };
  const scope: Scope = { slots: new Map() };
  declareInitializers(importing, graph, scope);
  const dimensions = declareInputs(importing, graph, scope, options);
  importNodes(importing, graph, scope);
  reportUnsupported(importing);
  declareOutputs(importing, graph, scope);
  return { build: importing.build, dimensions, metadata: metadataOf(proto) };
}

/** Importers by the operator's name; `com.microsoft` ones may be told apart by that prefix. */
function onnxImporters(ops: OpTable): Importing["importers"] {
  return new Map(
    [...ops.values()].flatMap((op) =>
      Object.entries(op.onnx ?? {}).map(
        ([opType, read]) => [opType, { op: op.name, read }] as const,
      ),
    ),
  );
}

function parse(bytes: Uint8Array, model: string): ModelProto {
  let proto: ModelProto;
  try {
    proto = fromBinary(ModelProtoSchema, bytes, { readUnknownFields: false });
  } catch (error) {
    // The first byte of an ONNX file is nearly always the tag of `ir_version`.
    if (bytes[0] !== 8) throw new Rejected([unknownFormat(model, undefined)]);
    throw new Rejected([damagedFile(model, "", (error as Error).message)]);
  }
  if (proto.graph === undefined) throw new Rejected([unknownFormat(model, undefined)]);
  return proto;
}

function checkedOpsets(proto: ModelProto, model: string): Opsets {
  const opsets = opsetsOf(proto.opsetImport);
  const version = opsets.get("") ?? 1;
  // A model of other domains only needs no version of the main one.
  const needsMain = opsets.has("") || opsets.size === 0;
  if (needsMain && !(oldestOpset(proto) <= version && version <= highestOpset))
    throw new Rejected([unsupportedOpset(model, "", version, lowestOpset, highestOpset)]);
  return opsets;
}

/** The lowest version at which all operators of the model mean what they mean in `lowestOpset`. */
function oldestOpset({ graph }: ModelProto): number {
  const since = graph!.node.map(({ opType }) => meaningSince.get(opType) ?? 1);
  return Math.min(
    lowestOpset,
    since.reduce((a, b) => Math.max(a, b), 1),
  );
}

function metadataOf(proto: ModelProto): Readonly<Record<string, string>> {
  const opsets = proto.opsetImport.map(
    ({ domain, version }) => `${domain || "ai.onnx"} ${version}`,
  );
  return {
    producer: `${proto.producerName} ${proto.producerVersion}`.trim(),
    irVersion: `${proto.irVersion}`,
    operatorSets: opsets.join(", "),
  };
}

function lookup(scope: Scope, name: string): Slot | undefined {
  for (let at: Scope | undefined = scope; at; at = at.outer) {
    const slot = at.slots.get(name);
    if (slot !== undefined) return slot;
  }
  return undefined;
}

/** The value of a name: decoded if it was not yet; `rejected` when that fails or its node was rejected. */
function resolve(
  importing: Importing,
  scope: Scope,
  name: string,
): ImportedValue | "rejected" | undefined {
  const slot = lookup(scope, name);
  if (typeof slot !== "function") return slot;
  let value: ImportedValue | "rejected" = "rejected";
  try {
    value = slot();
  } catch (error) {
    if (!(error instanceof Rejected)) throw error;
    importing.build.report(...error.diagnostics);
  }
  for (let at: Scope | undefined = scope; at; at = at.outer)
    if (at.slots.get(name) === slot) at.slots.set(name, value);
  return value;
}

function define(importing: Importing, scope: Scope, name: string, slot: Slot): void {
  if (scope.slots.has(name)) importing.build.report(duplicateValue(importing.model, name));
  else scope.slots.set(name, slot);
}

/** Constants are decoded when something uses them. */
function declareInitializers(importing: Importing, graph: GraphProto, scope: Scope): void {
  const constant = (name: string, read: () => Tensor) =>
    define(importing, scope, name, () => importing.build.constant(read(), name));
  for (const tensor of graph.initializer)
    constant(tensor.name, () => readTensor(tensor, importing));
  for (const sparse of graph.sparseInitializer)
    constant(sparse.values?.name ?? "", () =>
      readSparseTensor(sparse, importing, mostSparseElements),
    );
}

function declareInputs(
  importing: Importing,
  graph: GraphProto,
  scope: Scope,
  bindings: Bindings,
): DimensionBinder["dimensions"] {
  const { build, model } = importing;
  // Before IR version 4 initializers were listed as inputs, too; later that gives an input a default.
  const inputs = graph.input.filter(({ name }) => !scope.slots.has(name));
  const binder = new DimensionBinder(model, bindings);
  const quantized = quantizedInputs(importing, graph);
  for (const input of inputs) {
    try {
      define(
        importing,
        scope,
        input.name,
        declareInput(importing, input, binder, bindings, quantized),
      );
    } catch (error) {
      if (!(error instanceof Rejected)) throw error;
      build.report(...error.diagnostics);
      scope.slots.set(input.name, "rejected");
    }
  }
  build.report(...binder.finish());
  const names = inputs.map(({ name }) => name);
  for (const name of bindings.constants?.keys() ?? [])
    if (!names.includes(name)) build.report(unknownBinding(model, "input", name, names));
  return binder.dimensions;
}

function declareInput(
  { model, build }: Importing,
  { name, type }: ValueInfoProto,
  binder: DimensionBinder,
  { constants }: Bindings,
  quantized: ReadonlyMap<string, QuantParams>,
): ImportedValue {
  if (type?.value.case !== "tensorType") {
    const what = type?.value.case?.replace(/Type$/, "") ?? "unknown";
    throw new Rejected([unsupportedType(model, name, what)]);
  }
  const { elemType, shape } = type.value.value;
  const wire = wireType(model, name, elemType);
  if (shape === undefined) throw new Rejected([unsupportedType(model, name, "tensor of any rank")]);
  const dtype = narrow(wire);
  const constant = constants?.get(name);
  if (constant !== undefined) {
    const sameKind = shape.dim.length === constant.shape.length && constant.dtype === dtype;
    if (sameKind) return build.constant(constant, name);
    const wanted = `${dtype} of rank ${shape.dim.length}`;
    throw new Rejected([unfitConstant(model, name, printType(constant), wanted)]);
  }
  const sizes = binder.shape(
    name,
    shape.dim.map(({ value }): FileDimension => {
      if (value.case === "dimParam") return { name: value.value };
      // Some exporters write 0 or −1 for an open dimension.
      return value.case === "dimValue" && value.value > 0n
        ? { size: Number(value.value) }
        : { name: "" };
    }),
  );
  const { wire: stated } = wireOf(wire);
  const plain = { dtype, shape: sizes };
  const quant = quantized.get(name);
  const fits = quant && typeFault({ ...plain, quant }) === undefined;
  return build.input(name, fits ? { ...plain, quant } : plain, stated);
}

/** Parameters of integer inputs: what all their users, `DequantizeLinear` nodes, say of them. */
function quantizedInputs(
  importing: Importing,
  graph: GraphProto,
): ReadonlyMap<string, QuantParams> {
  const constants = new Map<string, TensorProto>(graph.initializer.map((t) => [t.name, t]));
  for (const { opType, output, attribute } of graph.node) {
    const value = attribute.find(({ name }) => name === "value")?.t;
    if (opType === "Constant" && value && output[0]) constants.set(output[0], value);
  }
  const found = new Map<string, QuantParams | "unknown">();
  const inputs = new Set(
    graph.input.map(({ name }) => name).filter((name) => !constants.has(name)),
  );
  for (const { opType, input } of graph.node) {
    for (const [index, name] of input.entries()) {
      if (!inputs.has(name)) continue;
      const quant =
        opType === "DequantizeLinear" && index === 0
          ? perTensorParameters(
              importing,
              constants.get(input[1] ?? ""),
              constants.get(input[2] ?? ""),
            )
          : undefined;
      const before = found.get(name);
      const agree =
        quant !== undefined &&
        (before === undefined || (before !== "unknown" && sameQuant(before, quant)));
      found.set(name, agree ? quant : "unknown");
    }
  }
  return new Map(
    [...found].filter((entry): entry is [string, QuantParams] => entry[1] !== "unknown"),
  );
}

function perTensorParameters(
  importing: Importing,
  scale: TensorProto | undefined,
  zeroPoint: TensorProto | undefined,
): QuantParams | undefined {
  if (scale === undefined) return undefined;
  try {
    const scales = readTensor(scale, importing).data;
    const zeros = zeroPoint ? readTensor(zeroPoint, importing).data : [0];
    const usable = scales.length === 1 && zeros.length === 1 && scales[0]! > 0;
    return usable ? { scale: [scales[0]!], zeroPoint: [zeros[0]!] } : undefined;
  } catch (error) {
    // The node that uses the tensor reports it.
    if (error instanceof Rejected) return undefined;
    throw error;
  }
}

function importNodes(importing: Importing, graph: GraphProto, scope: Scope): void {
  const { proto, opsets, model } = importing;
  const flat = expandFunctions(graph.node, proto.functions, opsets, model);
  for (const node of topologicalOrder(flat, model)) importNode(importing, node, scope);
}

function importNode(importing: Importing, node: FlatNode, scope: Scope): void {
  const { build } = importing;
  const { proto, name } = node;
  const importer = importerOf(importing, node);
  if (importer === undefined && proto.opType !== "If") countUnsupported(importing, node);
  const inputs = importer || proto.opType === "If" ? inputsOf(importing, node, scope) : undefined;
  const results =
    inputs &&
    (importer
      ? build.importNode({ opType: proto.opType, name, op: importer.op }, () =>
          importer.read(nodeView(node, importer.opset, inputs, build, importing), build),
        )
      : importBranch(importing, node, inputs[0], scope));
  for (const [i, output] of proto.output.entries())
    if (output !== "") define(importing, scope, output, results?.[i] ?? "rejected");
  if (results) reportLacking(importing, node, results.length);
}

/** An operator of `com.microsoft` has an importer of its own, or one of the like-named standard operator. */
function importerOf({ importers, opsets }: Importing, { proto, domain, opsets: own }: FlatNode) {
  const version = own.get(domain) ?? opsets.get(domain) ?? 1;
  if (domain === "") {
    const importer = importers.get(proto.opType);
    return importer && { ...importer, opset: version };
  }
  if (domain !== "com.microsoft") return undefined;
  const special = importers.get(`com.microsoft.${proto.opType}`);
  if (special) return { ...special, opset: version };
  const like = importers.get(proto.opType);
  return like && { ...like, opset: highestOpset };
}

function countUnsupported(importing: Importing, { proto, domain, name }: FlatNode): void {
  const opType = domain === "" ? proto.opType : `${domain}.${proto.opType}`;
  const seen = importing.unsupported.get(opType);
  if (seen) seen.count++;
  else importing.unsupported.set(opType, { firstNode: name, count: 1 });
}

function reportUnsupported({ unsupported, build, model }: Importing): void {
  for (const [opType, { firstNode, count }] of unsupported)
    build.report(unsupportedOperator(model, opType, firstNode, count));
}

/** The inputs of a node, or `undefined` if one of them is lost. */
function inputsOf(
  importing: Importing,
  { proto, name }: FlatNode,
  scope: Scope,
): readonly (ImportedValue | undefined)[] | undefined {
  const inputs: (ImportedValue | undefined)[] = [];
  let complete = true;
  for (const input of proto.input) {
    const value = input === "" ? undefined : resolve(importing, scope, input);
    if (value === undefined && input !== "")
      importing.build.report(missingValue(importing.model, name, input));
    if (value === "rejected" || (value === undefined && input !== "")) complete = false;
    else inputs.push(value);
  }
  return complete ? inputs : undefined;
}

/** An output that somebody might use and that the importer does not give. */
function reportLacking(
  { build, model, proto: file }: Importing,
  { proto, name }: FlatNode,
  given: number,
): void {
  const lacking = proto.output.slice(given).filter((output) => output !== "");
  if (lacking.length === 0) return;
  const used = new Set(file.graph!.node.flatMap((node) => node.input));
  for (const output of file.graph!.output) used.add(output.name);
  for (const output of lacking)
    if (used.has(output))
      build.report(
        rejectedNode(model, proto.opType, name, `its output \`${output}\` is not supported`),
      );
}

/** The results of the branch of an `If` that a constant condition takes. */
function importBranch(
  importing: Importing,
  node: FlatNode,
  condition: ImportedValue | undefined,
  scope: Scope,
): readonly (ImportedValue | undefined)[] | undefined {
  const { build, model } = importing;
  const taken = condition?.constant?.data[0] === 0 ? "else_branch" : "then_branch";
  const branch = node.proto.attribute.find(({ name }) => name === taken)?.g;
  if (condition?.constant === undefined || branch === undefined) {
    const reason = branch ? "its condition is not a constant" : `it has no \`${taken}\``;
    build.report(rejectedNode(model, "If", node.name, reason));
    return undefined;
  }
  const inner: Scope = { slots: new Map(), outer: scope };
  declareInitializers(importing, branch, inner);
  importNodes(importing, branch, inner);
  return branch.output.map(({ name }) => {
    const value = resolve(importing, inner, name);
    return value === "rejected" ? undefined : value;
  });
}

function declareOutputs(importing: Importing, graph: GraphProto, scope: Scope): void {
  const { build, model } = importing;
  const names = new Set<string>();
  for (const { name, type } of graph.output) {
    if (names.has(name)) build.report(duplicateValue(model, name));
    names.add(name);
    const value = resolve(importing, scope, name);
    if (value === undefined) build.report(missingValue(model, "", name));
    if (value === undefined || value === "rejected") continue;
    build.output(name, value, outputWire(importing, name, type, value.type.dtype));
  }
}

/** The wire type of an output: what the file states, if that is what the graph's dtype stands for. */
function outputWire(
  { model }: Importing,
  name: string,
  type: ValueInfoProto["type"],
  dtype: DType,
): string | undefined {
  if (type?.value.case !== "tensorType" || type.value.value.elemType === 0) return undefined;
  const wire = wireType(model, name, type.value.value.elemType);
  return narrow(wire) === dtype ? wireOf(wire).wire : undefined;
}
