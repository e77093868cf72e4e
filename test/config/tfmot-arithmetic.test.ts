// Quantizers in TFMOT's arithmetic against values that TFMOT's own gave.
import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { quantParamsFromRange } from "../../compiler/calibrate/parameters.ts";
import { rangeFrom } from "../../compiler/calibrate/range-from.ts";
import { momentaOf, Statistics } from "../../compiler/calibrate/statistics.ts";
import {
  AllValuesQuantizer,
  LastValueQuantizer,
  MovingAverageQuantizer,
  tfmot,
} from "../../compiler/config/index.ts";
import type { Quantizer } from "../../compiler/ir/quantizer.ts";

const quantizers = { AllValuesQuantizer, LastValueQuantizer, MovingAverageQuantizer };

interface Step {
  readonly training: boolean;
  readonly x: readonly number[];
  readonly y: readonly number[];
  readonly min: readonly number[];
  readonly max: readonly number[];
}

interface Case {
  readonly quantizer: keyof typeof quantizers;
  readonly num_bits: number;
  readonly per_axis: boolean;
  readonly symmetric: boolean;
  readonly narrow_range: boolean;
  readonly steps: readonly Step[];
}

const golden = (name: string) => {
  const file = new URL(`../../../shared/golden/tfmot/${name}.json`, import.meta.url);
  return existsSync(file) ? JSON.parse(readFileSync(file, "utf8")).cases : [];
};
const cases: readonly Case[] = golden("quantizers");
const rounded: readonly {
  readonly min: number;
  readonly max: number;
  readonly num_bits: number;
  readonly narrow_range: boolean;
  readonly x: readonly number[];
  readonly vars: readonly number[];
  readonly per_channel: readonly number[];
}[] = golden("fake_quant");

const parametersOf = (c: Case) => ({
  numBits: c.num_bits,
  perAxis: c.per_axis,
  symmetric: c.symmetric,
  narrowRange: c.narrow_range,
});

describe.skipIf(rounded.length === 0)("fake quantization (needs ../shared)", () => {
  it("gives TensorFlow's bytes", () => {
    for (const { min, max, num_bits: numBits, narrow_range: narrowRange, x, vars } of rounded)
      expect([...tfmot.fakeQuantize(x, { min, max }, { numBits, narrowRange })]).toEqual(
        vars.map((y) => y + 0),
      );
  });

  it("gives those of its per-channel form but where it multiplies instead of dividing, at a tie", () => {
    let ties = 0;
    for (const { min, max, num_bits: numBits, narrow_range: narrowRange, ...c } of rounded) {
      const ours = tfmot.fakeQuantize(c.x, { min, max }, { numBits, narrowRange });
      const step = (max - min) / (2 ** numBits - (narrowRange ? 2 : 1));
      c.per_channel.forEach((theirs, i) => {
        if (ours[i]! === theirs) return;
        expect(Math.abs(ours[i]! - theirs)).toBeLessThan(1.001 * step);
        ties++;
      });
    }
    expect(ties).toBeLessThan(10);
  });
});

describe.skipIf(cases.length === 0)("ranges in training (needs ../shared)", () => {
  it.each(cases.map((c, i) => [`${i} ${c.quantizer}`, c] as const))("%s", (_, c) => {
    const quantizer = new quantizers[c.quantizer](parametersOf(c));
    const channels = c.steps[0]!.min.length;
    for (let channel = 0; channel < channels; channel++) {
      const of = (x: readonly number[]) => x.filter((_, i) => i % channels === channel);
      let range = tfmot.rangeBeforeTraining(quantizer);
      for (const { training, x, y, min, max } of c.steps) {
        if (training) range = tfmot.rangeAfterBatch(quantizer, range, of(x));
        const isNear = (a: number, b: number) => Math.abs(a - b) <= Math.abs(b) * 2 ** -23;
        expect(isNear(range.min, min[channel]!) && isNear(range.max, max[channel]!)).toBe(true);
        const theirs = { min: min[channel]!, max: max[channel]! };
        const ours = tfmot.fakeQuantize(of(x), theirs, quantizer);
        const step = (theirs.max - theirs.min) / (2 ** c.num_bits - 1);
        of(y).forEach((expected, i) => {
          expect(Math.abs(ours[i]! - expected)).toBeLessThan(step * 1e-3);
        });
      }
    }
  });

  it("are what calibration gives to the preset, one sample a batch", () => {
    const moving = cases.filter((c) => c.quantizer === "MovingAverageQuantizer" && !c.symmetric);
    expect(moving.length).toBeGreaterThan(0);
    for (const c of moving) {
      const request = new tfmot.MovingAverageQuantizer(parametersOf(c)).request() as Quantizer;
      const statistics = new Statistics(momentaOf([request]));
      const trained = c.steps.filter(({ training }) => training);
      for (const { x } of trained) statistics.observe(Float32Array.from(x));
      const { min, max } = rangeFrom(statistics, request);
      const last = trained.at(-1)!;
      expect(min).toBeCloseTo(last.min[0]!, 5);
      expect(max).toBeCloseTo(last.max[0]!, 5);
      const { scale, zeroPoint } = quantParamsFromRange({ min, max }, request);
      const [lowest, highest] = [-(2 ** (c.num_bits - 1)), 2 ** (c.num_bits - 1) - 1];
      const { x, y } = c.steps.at(-1)!;
      y.forEach((expected, i) => {
        const q = Math.round(x[i]! / scale) + zeroPoint;
        const low = lowest + (c.narrow_range ? 1 : 0);
        const real = (Math.min(highest, Math.max(low, q)) - zeroPoint) * scale;
        expect(Math.abs(real - expected)).toBeLessThan(scale * 1e-2);
      });
    }
  });
});
