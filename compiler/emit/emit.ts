import type { Requantize } from "../ir/op.ts";
import type { TensorType } from "../ir/types.ts";
import { planMemory } from "../lower/plan-memory.ts";
import type { PortPlan, Schedule, Step } from "../lower/schedule.ts";
import type { FloatNode } from "../lower/summary.ts";
import { emitProgram, kernelsUsed } from "./emit-program.ts";
import { emitTypes } from "./emit-types.ts";
import { linkJavaScript } from "./link-javascript.ts";
import { packWeights } from "./pack-weights.ts";
import type { SourceReader } from "./runtime-sources.ts";

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

export interface PortManifest {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly quantization?: {
    readonly scale: readonly number[];
    readonly zeroPoint: readonly number[];
  };
}

/** `model.json`. */
export interface Manifest extends Origin {
  readonly formatVersion: 1;
  readonly target: "js";
  readonly requantize: Requantize;
  readonly inputs: readonly PortManifest[];
  readonly outputs: readonly PortManifest[];
  /** Bytes of `model.bin`. */
  readonly constantBytes: number;
  readonly arenaBytes: number;
  readonly arenaLowerBoundBytes: number;
  /** Kernel calls per inference, with the rules that made each what it is. */
  readonly steps: readonly Pick<Step, "node" | "op" | "kernel" | "rules">[];
}

/** The compiled folder: file name to contents. Nothing has been written yet. */
export type EmittedFiles = ReadonlyMap<
  "model.js" | "model.d.ts" | "model.bin" | "model.json",
  string | Uint8Array
>;

/** The files of a program for places without WebAssembly: plain JavaScript on the reference kernels. */
export function emitJavaScript(
  schedule: Schedule,
  origin: Origin,
  readSource: SourceReader,
): EmittedFiles {
  const plan = planMemory(schedule);
  const inputs = schedule.inputs.map(portManifest);
  const outputs = schedule.outputs.map(portManifest);
  const description = {
    inputs,
    outputs,
    constantBytes: plan.constantBytes,
    memoryBytes: plan.constantBytes + plan.arenaBytes,
  };
  const manifest: Manifest = {
    formatVersion: 1,
    target: "js",
    requantize: schedule.requantize,
    ...origin,
    inputs,
    outputs,
    constantBytes: plan.constantBytes,
    arenaBytes: plan.arenaBytes,
    arenaLowerBoundBytes: plan.arenaLowerBoundBytes,
    steps: schedule.steps.map(({ node, op, kernel, rules }) => ({ node, op, kernel, rules })),
  };
  const program = emitProgram(schedule, plan);
  return new Map<"model.js" | "model.d.ts" | "model.bin" | "model.json", string | Uint8Array>([
    [
      "model.js",
      linkJavaScript({ program, kernels: kernelsUsed(schedule), readSource, description }),
    ],
    ["model.d.ts", emitTypes(schedule)],
    ["model.bin", packWeights(schedule, plan)],
    ["model.json", `${JSON.stringify(manifest, undefined, 2)}\n`],
  ]);
}

function portManifest({ name, type }: PortPlan): PortManifest {
  return { name, dtype: type.dtype, shape: type.shape, ...quantizationOf(type) };
}

function quantizationOf({ quant }: TensorType): Pick<PortManifest, "quantization"> {
  return quant ? { quantization: { scale: quant.scale, zeroPoint: quant.zeroPoint } } : {};
}
