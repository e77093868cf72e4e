import { printType } from "../ir/types.ts";
import type { PortPlan, Schedule } from "../lower/schedule.ts";
import type { Target } from "./manifest.ts";

/** `model.d.ts`: the inputs and outputs by name, with their shapes in the documentation. Needs no other file. */
export function emitTypes({ inputs, outputs }: Schedule, target: Target): string {
  const inWasm = (text: string) => (target === "wasm" ? text : "");
  // Aliases, which are records too: so a model of these types is also a `Model` of `qcfg/runtime`.
  return `/** What \`run\` takes. */
export type Inputs = {
${inputs.map(property).join("")}};
/** What \`run\` gives: fresh arrays. */
export type Outputs = {
${outputs.map(({ name, type }) => property({ name, type })).join("")}};

export interface Port {
    readonly name: string;
    readonly dtype: "float32" | "int8" | "uint8" | "int16" | "uint16" | "int32" | "bool";
    readonly shape: readonly number[];
    /** \`real = scale · (q − zeroPoint)\`, where the integers stand for reals. */
    readonly quantization?: { readonly scale: readonly number[]; readonly zeroPoint: readonly number[] };
}

/** A loaded model. Two loaded models share nothing. */
export interface Model {
    readonly inputs: readonly Port[];
    readonly outputs: readonly Port[];
${inWasm(family)}    /** One inference, synchronous. Throws \`PlanError\` when an input is missing or does not fit. */
    run(inputs: Inputs): Outputs;
${inWasm(parts)}}

export interface LoadOptions {
    /** The bytes of \`model.bin\`, if the host has them already. */
    weights?: ArrayBuffer | Uint8Array;
    /** Where \`model.bin\` is; beside \`model.js\` by default. */
    weightsUrl?: string | URL;
${inWasm(programOptions)}}

export declare class PlanError extends Error {
    readonly code: "missing-input" | "unknown-input" | "wrong-type" | "wrong-length" | "bad-weights"${inWasm(` | "bad-wasm" | "bad-option" | "no-simd" | "no-memory"`)};
}
export declare const inputs: readonly Port[];
export declare const outputs: readonly Port[];
export declare function load(options?: LoadOptions): Promise<Model>;
`;
}

const family = `    /** Which program runs. */
    readonly family: "relaxed" | "baseline";
`;

const parts = `    /** For measurements: an inference that is run in parts, the steps of \`model.json\` from one to before another, in order. */
    inParts(inputs: Inputs): (from: number, to: number) => void;
`;

const programOptions = `    /** Which program; \`auto\` takes the fastest that is exact in this engine. All give the same bytes. */
    simd?: "auto" | "relaxed" | "baseline";
    /** The bytes of one of the two programs, if the host has them already. */
    wasm?: ArrayBuffer | Uint8Array;
    /** Where the program is; beside \`model.js\` by default. */
    wasmUrl?: string | URL;
`;

const arrayOf = {
  float32: "Float32Array",
  int8: "Int8Array",
  uint8: "Uint8Array",
  int16: "Int16Array",
  uint16: "Uint16Array",
  int32: "Int32Array",
  bool: "Uint8Array",
  int4: "Int8Array",
  uint4: "Uint8Array",
} as const;

function property({ name, type, wire }: Pick<PortPlan, "name" | "type" | "wire">): string {
  const array = arrayOf[type.dtype];
  return `    /** ${printType(type).replaceAll("*/", "* /")} */
    readonly ${JSON.stringify(name)}: ${wire === "int64" ? `${array} | BigInt64Array` : array};
`;
}
