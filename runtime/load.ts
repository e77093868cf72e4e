/** The element types that cross the border of a program. */
export type PortDType = "float32" | "int8" | "uint8" | "int16" | "uint16" | "int32" | "bool";

export type PortArray =
  | Float32Array
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array;

/** One input or output of a loaded model. */
export interface Port {
  readonly name: string;
  readonly dtype: PortDType;
  readonly shape: readonly number[];
  /** `real = scale · (q − zeroPoint)`, where the integers stand for reals. */
  readonly quantization?: {
    readonly scale: readonly number[];
    readonly zeroPoint: readonly number[];
  };
}

/** Where the weights come from. */
export interface LoadOptions {
  /** The bytes of `model.bin`, where the host has them already. */
  readonly weights?: ArrayBuffer | Uint8Array;
  /** Where to read `model.bin`; beside `model.js` by default. */
  readonly weightsUrl?: string | URL;
}

/** A model in memory. Two loaded models share nothing. */
export interface Model {
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
  /**
   * One inference. Each input has as many elements as its shape says, in row-major order; an int64 input of the
   * source model takes an `Int32Array` or a `BigInt64Array`. The results are fresh arrays. Throws `PlanError`.
   */
  run(inputs: Readonly<Record<string, PortArray | BigInt64Array>>): Record<string, PortArray>;
}

/** What the host did wrong: `code` is stable. */
export class PlanError extends Error {
  readonly code: string;

  constructor(
    code: "missing-input" | "unknown-input" | "wrong-type" | "wrong-length" | "bad-weights",
    message: string,
  ) {
    super(message);
    this.name = "PlanError";
    this.code = code;
  }
}

/** What the compiler knows of a program and the loader needs. */
export interface ProgramDescription {
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
  /** Bytes of `model.bin`: the constants, at the start of the memory. */
  readonly constantBytes: number;
  /** Bytes of constants and arena. */
  readonly memoryBytes: number;
  /** The straight-line program over one memory; inputs and outputs in the order of the ports. */
  readonly instantiate: (memory: ArrayBuffer) => {
    readonly run: () => void;
    readonly inputs: readonly PortArray[];
    readonly outputs: readonly PortArray[];
  };
}

/** Reads the weights and gives the model. `base` is the URL of `model.js`. */
export async function loadProgram(
  program: ProgramDescription,
  base: string,
  options: LoadOptions = {},
): Promise<Model> {
  const bytes =
    options.weights === undefined
      ? await readBytes(options.weightsUrl ?? "model.bin", base)
      : asBytes(options.weights);
  if (bytes.length !== program.constantBytes) {
    throw new PlanError(
      "bad-weights",
      `model.bin has ${bytes.length} bytes, the program needs ${program.constantBytes}`,
    );
  }
  const memory = new ArrayBuffer(program.memoryBytes);
  new Uint8Array(memory).set(bytes);
  const { run, inputs, outputs } = program.instantiate(memory);
  return {
    inputs: program.inputs,
    outputs: program.outputs,
    run(values) {
      // An array would be an object of inputs "0", "1", …
      if (kindOf(values) !== "Object") {
        const message = `run takes an object, not ${kindOf(values)}: ${names(program.inputs, inputs)}`;
        throw new PlanError("wrong-type", message);
      }
      for (const name of Object.keys(values)) {
        if (!program.inputs.some((port) => port.name === name)) {
          throw new PlanError(
            "unknown-input",
            `there is no input "${name}": ${names(program.inputs, inputs)}`,
          );
        }
      }
      for (const [i, port] of program.inputs.entries())
        fill(port, inputs[i]!, Object.hasOwn(values, port.name) ? values[port.name] : undefined);
      run();
      return Object.fromEntries(program.outputs.map((port, i) => [port.name, outputs[i]!.slice()]));
    },
  };
}

function fill(port: Port, target: PortArray, value: PortArray | BigInt64Array | undefined): void {
  if (value === undefined) {
    throw new PlanError("missing-input", `input ${expectation(port, target)} is missing`);
  }
  const isLong = kindOf(value) === "BigInt64Array" && kindOf(target) === "Int32Array";
  if (!isLong && kindOf(value) !== kindOf(target)) {
    throw new PlanError("wrong-type", `input ${expectation(port, target)} got ${kindOf(value)}`);
  }
  if (value.length !== target.length) {
    const message = `input ${expectation(port, target)} got ${value.length} elements`;
    throw new PlanError("wrong-length", message);
  }
  if (isLong) {
    // Saturates as the frontends do, so that sentinels keep their meaning.
    for (let i = 0; i < target.length; i++)
      target[i] = Math.max(-(2 ** 31), Math.min(2 ** 31 - 1, Number(value[i])));
  } else {
    target.set(value as PortArray);
  }
}

/** `Float32Array`, `Array`, `undefined`: the same for arrays of another window or worker, and for Node's `Buffer`. */
function kindOf(value: unknown): string {
  if (value === undefined || value === null) return String(value);
  return Object.prototype.toString.call(value).slice("[object ".length, -1);
}

/** `"image" (Float32Array of 784 elements, float32 [1, 28, 28, 1])`. */
function expectation({ name, dtype, shape }: Port, target: PortArray): string {
  const type = `${dtype} [${shape.join(", ")}]`;
  return `"${name}" (${kindOf(target)} of ${target.length} elements, ${type})`;
}

function names(ports: readonly Port[], targets: readonly PortArray[]): string {
  return `the inputs are ${ports.map((port, i) => expectation(port, targets[i]!)).join(", ")}`;
}

function asBytes(weights: ArrayBuffer | Uint8Array): Uint8Array {
  const kind = kindOf(weights);
  if (kind === "Uint8Array") return weights as Uint8Array;
  if (kind === "ArrayBuffer" || kind === "SharedArrayBuffer") return new Uint8Array(weights);
  throw new PlanError("bad-weights", `weights are an ArrayBuffer or a Uint8Array, not ${kind}`);
}

/** A file in Node, a fetch elsewhere: Node's `fetch` does not read files. */
async function readBytes(path: string | URL, base: string): Promise<Uint8Array> {
  try {
    const url = new URL(path, base);
    if (url.protocol === "file:") {
      const { readFile } = await import("node:fs/promises");
      return await readFile(url);
    }
    const response = await fetch(url);
    if (!response.ok) throw new Error(`the server answered ${response.status}`);
    return new Uint8Array(await response.arrayBuffer());
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new PlanError("bad-weights", `the weights at ${path} cannot be read: ${reason}`);
  }
}
