import type { Requantize } from "../ir/op.ts";
import type { TensorType } from "../ir/types.ts";
import type { MemoryPlan } from "../lower/plan-memory.ts";
import type { PortPlan, Schedule, Step } from "../lower/schedule.ts";
import type { FloatNode } from "../lower/summary.ts";

/** What a model is compiled to: WebAssembly with SIMD, or JavaScript for places without it. Both give the same bytes. */
export type Target = "wasm" | "js";

/** How samples become inputs; recorded, never guessed. Applied in float32: `(x · scale − mean) / std`, per channel. */
export interface Preprocessing {
  readonly scale?: number;
  readonly mean?: readonly number[];
  readonly std?: readonly number[];
}

/** What `model.json` says beyond the schedule itself. */
export interface Origin {
  /** Name of the source model. */
  readonly model: string;
  /** SHA-256 of the model's bytes and of the rule files, in hex. */
  readonly modelDigest: string;
  readonly rulesDigest: string;
  /** How often each rule fired, by name. */
  readonly rules: Readonly<Record<string, number>>;
  /** Nodes that compute in float though the program is one of integers, and why. */
  readonly floatNodes: readonly FloatNode[];
  readonly preprocessing: Preprocessing;
}

/** An input or output as `model.json` states it. */
export interface PortManifest {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly quantization?: {
    readonly scale: readonly number[];
    readonly zeroPoint: readonly number[];
  };
}

export type StepManifest = Pick<Step, "node" | "op" | "kernel" | "rules" | "macs">;

/** `model.json`. */
export interface Manifest extends Origin {
  readonly formatVersion: 1;
  readonly target: Target;
  readonly requantize: Requantize;
  readonly inputs: readonly PortManifest[];
  readonly outputs: readonly PortManifest[];
  /** Bytes of `model.bin`. */
  readonly constantBytes: number;
  readonly arenaBytes: number;
  readonly arenaLowerBoundBytes: number;
  /** Kernel calls per inference, with the rules that made each what it is, and the multiply-accumulates of those that multiply. */
  readonly steps: readonly StepManifest[];
}

/** The files of a compiled folder. */
export type FileName =
  | "model.js"
  | "model.wasm"
  | "model.relaxed.wasm"
  | "model.d.ts"
  | "model.bin"
  | "model.json"
  | "package.json";

/** Node takes `model.js` as the module that it is, whatever the project around it says. */
export const packageFile: readonly ["package.json", string] = [
  "package.json",
  '{ "type": "module" }\n',
];

/** The compiled folder: file name to contents. Nothing has been written yet. */
export type EmittedFiles = ReadonlyMap<FileName, string | Uint8Array>;

/** What `model.json` says of a program. */
export function manifestOf(
  target: Target,
  schedule: Schedule,
  plan: MemoryPlan,
  origin: Origin,
): Manifest {
  return {
    formatVersion: 1,
    target,
    requantize: schedule.requantize,
    ...origin,
    inputs: schedule.inputs.map(portManifest),
    outputs: schedule.outputs.map(portManifest),
    constantBytes: plan.constantBytes,
    arenaBytes: plan.arenaBytes,
    arenaLowerBoundBytes: plan.arenaLowerBoundBytes,
    steps: schedule.steps.map(stepManifest),
  };
}

/** The text of `model.json`. */
export function printManifest(manifest: Manifest): string {
  return `${JSON.stringify(manifest, undefined, 2)}\n`;
}

function stepManifest({ node, op, kernel, rules, macs }: Step): StepManifest {
  return { node, op, kernel, rules, ...(macs !== undefined && { macs }) };
}

function portManifest({ name, type }: PortPlan): PortManifest {
  return { name, dtype: type.dtype, shape: type.shape, ...quantizationOf(type) };
}

function quantizationOf({ quant }: TensorType): Pick<PortManifest, "quantization"> {
  return quant ? { quantization: { scale: quant.scale, zeroPoint: quant.zeroPoint } } : {};
}
