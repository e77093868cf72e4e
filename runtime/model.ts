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

/** A model in memory. Two loaded models share nothing. */
export interface Model {
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
  /** Which program runs, of a model that was compiled to WebAssembly. */
  readonly family?: "relaxed" | "baseline";
  /**
   * One inference. Each input has as many elements as its shape says, in row-major order; an int64 input of the
   * source model takes an `Int32Array` or a `BigInt64Array`. The results are fresh arrays. Throws `PlanError`.
   */
  run(inputs: InputArrays): Record<string, PortArray>;
  /**
   * For measurements, of a model that was compiled to WebAssembly: puts the inputs where the program reads them and gives
   * the program in parts, a function that runs the steps of `model.json` from one to before another. Each step reads what
   * those before it have left.
   */
  inParts?(inputs: InputArrays): (from: number, to: number) => void;
}

/** One array for each input. */
export type InputArrays = Readonly<Record<string, PortArray | BigInt64Array>>;

/** What the host did wrong: `code` is stable. */
export class PlanError extends Error {
  readonly code: string;

  constructor(
    code:
      | "missing-input"
      | "unknown-input"
      | "wrong-type"
      | "wrong-length"
      | "bad-weights"
      | "bad-wasm"
      | "bad-option"
      | "no-simd"
      | "no-memory",
    message: string,
  ) {
    super(message);
    this.name = "PlanError";
    this.code = code;
  }
}

/** A program in memory: a call, and the arrays that it reads and writes, in the order of the ports. */
export interface Instance {
  readonly run: () => void;
  readonly inputs: readonly PortArray[];
  readonly outputs: readonly PortArray[];
}

/** The ports of a program, in its order. */
export interface Ports {
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
}

/** The model of an instance, which checks what it is given. */
export function modelOf(program: Ports, { run, inputs, outputs }: Instance): Model {
  return {
    inputs: program.inputs,
    outputs: program.outputs,
    run(values) {
      fillAll(program.inputs, inputs, values);
      run();
      return Object.fromEntries(program.outputs.map((port, i) => [port.name, outputs[i]!.slice()]));
    },
  };
}

/** Puts the values of an inference into the arrays of its inputs. Throws `PlanError`. */
export function fillAll(
  ports: readonly Port[],
  targets: readonly PortArray[],
  values: InputArrays,
): void {
  // An array would be an object of inputs "0", "1", …
  if (kindOf(values) !== "Object") {
    const message = `run takes an object, not ${kindOf(values)}: ${names(ports, targets)}`;
    throw new PlanError("wrong-type", message);
  }
  for (const name of Object.keys(values)) {
    if (!ports.some((port) => port.name === name)) {
      const message = `there is no input "${name}": ${names(ports, targets)}`;
      throw new PlanError("unknown-input", message);
    }
  }
  for (const [i, port] of ports.entries())
    fill(port, targets[i]!, Object.hasOwn(values, port.name) ? values[port.name] : undefined);
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
export function kindOf(value: unknown): string {
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
