import { bytesOf, checkWeights, fingerprint } from "./files.ts";
import type { LoadOptions } from "./load.ts";
import {
  fillAll,
  type Instance,
  type Model,
  modelOf,
  PlanError,
  type PortArray,
  type Ports,
} from "./model.ts";

/** Where the program comes from, and which one it is. */
export interface WebAssemblyLoadOptions extends LoadOptions {
  /**
   * `auto`, the default: the program for relaxed SIMD where the engine's dot product is proved to be exact, else the one
   * for baseline SIMD. The others force one of them. All give the same bytes.
   */
  readonly simd?: "auto" | "relaxed" | "baseline";
  /** The bytes of one of the two programs, where the host has them already. */
  readonly wasm?: ArrayBuffer | Uint8Array;
  /** Where to read it; beside `model.js` by default. */
  readonly wasmUrl?: string | URL;
}

/** An element type, an offset in bytes and a number of elements. */
type Place = readonly [dtype: string, offset: number, length: number];

/** What the compiler knows of a program and the loader needs. */
export interface WebAssemblyDescription extends Ports {
  /** Bytes of `model.bin`: the constants, at the start of the memory. */
  readonly constantBytes: number;
  /** Bytes of constants and arena. */
  readonly memoryBytes: number;
  /** The number of steps of an inference. */
  readonly steps: number;
  /** Where the ports lie, in their order. */
  readonly places: { readonly inputs: readonly Place[]; readonly outputs: readonly Place[] };
  /** Fingerprints of the programs. There is none for relaxed SIMD where it would be the same. */
  readonly programs: { readonly baseline: number; readonly relaxed?: number };
}

/** Reads program and weights and gives the model. `base` is the URL of `model.js`. */
export async function loadWebAssembly(
  program: WebAssemblyDescription,
  base: string,
  options: WebAssemblyLoadOptions = {},
): Promise<Model> {
  const { simd = "auto" } = options;
  if (!["auto", "relaxed", "baseline"].includes(simd))
    throw new PlanError("bad-option", `simd is "auto", "relaxed" or "baseline", not ${simd}`);
  if (typeof WebAssembly === "undefined")
    throw new PlanError("no-simd", "this engine has no WebAssembly");
  const signs = simd === "baseline" ? undefined : relaxedDotSigns();
  if (simd === "relaxed" && signs === undefined) throw inexact();
  const wanted = signs && program.programs.relaxed !== undefined ? "relaxed" : "baseline";
  const file = wanted === "relaxed" ? "model.relaxed.wasm" : "model.wasm";
  const [weights, code] = await Promise.all([
    bytesOf("model.bin", options.weights, options.weightsUrl, base),
    bytesOf(file, options.wasm, options.wasmUrl, base),
  ]);
  const family = familyOf(code, program);
  if (family === undefined)
    throw new PlanError("bad-wasm", `${file} is not a program of this model.js: compile again`);
  if (family === "relaxed" && signs === undefined) throw inexact();
  checkWeights(weights, program);
  const memory = memoryOf(program.memoryBytes);
  new Uint8Array(memory.buffer).set(weights);
  const { exports } = await instantiate(file, code, memory);
  exports.prepare?.(signs === "unsigned" ? 1 : 0);
  const runPart = exports.run!;
  const instance: Instance = {
    run: () => runPart(0, program.steps),
    inputs: program.places.inputs.map((place) => viewAt(memory.buffer, place)),
    outputs: program.places.outputs.map((place) => viewAt(memory.buffer, place)),
  };
  return {
    ...modelOf(program, instance),
    family,
    inParts(values) {
      fillAll(program.inputs, instance.inputs, values);
      return runPart;
    },
  };
}

/** Which of the programs these bytes are: of the same compilation as `model.js`, whole and unchanged. */
function familyOf(
  code: Uint8Array,
  { programs }: WebAssemblyDescription,
): "baseline" | "relaxed" | undefined {
  const found = fingerprint(code);
  if (found === programs.baseline) return "baseline";
  return found === programs.relaxed ? "relaxed" : undefined;
}

function inexact(): PlanError {
  const message = "the dot product of relaxed SIMD is missing or not exact in this engine";
  return new PlanError("no-simd", message);
}

function memoryOf(bytes: number): WebAssembly.Memory {
  try {
    return new WebAssembly.Memory({ initial: Math.max(1, Math.ceil(bytes / 65536)) });
  } catch {
    throw new PlanError("no-memory", `there is no room here for ${bytes} bytes of memory`);
  }
}

async function instantiate(
  file: string,
  code: Uint8Array,
  memory: WebAssembly.Memory,
): Promise<WebAssembly.Instance> {
  let module: WebAssembly.Module;
  try {
    module = await WebAssembly.compile(code);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new PlanError("no-simd", `this engine cannot compile ${file}: ${reason}`);
  }
  return WebAssembly.instantiate(module, { env: { memory } });
}

function viewAt(buffer: ArrayBuffer, [dtype, offset, length]: Place): PortArray {
  switch (dtype) {
    case "float32":
      return new Float32Array(buffer, offset, length);
    case "int8":
      return new Int8Array(buffer, offset, length);
    case "int16":
      return new Int16Array(buffer, offset, length);
    case "uint16":
      return new Uint16Array(buffer, offset, length);
    case "int32":
      return new Int32Array(buffer, offset, length);
    default:
      return new Uint8Array(buffer, offset, length);
  }
}

/**
 * How this engine's `i32x4.relaxed_dot_i8x16_i7x16_add_s(a, b, c)` takes the bytes of `b` that are 128 and more: as
 * unsigned, as signed, or (`undefined`) in a way that is not exact, or not at all. The standard leaves all of these open.
 */
export function relaxedDotSigns(): "unsigned" | "signed" | undefined {
  // (func (export "dot") (param i32 i32 i32) (result i32)): lane 0 of the product of the splat parameters.
  const code = Uint8Array.of(
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...[1, 8, 1, 0x60, 3, 0x7f, 0x7f, 0x7f, 1, 0x7f],
    ...[3, 2, 1, 0],
    ...[7, 7, 1, 3, 0x64, 0x6f, 0x74, 0, 0],
    ...[10, 22, 1, 20, 0, 0x20, 0, 0xfd, 0x11, 0x20, 1, 0xfd, 0x11, 0x20, 2, 0xfd, 0x11],
    ...[0xfd, 0x93, 2, 0xfd, 0x1b, 0, 0x0b],
  );
  const dot = WebAssembly.validate(code) ? exportedDot(code) : undefined;
  if (dot === undefined) return undefined;
  // Extremes of both, in pairs that saturate 16 bits, of one sign and of both, and four different bytes.
  const left = [0x7f7f7f7f, 0x80808080 | 0, 0x81818181 | 0, 0x7f80817f, 0x01fe7c83];
  const right = [0xffffffff | 0, 0x80808080 | 0, 0x7f7f7f7f, 0xff80017f | 0, 0x04c0a05f];
  const isExact = (sign: (byte: number) => number) =>
    left.every((a) => right.every((b) => dot(a, b, 1000) === 1000 + sumOfProducts(a, b, sign)));
  if (isExact((byte) => byte)) return "unsigned";
  return isExact((byte) => (byte << 24) >> 24) ? "signed" : undefined;
}

/** None where a policy of the page forbids to compile. */
function exportedDot(code: Uint8Array): ((a: number, b: number, c: number) => number) | undefined {
  try {
    return new WebAssembly.Instance(new WebAssembly.Module(code)).exports.dot;
  } catch {
    return undefined;
  }
}

function sumOfProducts(a: number, b: number, sign: (byte: number) => number): number {
  let sum = 0;
  for (let shift = 0; shift < 32; shift += 8)
    sum += (((a >> shift) << 24) >> 24) * sign((b >> shift) & 0xff);
  return sum;
}
