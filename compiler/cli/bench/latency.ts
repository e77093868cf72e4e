import type { Model, PortArray } from "../../../runtime/model.ts";
import { allocate, quantRange, sizeOf, type TypedArray } from "../../ir/types.ts";
import type { ModelPort } from "../runnable.ts";

/** Latencies of an inference in milliseconds. */
export interface Latency {
  readonly min: number;
  readonly median: number;
  readonly mean: number;
  readonly p95: number;
  readonly max: number;
}

/** One array for each input, by name. */
export type MadeUpInputs = Readonly<Record<string, PortArray>>;

/** Engines compile hot code in the background: so many inferences and so long, but no longer than that. */
const warmUp = { runs: 10, milliseconds: 300, limit: 1000 };

/** Runs until the engine has compiled what is hot, or a second has gone by. */
export function warm(run: () => void): void {
  const start = performance.now();
  for (let i = 0; ; i++) {
    const elapsed = performance.now() - start;
    if (elapsed >= warmUp.limit) return;
    if (i >= warmUp.runs && elapsed >= warmUp.milliseconds) return;
    run();
  }
}

/** Times `runs` single inferences. */
export function measureLatency(
  model: Model,
  inputs: MadeUpInputs,
  runs: number,
  progress: (done: number) => void,
): Latency {
  warm(() => model.run(inputs));
  const times = new Float64Array(runs);
  for (let i = 0; i < runs; i++) {
    const started = performance.now();
    model.run(inputs);
    times[i] = performance.now() - started;
    progress(i + 1);
  }
  times.sort();
  const mean = times.reduce((sum, time) => sum + time, 0) / runs;
  return {
    min: times[0]!,
    median: quantileOf(times, 0.5),
    mean,
    p95: quantileOf(times, 0.95),
    max: times[runs - 1]!,
  };
}

/** The smallest of the sorted numbers that a share of them does not exceed. */
export function quantileOf(sorted: Float64Array, share: number): number {
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)]!;
}

/**
 * The same values each time: floats in 0 … 1, quantized integers over their whole range. Other integers are indices,
 * of which only 0 is known to be valid.
 */
export function madeUpInputs(ports: readonly ModelPort[]): MadeUpInputs {
  return Object.fromEntries(ports.map((port) => [port.name, madeUp(port)]));
}

function madeUp({ dtype, shape, quant }: ModelPort): TypedArray {
  const data = allocate(dtype, sizeOf(shape));
  let state = 1;
  const random = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  if (dtype === "float32") for (let i = 0; i < data.length; i++) data[i] = random();
  else if (quant !== undefined && dtype !== "bool") {
    const [lowest, highest] = quantRange[dtype];
    const draw = () => lowest + Math.floor(random() * (highest - lowest + 1));
    for (let i = 0; i < data.length; i++) data[i] = draw();
  }
  return data;
}
