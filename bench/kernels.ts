/**
 * Speed of the packed integer products, in billions of multiply-accumulates a second: `node bench/kernels.ts`. Each layer stands
 * beside the loop within it alone, on operands in the nearest cache: what the engine can do at best. Minimum of many runs.
 */
import { runtimeSources } from "../compiler/cli/runtime-sources.ts";
import { assemble, type SimdFamily } from "../compiler/emit/assemble.ts";
import { readSimdSources, simdFolder } from "../compiler/emit/simd-sources.ts";
import { planMemory } from "../compiler/lower/plan-memory.ts";
import type { Buffer, Schedule } from "../compiler/lower/schedule.ts";
import { selectInteger } from "../compiler/lower/select-integer.ts";
import { relaxedDotSigns } from "../runtime/load-webassembly.ts";
import { Rounding } from "../runtime/reference/requantize.ts";

/** A square image of `inChannels`, and a square window on it. A window of one place on all of them is a plain product. */
interface Layer {
  readonly name: string;
  readonly size: number;
  readonly inChannels: number;
  readonly outChannels: number;
  readonly window: number;
  readonly stride: number;
}

const pointwise = (size: number, inChannels: number, outChannels: number): Layer => ({
  name: `${size}² · ${inChannels} → ${outChannels}`,
  ...{ size, inChannels, outChannels, window: 1, stride: 1 },
});

const plain = { ...pointwise(28, 256, 256), name: "plain 784 × 256 × 256" };
const first = { size: 224, inChannels: 3, outChannels: 32, window: 3, stride: 2 };
const layers: readonly Layer[] = [
  plain,
  { ...first, name: "first, 3 × 3, 3 → 32" },
  pointwise(112, 16, 96),
  pointwise(56, 24, 144),
  pointwise(28, 32, 192),
  pointwise(14, 96, 576),
  pointwise(14, 576, 96),
  pointwise(7, 320, 1280),
  { ...pointwise(1, 1280, 1001), name: "dense 1280 → 1001" },
];

/** The calls `dense` and `conv` on int8, and `loop`: tiles on the same operands again and again. */
const entry = `
import { Pointer } from "./${simdFolder}/memory";
import { conv2dPackedInteger, densePackedInteger } from "./${simdFolder}/packed-layer";
import { multiplyRows } from "./${simdFolder}/packed-product";
export { preparePacked, setDotSigns } from "./${simdFolder}/packed-rows";
${wrapper("densePackedInteger", 10)}
${wrapper("conv2dPackedInteger", 24)}
export function loop(memory: usize, rows: i32, quads: i32, channels: i32, times: i32): void {
  const places = memory + (1 << 14);
  const runs = memory + (1 << 15);
  const rowBytes = quads * 4 * (ASC_FEATURE_RELAXED_SIMD ? 1 : 2);
  for (let r = 0; r < rows; r++) store<i32>(places + 4 * r, r * rowBytes);
  store<usize>(runs, memory + (1 << 16));
  for (let i = 0; i < times; i++)
    multiplyRows<i8>(places, rows, runs, runs + 4, quads, memory + (1 << 18), memory, memory, channels, memory + (1 << 17), channels, memory + (3 << 14), 0, 0, -128, 127, 0, 0);
}`;

function wrapper(kernel: string, count: number): string {
  const arrays = ["i8", "i8", "i32", "f32", "i8", "i8"];
  const numbers = Array.from({ length: count }, (_, i) => `n${i}`);
  const declared = [
    ...arrays.map((type, i) => `a${i}: Pointer<${type}>`),
    ...numbers.map((name) => `${name}: i32`),
  ];
  const passed = [...arrays.map((_, i) => `a${i}`), ...numbers].join(", ");
  return `export function ${kernel}Int8(${declared.join(", ")}): void { ${kernel}<i8, i8>(${passed}); }`;
}

/** A schedule of the layer with rectified results, requantized as TensorFlow Lite does. */
function scheduleOf({ name, size, inChannels, outChannels, window, stride }: Layer): Schedule {
  const out = size / stride;
  const inner = window * window * inChannels;
  const weights = Int8Array.from(
    { length: outChannels * inner },
    (_, i) => ((i * 7919) % 255) - 127,
  );
  const parts = Int32Array.from({ length: outChannels }, (_, i) => {
    return 2 ** 30 + ((i * 0x1f35_7a1d) % 2 ** 30);
  });
  const shifts = new Int32Array(outChannels).fill(-5 - Math.round(Math.log2(inner) / 2));
  const constants = [weights, new Int32Array(outChannels), parts, shifts];
  const buffers: readonly Buffer[] = [
    new Int8Array(size * size * inChannels),
    ...constants,
    new Int8Array(out * out * outChannels),
  ].map((data, id) => {
    const dtype = data instanceof Int8Array ? "int8" : "int32";
    const constant = { dtype, shape: [data.length], data } as const;
    return {
      ...{ id, name: `b${id}`, dtype, length: data.length, byteLength: data.byteLength },
      ...(id > 0 && id < 5 && { constant }),
      ...{ firstStep: -1, lastStep: 1 },
    };
  });
  const image = [1, size, size, inChannels, out, out, outChannels, window, window];
  const steps = [stride, stride, 1, 1, 0, 0, 1];
  const numbers = [...image, ...steps, -1, 0, -128, -128, 127, Rounding.fixedTwice];
  const step = { node: "layer", op: "Conv2D", kernel: "conv2dInteger", rules: [] };
  const list = [...buffers.map(({ id: buffer }) => ({ buffer })), ...numbers];
  const base = { name, requantize: "tflite", inputs: [], outputs: [], values: [] } as const;
  return { ...base, buffers, steps: [{ ...step, arguments: list }] };
}

/** The shortest of many runs, in seconds. */
function secondsOf(run: () => void): number {
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0, end = performance.now() + 400; i < 10 || performance.now() < end; i++) {
    const start = performance.now();
    run();
    least = Math.min(least, performance.now() - start);
  }
  return least / 1000;
}

type Call = (...numbers: number[]) => void;

const { files } = readSimdSources(runtimeSources);
const signs = relaxedDotSigns();

for (const family of ["relaxed", "baseline"] as const satisfies readonly SimdFamily[]) {
  const binary = await assemble(new Map([...files, ["bench.ts", entry]]), "bench.ts", family);
  const memory = new WebAssembly.Memory({ initial: 256 });
  const module = new WebAssembly.Module(binary);
  const instance = new WebAssembly.Instance(module, { env: { memory } });
  const calls = instance.exports as unknown as Readonly<Record<string, Call>>;
  const exact = family === "baseline" || signs !== undefined;
  console.log(`\n${family}${exact ? "" : " (not exact in this engine, for comparison only)"}`);
  const [rows, quads, channels] = [48, 48, 64];
  const multiplied = rows * quads * 4 * channels;
  const loop = () => calls.loop!(0, rows, quads, channels, 16);
  // The engine compiles hot code a second time, in the background, which may take a second or two.
  const seconds = Math.min(...Array.from({ length: 8 }, () => secondsOf(loop)));
  const best = multiplied / seconds / (1e9 / 16);
  console.log(`${"the loop alone".padEnd(24)} ${best.toFixed(1).padStart(6)} GMAC/s`);
  calls.setDotSigns!(signs === "signed" ? 0 : 1);
  for (const layer of layers) {
    const schedule = selectInteger(scheduleOf(layer));
    const plan = planMemory(schedule);
    for (const { id, constant } of schedule.buffers)
      if (constant) {
        const { buffer, byteLength } = constant.data;
        new Uint8Array(memory.buffer).set(new Uint8Array(buffer, 0, byteLength), plan.offsets[id]!);
      }
    const [step] = schedule.steps;
    const values = step!.arguments.map((each) =>
      typeof each === "number" ? each : plan.offsets[each.buffer]!,
    );
    const out = layer.size / layer.stride;
    const macs = out * out * layer.window ** 2 * layer.inChannels * layer.outChannels;
    const times = Math.max(1, Math.round(2e6 / macs));
    const call = calls[`${step!.kernel}Int8`]!;
    const seconds = secondsOf(() => {
      for (let i = 0; i < times; i++) call(...values);
    });
    const speed = (macs * times) / seconds / 1e9;
    console.log(
      `${layer.name.padEnd(24)} ${speed.toFixed(1).padStart(6)} GMAC/s ${((100 * speed) / best).toFixed(0).padStart(4)} %`,
    );
  }
}
