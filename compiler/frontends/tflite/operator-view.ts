import { toReference } from "flatbuffers/js/flexbuffers.js";
import type { ImportBuilder, ImportedValue, TFLiteOperator } from "../../ir/op.ts";
import type { Tensor, TensorType } from "../../ir/types.ts";
import type { FlatTable } from "./flat-table.ts";
import { activations, type operatorFields, optionFields, type TableFields } from "./schema.ts";

/** An operator while importing: its entry in the file, and the values of its tensors. */
export interface Operator {
  readonly opType: string;
  readonly version: number;
  readonly name: string;
  readonly table: FlatTable<typeof operatorFields>;
  readonly inputs: readonly (ImportedValue | undefined)[];
  /** The integers of constant inputs that stand for no reals, such as shapes; positional. */
  readonly constants: readonly (Tensor | undefined)[];
  readonly outputTypes: readonly TensorType[];
}

/** What an importer sees of an operator. */
export function operatorView(operator: Operator, build: ImportBuilder): TFLiteOperator {
  const { opType, version, name, table, inputs, constants, outputTypes } = operator;
  const fields: TableFields = Object.hasOwn(optionFields, opType) ? optionFields[opType]! : {};
  const options =
    table.number("builtinOptionsType") === 0 ? undefined : table.table("builtinOptions", fields);
  const check = (field: string) => {
    const known = fields[field];
    if (known === undefined) throw new Error(`internal: ${opType} has no option ${field}`);
    return known;
  };
  const number = (field: string) => {
    const known = check(field);
    return options?.number(field as never) ?? ("default" in known ? known.default : 0);
  };
  return {
    opType,
    version,
    name,
    inputs,
    outputTypes,
    input: (index) => inputs[index] ?? build.reject(`input ${index} is missing`),
    constantInput(index, name) {
      const value = inputs[index];
      if (value === undefined) return undefined;
      return (
        constants[index] ?? value.constant ?? build.reject(`input \`${name}\` must be a constant`)
      );
    },
    number,
    boolean: (field) => number(field) !== 0,
    numbers(field) {
      check(field);
      return options?.numbers(field as never) ?? [];
    },
    get fusedActivation() {
      if (!("fusedActivationFunction" in fields)) return "NONE";
      const code = number("fusedActivationFunction");
      return activations[code] ?? build.reject(`fused activation ${code} is unknown`);
    },
    get customOptions() {
      return table.bytes("customOptions");
    },
    customNumber: (key) => customNumber(table.bytes("customOptions"), key),
  };
}

/** Looks up one key: a damaged map cannot make this read more than its own bytes. */
function customNumber(bytes: Uint8Array, key: string): number | undefined {
  try {
    // The declaration knows of places in lists only; keys of maps are taken as well.
    const value = toReference(bytes.slice().buffer as ArrayBuffer).get(key as never);
    if (value.isBool()) return value.boolValue() ? 1 : 0;
    return value.isNumber() ? Number(value.numericValue()) : undefined;
  } catch {
    // The reader throws for a key that is not there, as for bytes that are no map.
    return undefined;
  }
}
