import { Builder } from "flatbuffers";
import { encode } from "flatbuffers/js/flexbuffers.js";
import {
  bufferFields,
  builtinOperators,
  customCode,
  type Field,
  modelFields,
  operatorCodeFields,
  operatorFields,
  optionFields,
  quantizationFields,
  subgraphFields,
  type TableFields,
  tensorFields,
  tensorTypes,
  unsupportedTensorTypes,
} from "../../compiler/frontends/tflite/schema.ts";

/** A small language to write TFLite models in; tensors are named, operators refer to them by name. */

export interface TensorText {
  readonly shape: readonly number[];
  /** float32 unless stated. */
  readonly type?: string;
  /** Bytes of a constant. */
  readonly data?: ArrayBufferView;
  readonly scale?: readonly number[];
  readonly zeroPoint?: readonly number[];
  readonly axis?: number;
  readonly signature?: readonly number[];
  readonly isVariable?: boolean;
}

export interface OperatorText {
  /** A builtin operator, or the code of a custom one. */
  readonly op: string;
  readonly inputs: readonly (string | undefined)[];
  readonly outputs: readonly string[];
  readonly options?: Readonly<Record<string, number | readonly number[]>>;
  /** Options of a custom operator, as a FlexBuffers map. */
  readonly custom?: Readonly<Record<string, number | boolean>>;
}

export interface ModelText {
  readonly tensors: Readonly<Record<string, TensorText>>;
  readonly operators: readonly OperatorText[];
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** How often the graph is in the file: the first is the model. */
  readonly copies?: number;
}

type Values = Readonly<Record<string, number | readonly number[] | undefined>>;

export function tfliteBytes({
  tensors,
  operators,
  inputs,
  outputs,
  copies = 1,
}: ModelText): Uint8Array {
  const builder = new Builder(1024);
  const names = Object.keys(tensors);
  const indexOf = (name: string | undefined) => (name === undefined ? -1 : names.indexOf(name));
  const codes = [...new Set(operators.map(({ op }) => op))];
  const buffers = [
    table(builder, bufferFields, {}),
    ...Object.values(tensors).map(({ data }) =>
      table(builder, bufferFields, data ? { data: bytesVector(builder, data) } : {}),
    ),
  ];
  const graph = table(builder, subgraphFields, {
    tensors: references(
      builder,
      names.map((name, i) => tensor(builder, name, tensors[name]!, i + 1)),
    ),
    inputs: vector(builder, "ints", inputs.map(indexOf)),
    outputs: vector(builder, "ints", outputs.map(indexOf)),
    operators: references(
      builder,
      operators.map((operator) => {
        const fields = optionFields[operator.op];
        const options = operator.options ?? {};
        const stated = Object.entries(options).map(([name, value]) => [
          name,
          typeof value === "number" ? value : vector(builder, "ints", value),
        ]);
        return table(builder, operatorFields, {
          opcodeIndex: codes.indexOf(operator.op),
          inputs: vector(builder, "ints", operator.inputs.map(indexOf)),
          outputs: vector(builder, "ints", operator.outputs.map(indexOf)),
          customOptions: operator.custom && bytesVector(builder, encode(operator.custom)),
          ...(fields && {
            builtinOptionsType: 1,
            builtinOptions: table(builder, fields, Object.fromEntries(stated)),
          }),
        });
      }),
    ),
    name: builder.createString("main"),
  });
  const root = table(builder, modelFields, {
    version: 3,
    operatorCodes: references(
      builder,
      codes.map((code) => operatorCode(builder, code)),
    ),
    subgraphs: references(builder, Array(copies).fill(graph)),
    buffers: references(builder, buffers),
  });
  builder.finish(root, "TFL3");
  return builder.asUint8Array().slice();
}

function operatorCode(builder: Builder, code: string): number {
  const builtin = builtinOperators.indexOf(code);
  if (builtin < 0)
    return table(builder, operatorCodeFields, {
      deprecatedBuiltinCode: customCode,
      customCode: builder.createString(code),
      builtinCode: customCode,
    });
  return table(builder, operatorCodeFields, {
    deprecatedBuiltinCode: Math.min(builtin, 127),
    builtinCode: builtin,
  });
}

function tensor(builder: Builder, name: string, text: TensorText, buffer: number): number {
  const { shape, type = "float32", scale, zeroPoint = [], axis, signature, isVariable } = text;
  const quantization =
    scale &&
    table(builder, quantizationFields, {
      scale: vector(builder, "floats", scale),
      zeroPoint: vector(builder, "longs", zeroPoint),
      quantizedDimension: axis,
    });
  return table(builder, tensorFields, {
    shape: vector(builder, "ints", shape),
    type: typeNumber(type),
    buffer,
    name: builder.createString(name),
    quantization,
    isVariable: isVariable ? 1 : undefined,
    shapeSignature: signature && vector(builder, "ints", signature),
  });
}

function typeNumber(type: string): number {
  const types = { ...tensorTypes, ...unsupportedTensorTypes };
  return Number(Object.keys(types).find((key) => types[Number(key)] === type));
}

/** Writes a table by its field list; numbers of reference fields are offsets. */
function table(builder: Builder, fields: TableFields, values: Values): number {
  const entries = Object.entries(fields);
  builder.startObject(entries.length);
  for (const [slot, [name, field]] of entries.entries()) {
    const value = values[name];
    if (typeof value === "number") addField(builder, slot, field, value);
  }
  return builder.endObject();
}

function addField(builder: Builder, slot: number, { kind }: Field, value: number): void {
  // Defaults are written, too, as some writers do.
  builder.forceDefaults(true);
  if (kind === "byte" || kind === "bool") builder.addFieldInt8(slot, value, 0);
  else if (kind === "int" || kind === "uint") builder.addFieldInt32(slot, value, 0);
  else if (kind === "float") builder.addFieldFloat32(slot, value, 0);
  else if (kind === "long") builder.addFieldInt64(slot, BigInt(value), 0n);
  else builder.addFieldOffset(slot, value, 0);
  builder.forceDefaults(false);
}

function vector(
  builder: Builder,
  kind: "ints" | "longs" | "floats",
  values: readonly number[],
): number {
  const size = kind === "longs" ? 8 : 4;
  builder.startVector(size, values.length, size);
  for (const value of [...values].reverse()) {
    if (kind === "ints") builder.addInt32(value);
    else if (kind === "floats") builder.addFloat32(value);
    else builder.addInt64(BigInt(value));
  }
  return builder.endVector();
}

function bytesVector(builder: Builder, { buffer, byteOffset, byteLength }: ArrayBufferView) {
  return builder.createByteVector(new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength));
}

function references(builder: Builder, offsets: readonly number[]): number {
  builder.startVector(4, offsets.length, 4);
  for (const offset of [...offsets].reverse()) builder.addOffset(offset);
  return builder.endVector();
}
