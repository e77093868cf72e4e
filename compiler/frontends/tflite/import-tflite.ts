import { Rejected } from "../../../grammar/source/diagnostic.ts";
import type { ImportedValue, OpTable, TFLiteImporter } from "../../ir/op.ts";
import { printType, type QuantParams, sameShape, sizeOf, type TensorType } from "../../ir/types.ts";
import { type Bindings, DimensionBinder } from "../bindings.ts";
import {
  biasScaleDisagrees,
  damagedFile,
  duplicateValue,
  furtherSubgraphs,
  missingValue,
  stateIsZero,
  unfitConstant,
  unknownBinding,
  unsupportedFeature,
  unsupportedOperator,
} from "../diagnostics.ts";
import { GraphImport, type SourceNode } from "../import-builder.ts";
import type { FrontendResult } from "../import-model.ts";
import { wireOf } from "../wire-types.ts";
import { type FlatTable, rootTable } from "./flat-table.ts";
import { layerName, partsOf } from "./layer-name.ts";
import { operatorView } from "./operator-view.ts";
import {
  bufferFields,
  builtinOperators,
  customCode,
  firstWideCode,
  metadataFields,
  modelFields,
  operatorCodeFields,
  operatorFields,
  subgraphFields,
  tensorFields,
} from "./schema.ts";
import { type FileTensor, isQuantized, readConstant, readFileTensor, typeOf } from "./tensors.ts";

export interface TFLiteOptions extends Bindings {
  readonly name: string;
  readonly ops: OpTable;
}

/** Schema versions that there are files of. */
const schemaVersion = 3;

/** Positions of input, weight and bias among the inputs of operators that add an integer bias to accumulators. */
const biasOperands: ReadonlyMap<string, readonly [number, number, number]> = new Map([
  ["CONV_2D", [0, 1, 2]],
  ["DEPTHWISE_CONV_2D", [0, 1, 2]],
  ["FULLY_CONNECTED", [0, 1, 2]],
  ["TRANSPOSE_CONV", [2, 1, 3]],
]);

/** A bias scale may differ from the product by the rounding of float32 and of the tool that wrote it. */
const biasScaleTolerance = 1e-4;

/** Operators that only say where reals become integers or back: the tensors' own types say so already. */
const borders: Readonly<Record<string, TFLiteImporter>> = {
  QUANTIZE: (op) => op.input(0),
  DEQUANTIZE: (op) => op.input(0),
};

interface OperatorKind {
  readonly opType: string;
  readonly version: number;
}

/** The value of a tensor: as it is carried, and the reals that it stands for. */
interface Slot {
  /** The layer that computes it, or the tensor's own name. */
  readonly name: string;
  readonly carried: ImportedValue;
  real?: ImportedValue;
}

interface Importing {
  readonly model: string;
  readonly build: GraphImport;
  readonly importers: ReadonlyMap<string, { readonly op?: string; readonly read: TFLiteImporter }>;
  /** Tensors are read when something refers to them. */
  readonly tensor: (index: number) => FileTensor;
  readonly count: number;
  readonly slots: Map<number, Slot | "rejected">;
  readonly batch: number;
}

/** Imports the main subgraph of a TFLite model; see `importModel`. Throws `Rejected` for what makes going on pointless. */
export function importTFLite(bytes: Uint8Array, options: TFLiteOptions): FrontendResult {
  const { name: model, ops, batch = 1 } = options;
  const root = rootTable(bytes, model, modelFields);
  const version = root.number("version");
  if (version !== schemaVersion)
    throw new Rejected([unsupportedFeature(model, "", `version ${version} of the file format is`)]);
  const subgraphs = root.tables("subgraphs", subgraphFields);
  const [main] = subgraphs;
  if (main === undefined) throw new Rejected([damagedFile(model, "", "it has no subgraph")]);
  const build = new GraphImport(ops, model, "tflite");
  if (subgraphs.length > 1) build.report(furtherSubgraphs(model, subgraphs.length));
  const tensors = main.tables("tensors", tensorFields);
  const importing: Importing = {
    model,
    build,
    importers: tfliteImporters(ops),
    tensor: tensorReader(tensors, root.tables("buffers", bufferFields), model),
    count: tensors.length,
    slots: new Map(),
    batch,
  };
  const dimensions = declareInputs(importing, main.numbers("inputs"), options);
  importOperators(importing, root, main);
  declareOutputs(importing, main.numbers("outputs"));
  return { build, dimensions, metadata: metadataOf(root) };
}

function tfliteImporters(ops: OpTable): Importing["importers"] {
  const importers = new Map<string, { readonly op?: string; readonly read: TFLiteImporter }>();
  for (const op of ops.values())
    for (const [opType, read] of Object.entries(op.tflite ?? {}))
      importers.set(opType, { op: op.name, read });
  for (const [opType, read] of Object.entries(borders)) importers.set(opType, { read });
  return importers;
}

function tensorReader(
  tables: readonly FlatTable<typeof tensorFields>[],
  buffers: readonly FlatTable<typeof bufferFields>[],
  model: string,
): (index: number) => FileTensor {
  const read = new Map<number, FileTensor>();
  return (index) => {
    const known = read.get(index);
    if (known) return known;
    const table = tables[index];
    if (table === undefined)
      throw new Rejected([damagedFile(model, `tensor ${index}`, "there is no such tensor")]);
    const tensor = readFileTensor(table, buffers, index, model);
    read.set(index, tensor);
    return tensor;
  };
}

function metadataOf(root: FlatTable<typeof modelFields>): Readonly<Record<string, string>> {
  const names = root.tables("metadata", metadataFields).map((entry) => entry.string("name"));
  return { description: root.string("description"), metadata: names.join(", ") };
}

/** Runs `read`; what it rejects is reported and gives `undefined`. */
function attempt<T>({ build }: Importing, read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof Rejected)) throw error;
    build.report(...error.diagnostics);
    return undefined;
  }
}

function declareInputs(
  importing: Importing,
  inputs: readonly number[],
  bindings: Bindings,
): DimensionBinder["dimensions"] {
  const { build, model, slots } = importing;
  const binder = new DimensionBinder(model, bindings);
  const names: string[] = [];
  for (const index of inputs) {
    const tensor = attempt(importing, () => importing.tensor(index));
    if (tensor && slots.has(index)) build.report(duplicateValue(model, tensor.name));
    if (tensor) names.push(tensor.name);
    const value =
      tensor && attempt(importing, () => declareInput(importing, tensor, binder, bindings));
    slots.set(index, tensor && value ? { name: tensor.name, carried: value } : "rejected");
  }
  build.report(...binder.finish());
  for (const name of bindings.constants?.keys() ?? [])
    if (!names.includes(name)) build.report(unknownBinding(model, "input", name, names));
  return binder.dimensions;
}

function declareInput(
  { build, model }: Importing,
  tensor: FileTensor,
  binder: DimensionBinder,
  { constants }: Bindings,
): ImportedValue {
  const { name, shape, signature, wire } = tensor;
  const open = signature.length === shape.length;
  const sizes = binder.shape(
    name,
    shape.map((size, axis) => (open && signature[axis]! < 0 ? { name: "" } : { size })),
  );
  const type = { ...typeOf(tensor), shape: sizes };
  const constant = constants?.get(name);
  if (constant === undefined) return build.input(name, type, wireOf(wire).wire);
  if (constant.dtype === type.dtype && constant.shape.length === sizes.length)
    return build.constant(constant, name);
  throw new Rejected([unfitConstant(model, name, printType(constant), printType(type))]);
}

function importOperators(
  importing: Importing,
  root: FlatTable<typeof modelFields>,
  main: FlatTable<typeof subgraphFields>,
): void {
  const { model, build } = importing;
  const kinds = root.tables("operatorCodes", operatorCodeFields).map(operatorKind);
  const unsupported = new Map<string, { readonly firstNode: string; count: number }>();
  for (const [i, table] of main.tables("operators", operatorFields).entries()) {
    const kind = kinds[table.number("opcodeIndex")];
    if (kind === undefined)
      throw new Rejected([damagedFile(model, `operator ${i}`, "it has no operator code")]);
    if (!importing.importers.has(kind.opType)) {
      const seen = unsupported.get(kind.opType);
      if (seen) seen.count++;
      else unsupported.set(kind.opType, { firstNode: nameOf(importing, table, kind, i), count: 1 });
    }
    importOperator(importing, table, kind, i);
  }
  for (const [opType, { firstNode, count }] of unsupported)
    build.report(unsupportedOperator(model, opType, firstNode, count));
}

function operatorKind(code: FlatTable<typeof operatorCodeFields>): OperatorKind {
  const narrowCode = code.number("deprecatedBuiltinCode");
  const builtin = narrowCode < firstWideCode ? narrowCode : code.number("builtinCode");
  // Files of new writers may have the code in the wide field only.
  const number = Math.max(builtin, code.number("builtinCode"));
  const opType =
    number === customCode
      ? code.string("customCode") || "CUSTOM"
      : (builtinOperators[number] ?? `${number}`);
  return { opType, version: code.number("version") };
}

/** Operators have no names: one is called as the layer that its first result is named after. */
function nameOf(
  importing: Importing,
  table: FlatTable<typeof operatorFields>,
  { opType }: OperatorKind,
  index: number,
): string {
  const [output] = table.numbers("outputs");
  const tensor =
    output === undefined ? undefined : attempt(importing, () => importing.tensor(output));
  return tensor ? layerName(tensor.name, opType) : `operator ${index}`;
}

function importOperator(
  importing: Importing,
  table: FlatTable<typeof operatorFields>,
  kind: OperatorKind,
  index: number,
): void {
  const { build, slots } = importing;
  const { opType, version } = kind;
  const outputs = table.numbers("outputs");
  const name = nameOf(importing, table, kind, index);
  const values = attempt(importing, () => {
    const importer = importing.importers.get(opType);
    const operands = importer && operandsOf(importing, table.numbers("inputs"), name, opType);
    if (importer === undefined || operands === undefined) return undefined;
    if (outputs.length === 0)
      throw new Rejected([damagedFile(importing.model, name, "an operator has no result")]);
    const results = outputs.map(importing.tensor);
    const inputs = realOperands(importing, opType, operands, results, name);
    const constants = operands.map((operand) => {
      const carried = operand?.slot.carried;
      return operand && !quantizedWire(operand.tensor) ? carried?.constant : undefined;
    });
    const outputTypes = results.map((tensor) => outputType(tensor, importing.batch));
    const operator = { opType, version, name, table, inputs, constants, outputTypes };
    const source: SourceNode = {
      opType,
      name,
      sources: partsOf(results[0]!.name),
      ...(importer.op !== undefined && { op: importer.op }),
    };
    return build.importNode(source, () => {
      const given = [importer.read(operatorView(operator, build), build)].flat() as ImportedValue[];
      return given.slice(0, results.length).map((value, i) => carry(importing, value, results[i]!));
    });
  });
  for (const [i, output] of outputs.entries()) {
    if (slots.has(output)) reportRedefinition(importing, output);
    else slots.set(output, values?.[i] ? { name, carried: values[i] } : "rejected");
  }
}

function reportRedefinition(importing: Importing, index: number): void {
  const tensor = attempt(importing, () => importing.tensor(index));
  if (tensor) importing.build.report(duplicateValue(importing.model, tensor.name));
}

interface Operand {
  readonly index: number;
  readonly tensor: FileTensor;
  readonly slot: Slot;
}

/** The operands of an operator, or `undefined` if one of them is lost; −1 stands for an absent one. */
function operandsOf(
  importing: Importing,
  inputs: readonly number[],
  layer: string,
  opType: string,
): readonly (Operand | undefined)[] | undefined {
  const operands: (Operand | undefined)[] = [];
  const [, weight, bias] = biasOperands.get(opType) ?? [];
  for (const [i, index] of inputs.entries()) {
    if (index === -1) {
      operands.push(undefined);
      continue;
    }
    const role = i === weight ? "kernel" : i === bias ? "bias" : undefined;
    const slot = slotOf(importing, index, layer, role && `${layer}/${role}`);
    if (slot === "rejected") return undefined;
    operands.push({ index, tensor: importing.tensor(index), slot });
  }
  return operands;
}

/**
 * What a tensor holds: computed before, a constant of the file, or state that begins at zero. A constant is called
 * `wanted`, or as its tensor.
 */
function slotOf(
  importing: Importing,
  index: number,
  user: string,
  wanted?: string,
): Slot | "rejected" {
  const { slots, build, model } = importing;
  const known = slots.get(index);
  if (known) return known;
  const slot = attempt(importing, () => {
    const tensor = importing.tensor(index);
    const { data, isVariable, shape } = tensor;
    const name = wanted ?? layerName(tensor.name, "");
    if (data.length > 0 || sizeOf(shape) === 0)
      return { name, carried: build.constant(readConstant(tensor, model), name, tensor.name) };
    if (!isVariable) throw new Rejected([missingValue(model, user, tensor.name)]);
    build.report(stateIsZero(model, tensor.name));
    const { dtype, quant, ...rest } = typeOf(tensor);
    const type: TensorType = { ...rest, dtype: quant ? "float32" : dtype };
    return { name, carried: build.zeros(type, name) };
  });
  slots.set(index, slot ?? "rejected");
  return slot ?? "rejected";
}

function quantizedWire({ wire }: FileTensor): boolean {
  return wire !== "int32" && wire !== "int64";
}

/**
 * The operands as reals. Where neither an operand that is computed nor a result is quantized, quantization is only
 * how the file stores weights (a hybrid model), and they become float constants.
 */
function realOperands(
  importing: Importing,
  opType: string,
  operands: readonly (Operand | undefined)[],
  results: readonly FileTensor[],
  name: string,
): readonly (ImportedValue | undefined)[] {
  const { build } = importing;
  const computed = operands.filter(
    (operand) => operand && operand.slot.carried.constant === undefined,
  );
  const storage =
    !results.some(isQuantized) && !computed.some((operand) => operand!.slot.carried.type.quant);
  const bias = storage ? undefined : biasOf(importing, opType, operands, name);
  return operands.map((operand, i) => {
    if (operand === undefined) return undefined;
    if (bias && i === bias.index) return bias.value;
    const value = realOf(importing, operand);
    return storage ? build.real(value) : value;
  });
}

/** The `Dequantize` of a quantized tensor, one for all its users; anything else as it is. */
function realOf({ build }: Importing, { slot, tensor }: Operand): ImportedValue {
  const { name } = slot;
  if (!slot.carried.type.quant) return slot.carried;
  slot.real ??= importOne(
    build,
    { opType: "DEQUANTIZE", name, sources: partsOf(tensor.name) },
    () => build.one("Dequantize", [slot.carried]),
  );
  return slot.real;
}

/** What is wrong is reported, and the operator that needs the value is lost. */
function importOne(
  build: GraphImport,
  source: SourceNode,
  make: () => ImportedValue,
): ImportedValue {
  const [value] = build.importNode(source, make) ?? [];
  if (value === undefined) throw new Rejected([]);
  return value;
}

/**
 * The bias of an integer operator with the parameters that it has in effect: kernels add it to accumulators without
 * looking at its own scale, so it means input scale · weight scale (NUMERICS: T-06, T-07).
 */
function biasOf(
  importing: Importing,
  opType: string,
  operands: readonly (Operand | undefined)[],
  name: string,
): { readonly index: number; readonly value: ImportedValue } | undefined {
  const [input, weight, index] = biasOperands.get(opType) ?? [];
  const [x, w, bias] = [operands[input ?? -1], operands[weight ?? -1], operands[index ?? -1]];
  const [xScale] = x?.slot.carried.type.quant?.scale ?? [];
  const weightScales = w?.slot.carried.type.quant?.scale;
  const constant = bias?.slot.carried.constant;
  if (!bias || !constant || xScale === undefined || !weightScales || constant.dtype !== "int32")
    return undefined;
  const scale = weightScales.map((s) => Math.fround(xScale * s));
  const { scale: stated } = bias.tensor.quant ?? {};
  const differs = stated?.findIndex(
    (s, i) => Math.abs(s / (scale[i] ?? scale[0]!) - 1) > biasScaleTolerance,
  );
  if (stated && differs !== undefined && differs >= 0)
    importing.build.report(
      biasScaleDisagrees(importing.model, name, stated[differs]!, scale[differs] ?? scale[0]!),
    );
  const zeroPoint = scale.map(() => 0);
  const quant: QuantParams = { scale, zeroPoint, ...(scale.length > 1 && { axis: 0 }) };
  if (scale.length > 1 && constant.shape[0] !== scale.length) return undefined;
  const { build } = importing;
  // Scales of a damaged file may be so small that their product is none.
  const source = { opType, name: bias.slot.name, sources: partsOf(bias.tensor.name) };
  const value = importOne(build, source, () => {
    const retyped = build.constant({ ...constant, quant }, bias.slot.name, bias.tensor.name);
    return build.one("Dequantize", [retyped]);
  });
  return { index: index!, value };
}

/** The type that the file states for a result, at the batch that was asked for. */
function outputType(tensor: FileTensor, batch: number): TensorType {
  const { dtype, shape, quant } = typeOf(tensor);
  const sizes = shape.map((size, axis) =>
    axis === 0 && tensor.signature[0] === -1 ? batch : size,
  );
  return quant ? { dtype: "float32", shape: sizes } : { dtype, shape: sizes };
}

/** A result in the shape that the file states and, if the tensor is quantized, as integers. */
function carry(importing: Importing, value: ImportedValue, tensor: FileTensor): ImportedValue {
  const { build } = importing;
  const { shape: wanted } = outputType(tensor, importing.batch);
  const { shape } = value.type;
  const open = tensor.signature.some((size) => size < 0) || wanted.length === 0;
  if (!open && sizeOf(shape) !== sizeOf(wanted))
    build.reject(`it gives [${shape}] where the file says [${wanted}]`);
  const shaped =
    open || sameShape(shape, wanted) ? value : build.one("Reshape", [value], { shape: wanted });
  const { dtype, quant } = typeOf(tensor);
  if (!quant || shaped.type.dtype !== "float32") return shaped;
  return build.one("Quantize", [shaped], { dtype, ...quant });
}

function declareOutputs(importing: Importing, outputs: readonly number[]): void {
  const names = new Set<string>();
  for (const index of outputs) {
    const slot = slotOf(importing, index, "the model");
    if (slot === "rejected") continue;
    const { name, wire } = importing.tensor(index);
    let unique = name;
    for (let i = 2; names.has(unique); i++) unique = `${name}_${i}`;
    names.add(unique);
    importing.build.output(unique, slot.carried, wireOf(wire).wire);
  }
}
