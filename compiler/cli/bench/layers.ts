import type { Model } from "../../../runtime/model.ts";
import type { StepManifest } from "../../emit/manifest.ts";
import { type MadeUpInputs, quantileOf, warm } from "./latency.ts";

/** Work and the time that it takes. */
export interface Throughput {
  readonly ms: number;
  /** Multiply-accumulates; 0 where there is nothing to multiply. */
  readonly macs: number;
  /** 10⁹ multiply-accumulates in a second. */
  readonly gmacsPerSecond: number;
}

/** A part of an inference beside the whole. */
export interface Cost extends Throughput {
  /** Of the time of all steps. */
  readonly share: number;
  /** GMAC/s as a share of the plain product's. */
  readonly shareOfProduct: number;
}

/** What a step of the program costs. */
export interface LayerCost extends Cost {
  readonly op: string;
  readonly node: string;
  readonly kernel: string;
}

/** Where the time of an inference goes, beside a plain matrix product of the same engine and kernel family. */
export interface LayerReport {
  readonly product: Throughput;
  readonly total: Cost;
  readonly layers: readonly LayerCost[];
}

/** The costs of steps that take `times` milliseconds, beside a product. */
export function reportLayers(
  steps: readonly StepManifest[],
  times: readonly number[],
  product: Throughput,
): LayerReport {
  const all = times.reduce((sum, ms) => sum + ms, 0);
  const costOf = (macs: number, ms: number): Cost => {
    const throughput = throughputOf(macs, ms);
    const shareOfProduct = ratio(throughput.gmacsPerSecond, product.gmacsPerSecond);
    return { ...throughput, share: ratio(ms, all), shareOfProduct };
  };
  const layers = steps.map(({ op, node, kernel, macs = 0 }, i) => {
    return { op, node, kernel, ...costOf(macs, times[i]!) };
  });
  const macs = layers.reduce((sum, layer) => sum + layer.macs, 0);
  return { product, total: costOf(macs, all), layers };
}

export function throughputOf(macs: number, ms: number): Throughput {
  return { ms, macs, gmacsPerSecond: ratio(macs, ms * 1e6) };
}

function ratio(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}

/** A program that can be run step by step. */
export interface SteppedProgram {
  readonly model: Pick<Model, "inParts">;
  readonly inputs: MadeUpInputs;
  readonly steps: number;
}

/** Programs take so many turns: what disturbs the machine for a while disturbs all of them. */
const turns = 10;

/**
 * The median time of each step of each program in milliseconds, over whole inferences that are run step by step: so a
 * step finds the caches as in use, and the operands that it may write over. What the clock and the call cost is measured on
 * a part without steps, and subtracted.
 */
export function timeSteps(
  programs: readonly SteppedProgram[],
  rounds: number,
  progress: (done: number) => void,
): readonly (readonly number[])[] {
  const timed = programs.map((program) => ({
    program,
    times: Array.from({ length: program.steps + 1 }, () => new Float64Array(rounds)),
  }));
  for (const program of programs) warm(() => runInSteps(program, () => {}));
  const turn = Math.ceil(rounds / turns);
  for (let from = 0; from < rounds; from += turn) {
    const to = Math.min(from + turn, rounds);
    for (const { program, times } of timed) {
      for (let round = from; round < to; round++)
        runInSteps(program, (step, ms) => {
          times[step]![round] = ms;
        });
    }
    progress(to);
  }
  return timed.map(({ times }) => {
    const medians = times.map((of) => quantileOf(of.sort(), 0.5));
    const nothing = medians.pop()!;
    return medians.map((ms) => Math.max(0, ms - nothing));
  });
}

/** One inference; `note` also gets the time of a part without steps, as that of the step after the last. */
function runInSteps(
  { model, inputs, steps }: SteppedProgram,
  note: (step: number, ms: number) => void,
): void {
  const runPart = model.inParts!(inputs);
  let before = performance.now();
  for (let step = 0; step <= steps; step++) {
    runPart(step, Math.min(step + 1, steps));
    const now = performance.now();
    note(step, now - before);
    before = now;
  }
}
