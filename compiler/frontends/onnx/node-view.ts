import { type AttributeProto, AttributeProto_AttributeType as Type } from "onnx-buf";
import type { ImportBuilder, ImportedValue, OnnxNode } from "../../ir/op.ts";
import { saturateBigInt } from "../wire-types.ts";
import type { FlatNode } from "./nodes.ts";
import { readTensor, type TensorSource } from "./tensor.ts";

/** What an importer sees of a node. Attributes of the wrong kind reject it. */
export function nodeView(
  { proto, name }: FlatNode,
  opset: number,
  inputs: readonly (ImportedValue | undefined)[],
  build: ImportBuilder,
  source: TensorSource,
): OnnxNode {
  const attributes = new Map(proto.attribute.map((attribute) => [attribute.name, attribute]));
  const get = <T>(name: string, type: Type, read: (attribute: AttributeProto) => T) => {
    const attribute = attributes.get(name);
    if (attribute === undefined) return undefined;
    // Files of old versions leave the type out.
    if (attribute.type !== Type.UNDEFINED && attribute.type !== type)
      return build.reject(`attribute \`${name}\` must be of type ${Type[type]}`);
    return read(attribute);
  };
  const input = (index: number) => inputs[index] ?? build.reject(`input ${index} is missing`);
  return {
    opType: proto.opType,
    name,
    opset,
    inputs,
    outputNames: proto.output,
    input,
    constantInput(index, name) {
      const value = inputs[index];
      if (value === undefined) return undefined;
      return value.constant ?? build.reject(`input \`${name}\` must be a constant`);
    },
    int: (name, fallback) => get(name, Type.INT, ({ i }) => saturateBigInt(i)) ?? fallback,
    ints: (name) => get(name, Type.INTS, ({ ints }) => ints.map(saturateBigInt)),
    float: (name, fallback) => get(name, Type.FLOAT, ({ f }) => f) ?? fallback,
    floats: (name) => get(name, Type.FLOATS, ({ floats }) => floats),
    string: (name, fallback) => get(name, Type.STRING, ({ s }) => text(s)) ?? fallback,
    strings: (name) => get(name, Type.STRINGS, ({ strings }) => strings.map(text)),
    tensor: (name) => get(name, Type.TENSOR, ({ t }) => t && readTensor(t, source, t.name || name)),
    has: (name) => attributes.has(name),
  };
}

function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
