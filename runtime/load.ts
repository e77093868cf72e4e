import { bytesOf, checkWeights } from "./files.ts";
import { type Instance, type Model, modelOf, type Ports } from "./model.ts";

/** Where the weights come from. */
export interface LoadOptions {
  /** The bytes of `model.bin`, where the host has them already. */
  readonly weights?: ArrayBuffer | Uint8Array;
  /** Where to read `model.bin`; beside `model.js` by default. */
  readonly weightsUrl?: string | URL;
}

/** What the compiler knows of a program and the loader needs. */
export interface ProgramDescription extends Ports {
  /** Bytes of `model.bin`: the constants, at the start of the memory. */
  readonly constantBytes: number;
  /** Bytes of constants and arena. */
  readonly memoryBytes: number;
  /** The straight-line program over one memory. */
  readonly instantiate: (memory: ArrayBuffer) => Instance;
}

/** Reads the weights and gives the model. `base` is the URL of `model.js`. */
export async function loadProgram(
  program: ProgramDescription,
  base: string,
  options: LoadOptions = {},
): Promise<Model> {
  const bytes = await bytesOf("model.bin", options.weights, options.weightsUrl, base);
  checkWeights(bytes, program);
  const memory = new ArrayBuffer(program.memoryBytes);
  new Uint8Array(memory).set(bytes);
  return modelOf(program, program.instantiate(memory));
}
