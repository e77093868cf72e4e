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
  const weights =
    options.weights ?? (await readBytes(new URL(options.weightsUrl ?? "model.bin", base)));
  const bytes = weights instanceof Uint8Array ? weights : new Uint8Array(weights);
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
      for (const name of Object.keys(values)) {
        if (!program.inputs.some((port) => port.name === name)) {
          throw new PlanError(
            "unknown-input",
            `there is no input "${name}": ${names(program.inputs)}`,
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
  if (value === undefined) throw new PlanError("missing-input", `input "${port.name}" is missing`);
  if (value.length !== target.length) {
    throw new PlanError(
      "wrong-length",
      `input "${port.name}" has ${value.length} elements, [${port.shape.join(", ")}] needs ${target.length}`,
    );
  }
  if (value instanceof BigInt64Array && target instanceof Int32Array) {
    // Saturates as the frontends do, so that sentinels keep their meaning.
    for (let i = 0; i < target.length; i++)
      target[i] = Math.max(-(2 ** 31), Math.min(2 ** 31 - 1, Number(value[i])));
  } else if (value.constructor === target.constructor) {
    target.set(value as PortArray);
  } else {
    throw new PlanError(
      "wrong-type",
      `input "${port.name}" takes ${target.constructor.name}, not ${value.constructor.name}`,
    );
  }
}

function names(ports: readonly Port[]): string {
  return `the inputs are ${ports.map((port) => `"${port.name}"`).join(", ")}`;
}

/** A file in Node, a fetch elsewhere: Node's `fetch` does not read files. */
async function readBytes(url: URL): Promise<Uint8Array> {
  if (url.protocol === "file:") {
    const { readFile } = await import("node:fs/promises");
    return readFile(url);
  }
  const response = await fetch(url);
  if (!response.ok) throw new PlanError("bad-weights", `${url} answered ${response.status}`);
  return new Uint8Array(await response.arrayBuffer());
}
