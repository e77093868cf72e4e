import type { WebAssemblyLoadOptions } from "../../runtime/load-webassembly.ts";
import type { Model, Port, PortArray } from "../../runtime/model.ts";

export interface Contender {
  readonly name: string;
  readonly run: () => unknown;
  /** Milliseconds from `load` to the first answer. */
  readonly loadMs: number;
  readonly outputs?: Readonly<Record<string, PortArray>>;
}

export interface Result {
  readonly name: string;
  /** Median and shortest time of one inference, in milliseconds. */
  readonly ms: number;
  readonly min: number;
  readonly loadMs: number;
}

export function race(
  contenders: readonly Contender[],
  options?: { readonly rounds?: number; readonly turnMs?: number },
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
