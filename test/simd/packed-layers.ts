import fc from "fast-check";
import { expect } from "vitest";
import { runtimeSources } from "../../compiler/cli/runtime-sources.ts";
import { assemble, type SimdFamily } from "../../compiler/emit/assemble.ts";
import { readSimdSources, simdFolder } from "../../compiler/emit/simd-sources.ts";
import { bytesPerElement, type DType, type TypedArray } from "../../compiler/ir/types.ts";
import { planMemory } from "../../compiler/lower/plan-memory.ts";
import type { Buffer, Schedule, Step } from "../../compiler/lower/schedule.ts";
import { relaxedDotSigns } from "../../runtime/load-webassembly.ts";
import { Rounding } from "../../runtime/reference/requantize.ts";

// Random layers for the packed kernels, as schedules that are planned and run in WebAssembly.

const inputTypes = ["int8", "uint8"] as const;
const outputTypes = ["int8", "uint8", "int16", "int32"] as const;
const elementOf = { int8: "i8", uint8: "u8", int16: "i16", int32: "i32" } as const;

/** How the relaxed dot product takes its second operand here; products in pairs may saturate where that is not exact. */
export const signs = relaxedDotSigns();
/** Two of these times 255 fit 16 bits. */
const smallWeight = 63;

type Call = (...numbers: number[]) => void;

/** The named kernels of packed layers in one module, for all types of `x` and `y`; others are of the type of `y`. */
export async function moduleOf(family: SimdFamily, names: readonly string[]) {
  const { files, kernels } = readSimdSources(runtimeSources);
  const wrappers = names.flatMap((name) =>
    inputTypes.flatMap((x) =>
      outputTypes.map((y) => {
        const { parameters, elements } = kernels.get(name)!;
        const places = elements.map((each) =>
          each === "X" ? elementOf[x] : /^[MBY]$/.test(each) ? elementOf[y] : each,
        );
        const pointers = places.values();
        const declared = parameters.map((type, i) => {
          return `a${i}: ${type === "pointer" ? `Pointer<${pointers.next().value}>` : type}`;
        });
        const passed = parameters.map((_, i) => `a${i}`).join(", ");
        return `export function ${name}_${x}_${y}(${declared.join(", ")}): void { ${name}(${passed}); }`;
      }),
    ),
  );
  const imports = names.map((name) => `import { ${name} } from "./${kernels.get(name)!.file}";`);
  const text = [
    `import { Pointer } from "./${simdFolder}/memory";`,
    ...imports,
    `export { preparePacked, setDotSigns } from "./${simdFolder}/packed-rows";`,
    ...wrappers,
  ].join("\n");
  const module = await WebAssembly.compile(
    await assemble(new Map([...files, ["test.ts", text]]), "test.ts", family),
  );
  const memory = new WebAssembly.Memory({ initial: 32 });
  const { exports } = await WebAssembly.instantiate(module, { env: { memory } });
  (exports.setDotSigns as Call)(signs === "signed" ? 0 : 1);
  return { memory, exports: exports as unknown as Record<string, Call> };
}

export interface Case {
  readonly kernel: string;
  /** Arrays in the order of the reference kernel's arguments, of which `x` is the first and `y` is named. */
  readonly arrays: readonly TypedArray[];
  readonly y: number;
  readonly numbers: readonly number[];
}

export const dtypeOf = (array: TypedArray) =>
  array.constructor.name.replace("Array", "").toLowerCase() as DType;

export function scheduleOf({ kernel, arrays, y, numbers }: Case): Schedule {
  const buffers = arrays.map((data, id): Buffer => {
    const dtype = dtypeOf(data);
    const constant = { dtype, shape: [data.length], data };
    return {
      ...{ id, name: `b${id}`, dtype, length: data.length },
      byteLength: data.length * bytesPerElement(dtype),
      ...(id !== 0 && id !== y && { constant }),
      firstStep: id === y ? 0 : -1,
      lastStep: id === y ? 1 : id === 0 ? 0 : -1,
    };
  });
  const step: Step = {
    ...{ node: "layer", op: "Layer", kernel, rules: [] },
    arguments: [...arrays.map((_, buffer) => ({ buffer })), ...numbers],
  };
  const port = (buffer: number) => ({
    ...{ name: `b${buffer}`, buffer },
    type: { dtype: buffers[buffer]!.dtype, shape: [buffers[buffer]!.length] },
  });
  return {
    ...{ name: "one layer", requantize: "onnx" as const, buffers, steps: [step] },
    ...{ inputs: [port(0)], outputs: [port(y)], values: [] },
  };
}

/** Runs a schedule of packed layers; everything around its memory is untouched, and the first input. */
export function run(
  { memory, exports }: Awaited<ReturnType<typeof moduleOf>>,
  schedule: Schedule,
  ...inputs: readonly TypedArray[]
): TypedArray {
  const plan = planMemory(schedule);
  const end = plan.constantBytes + plan.arenaBytes;
  const bytes = new Uint8Array(memory.buffer);
  bytes.fill(0xaa, 0, end + 64);
  const viewOf = (id: number) => {
    const { length, dtype } = schedule.buffers[id]!;
    const View = { int8: Int8Array, uint8: Uint8Array, int16: Int16Array, int32: Int32Array };
    const Chosen = View[dtype as keyof typeof View] ?? Float32Array;
    return new Chosen(memory.buffer, plan.offsets[id]!, length);
  };
  for (const { id, constant } of schedule.buffers)
    if (constant) {
      const { buffer, byteOffset, byteLength } = constant.data;
      bytes.set(new Uint8Array(buffer, byteOffset, byteLength), plan.offsets[id]!);
    }
  for (const [i, { buffer }] of schedule.inputs.entries()) viewOf(buffer).set(inputs[i]!);
  const input = viewOf(schedule.inputs[0]!.buffer);
  const output = viewOf(schedule.outputs[0]!.buffer);
  const call = ({ kernel, arguments: list }: Step) => {
    const values = list.map((each) =>
      typeof each === "number" ? each : plan.offsets[each.buffer]!,
    );
    const name =
      kernel === "preparePacked" ? kernel : `${kernel}_${dtypeOf(input)}_${dtypeOf(output)}`;
    exports[name]!(...values);
  };
  for (const step of [...(schedule.preparation ?? []), ...schedule.steps]) call(step);
  expect(input).toEqual(inputs[0]);
  expect(bytes.subarray(end, end + 64).every((byte) => byte === 0xaa)).toBe(true);
  return output.slice();
}

const arrayTypes = {
  int8: Int8Array,
  uint8: Uint8Array,
  int16: Int16Array,
  int32: Int32Array,
} as const;

function arrayOf(type: keyof typeof arrayTypes, length: number, next: () => number): TypedArray {
  const array = new arrayTypes[type](length);
  for (let i = 0; i < length; i++) array[i] = next();
  return array;
}

const ranges = {
  int8: [-128, 127],
  uint8: [0, 255],
  int16: [-32768, 32767],
  int32: [-(2 ** 31), 2 ** 31 - 1],
} as const;

/** A number from a seeded sequence: large arrays are made of few random numbers. */
export function* sequence(seed: number): Generator<number, never> {
  let state = seed | 1;
  for (;;) {
    state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d);
    state = Math.imul(state ^ (state >>> 12), 0x297a2d39) ^ (state >>> 15) ^ 0x9e3779b9;
    yield (state >>> 0) / 2 ** 32;
  }
}

interface Scaling {
  readonly seed: number;
  readonly xType: (typeof inputTypes)[number];
  readonly yType: (typeof outputTypes)[number];
  readonly kernelType: "int8" | "uint8";
  readonly rounding: number;
  readonly xZero: number;
  readonly yZero: number;
  readonly limits: readonly [number, number];
  /** Binary logarithm of the factor; its mantissa is 1 for ties, if `ties`. */
  readonly factor: number;
  readonly ties: boolean;
  readonly biasRange: number;
}

const scalings: fc.Arbitrary<Scaling> = fc
  .record({
    seed: fc.integer(),
    xType: fc.constantFrom(...inputTypes),
    yType: fc.constantFrom("int8", "uint8", "int8", "uint8", "int16", "int32"),
    kernelType: fc.constantFrom("int8", "uint8"),
    rounding: fc.constantFrom(Rounding.halfEven, Rounding.fixedTwice, Rounding.fixedOnce),
    zeros: fc.tuple(fc.nat(255), fc.nat(255)),
    limits: fc.oneof(
      fc.constant([0, 1] as const),
      fc.constant("relu" as const),
      fc.tuple(
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.double({ min: 0, max: 1, noNaN: true }),
      ),
    ),
    factor: fc.oneof(
      fc.double({ min: -12, max: -1, noNaN: true }),
      fc.double({ min: -34, max: 20, noNaN: true }),
    ),
    ties: fc.boolean(),
    biasRange: fc.constantFrom(0, 100, 100_000, 2 ** 28),
  })
  .map(({ zeros: [a, b], limits, ...rest }) => {
    const [low, high] = ranges[rest.yType];
    const xZero = ranges[rest.xType][0] + a;
    const yZero =
      rest.yType === "int8" ? b - 128 : rest.yType === "uint8" ? b : rest.yType === "int32" ? 0 : b;
    const spread = (part: number) => Math.round(low + (high - low) * part);
    const chosen: readonly [number, number] =
      limits === "relu"
        ? [Math.max(low, yZero), high]
        : [spread(Math.min(...limits)), spread(Math.max(...limits))];
    const rounding = rest.yType === "int32" ? Rounding.exact : rest.rounding;
    return {
      ...rest,
      xZero,
      yZero,
      limits: rest.yType === "int32" ? ranges.int32 : chosen,
      rounding,
    };
  });

/** What layers have in common: kernel, bias, multiplier, shift, and `xZero, kernelZero, yZero, low, high, rounding`. */
function parameters(scaling: Scaling, channels: number, weights: number, small: boolean) {
  const numbers = sequence(scaling.seed);
  const next = () => numbers.next().value;
  const most = small ? smallWeight : 127;
  const kernelZero = scaling.kernelType === "uint8" ? 128 : 0;
  const kernel = arrayOf(scaling.kernelType, weights, () =>
    Math.round((next() * 2 - 1) * most + kernelZero),
  );
  const bias = Int32Array.from({ length: channels }, () => (next() * 2 - 1) * scaling.biasRange);
  const isReal = scaling.rounding === Rounding.halfEven || scaling.rounding === Rounding.exact;
  const factors = Float64Array.from({ length: channels }, () =>
    scaling.ties ? 2 ** Math.round(scaling.factor) : 2 ** (scaling.factor + next() * 2 - 1),
  );
  const parts = [...factors].map((factor) => {
    const shift = Math.floor(Math.log2(factor)) + 1;
    if (shift < -31 || next() < 0.01) return [0, 0] as const;
    return [Math.min(2 ** 31 - 1, Math.round((factor / 2 ** shift) * 2 ** 31)), shift] as const;
  });
  const multiplier = isReal
    ? Float32Array.from(factors)
    : Int32Array.from(parts, ([value]) => value);
  const shift = Int32Array.from(parts, ([, value]) => (isReal ? 0 : value));
  const { xZero, yZero, limits, rounding } = scaling;
  return {
    arrays: [kernel, bias, multiplier, shift] as const,
    ends: [xZero, kernelZero, yZero, ...limits, rounding],
    input: (length: number) =>
      arrayOf(scaling.xType, length, () => ranges[scaling.xType][0] + Math.floor(next() * 256)),
    output: (length: number) => new arrayTypes[scaling.yType](length),
  };
}

const size = (max: number) => fc.integer({ min: 1, max });

/** Rows, inputs and outputs; so many rows of so many inputs are packed in two chunks. */
const denseSizes = fc.oneof(
  {
    weight: 15,
    arbitrary: fc.tuple(fc.oneof(size(9), size(70)), fc.oneof(size(12), size(70)), size(20)),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(fc.integer({ min: 49, max: 60 }), fc.constantFrom(215, 216), size(20)),
  },
);

export const denseCases = (small: boolean) =>
  fc.tuple(scalings, denseSizes).map(([scaling, [rows, inputs, outputs]]): Case => {
    const { arrays, ends, input, output } = parameters(scaling, outputs, inputs * outputs, small);
    return {
      kernel: "denseInteger",
      arrays: [input(rows * inputs), ...arrays, output(rows * outputs)],
      ...{ y: 5, numbers: [rows, inputs, outputs, ...ends] },
    };
  });

export const matMulCases = (small: boolean) =>
  fc
    .tuple(scalings, size(3), size(6), size(20), size(20), fc.boolean())
    .map(([scaling, batches, rows, inner, columns, transposed]): Case => {
      const { arrays, ends, input, output } = parameters(scaling, columns, inner * columns, small);
      const [kernel, , multiplier, shift] = arrays;
      const starts = Int32Array.from({ length: batches }, (_, b) => b * rows * inner);
      const x = input(batches * rows * inner);
      const y = output(batches * rows * columns);
      const wSteps = transposed ? [1, inner] : [columns, 1];
      return {
        kernel: "matMulInteger",
        arrays: [x, kernel, multiplier, shift, y, starts, new Int32Array(batches)],
        ...{ y: 4, numbers: [batches, rows, inner, columns, inner, 1, ...wSteps, ...ends] },
      };
    });

const pair = (max: number) => fc.tuple(size(max), size(max));

export const convCases = (small: boolean) =>
  fc
    .tuple(
      scalings,
      fc.record({
        batch: size(2),
        input: pair(9),
        kernel: fc.oneof(fc.constant([3, 3] as const), pair(4)),
        channels: fc.tuple(fc.oneof(size(9), fc.constant(3)), size(10)),
        groups: fc.constantFrom(1, 1, 1, 2, 3),
        strides: pair(3),
        dilations: fc.oneof(fc.constant([1, 1] as const), pair(3)),
        padding: fc.tuple(fc.nat(3), fc.nat(3), fc.nat(3), fc.nat(3)),
      }),
    )
    .map(([scaling, shape]) => {
      const { batch, input: inSize, kernel, channels, groups, strides, dilations, padding } = shape;
      const inChannels = channels[0] * groups;
      const outChannels = channels[1] * groups;
      const out = [0, 1].map((axis) => {
        const reach = (kernel[axis]! - 1) * dilations[axis]! + 1;
        const room = inSize[axis]! + padding[axis]! + padding[axis + 2]! - reach;
        return Math.max(0, Math.floor(room / strides[axis]!) + 1);
      });
      const places = out[0]! * out[1]!;
      const weights = outChannels * kernel[0] * kernel[1] * channels[0];
      const layer = parameters(scaling, outChannels, weights, small);
      const window = [...kernel, ...strides, ...dilations, padding[0], padding[1], groups];
      return {
        kernel: "conv2dInteger",
        arrays: [
          layer.input(batch * inSize[0] * inSize[1] * inChannels),
          ...layer.arrays,
          layer.output(batch * places * outChannels),
        ],
        y: 5,
        numbers: [batch, ...inSize, inChannels, ...out, outChannels, ...window, ...layer.ends],
      } satisfies Case;
    })
    .filter(({ arrays }) => arrays[5]!.length > 0);
