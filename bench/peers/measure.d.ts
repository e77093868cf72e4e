import type { WebAssemblyLoadOptions } from "../../runtime/load-webassembly.ts";
import type { Model, Port, PortArray } from "../../runtime/model.ts";

export interface Contender {
  readonly name: string;
  readonly run: () => unknown;
  /** Milliseconds from `load` to the first answer. */
  readonly loadMs: number;
  /** What our programs answer, by output. */
  readonly outputs?: Readonly<Record<string, readonly number[]>>;
}

export interface Result {
  readonly name: string;
  /** Median and shortest time of one inference, in milliseconds. */
  readonly ms: number;
  readonly min: number;
  readonly loadMs: number;
}

/** Turns of each contender and how long they are, and how long engines are given to compile, in milliseconds. */
export interface RaceOptions {
  readonly rounds?: number;
  readonly turnMs?: number;
  readonly warmMs?: number;
}

export function race(
  contenders: readonly Contender[],
  options?: RaceOptions,
): Promise<readonly Result[]>;

export function sampleFor(ports: readonly Port[]): Record<string, PortArray>;

export function ours(
  name: string,
  load: (options: WebAssemblyLoadOptions) => Promise<Model>,
  options: WebAssemblyLoadOptions,
  inputs: Readonly<Record<string, PortArray>>,
): Promise<Contender>;

export function onnxRuntime(
  name: string,
  ort: object,
  bytes: Uint8Array,
  ports: readonly Port[],
  inputs: Readonly<Record<string, PortArray>>,
): Promise<Contender>;
