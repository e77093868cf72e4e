/** TFMOT's quantizers to the bit, for those who compare with it or go on from its ranges. */
import type { Seen, SeenRange } from "../ir/quantizer.ts";
import {
  AllValuesQuantizer,
  type ChosenRange,
  FixedQuantizer,
  LastValueQuantizer,
  MovingAverageQuantizer,
  Quantizer,
  type QuantizerParameters,
} from "./quantizers.ts";
import { type JsonObject, registerStandard } from "./registry.ts";

const f32 = Math.fround;

/** What every average of TFMOT's starts from. */
const initialRange: SeenRange = { min: -6, max: 6 };
const tfmotMomentum = 0.999;

/**
 * Rounds float32 numbers to the integers of a range and back, into a fresh array. The range is first moved so that 0 is
 * one of the `2^numBits` integers (one less if narrow). A range [0, 0] gives zeros.
 * @source TensorFlow 2.21, `FakeQuantWithMinMaxVars`
 */
export function fakeQuantize(
  x: ArrayLike<number>,
  range: SeenRange,
  { numBits = 8, narrowRange = false }: Pick<QuantizerParameters, "numBits" | "narrowRange"> = {},
): Float32Array {
  const min = f32(range.min);
  const max = f32(range.max);
  if (min === 0 && max === 0) return new Float32Array(x.length);
  const lowest = narrowRange ? 1 : 0;
  const highest = 2 ** numBits - 1;
  const scale = f32(f32(max - min) / (highest - lowest));
  const atZero = f32(lowest - f32(min / scale));
  const zeroPoint = Math.max(lowest, Math.min(highest, Math.floor(atZero + 0.5)));
  const least = f32(f32(lowest - zeroPoint) * scale);
  const greatest = f32(f32(highest - zeroPoint) * scale);
  return Float32Array.from(x, (value) => {
    const clamped = Math.max(least, Math.min(greatest, f32(value)));
    const steps = f32(f32(f32(clamped - least) / scale) - (zeroPoint - lowest));
    return f32(Math.floor(f32(steps + 0.5)) * scale);
  });
}

/** The range of a quantizer before training. */
export function rangeBeforeTraining(quantizer: Quantizer): SeenRange {
  if (quantizer instanceof FixedQuantizer) return fixedRange(quantizer);
  return quantizer instanceof AllValuesQuantizer ? { min: 0, max: 0 } : initialRange;
}

function fixedRange({ initMin, initMax }: FixedQuantizer): SeenRange {
  return { min: f32(initMin), max: f32(initMax) };
}

/**
 * The range of a quantizer after one more batch of training, the elements of one tensor or channel.
 * @source TensorFlow Model Optimization 0.8.1, `quant_ops.py`
 */
export function rangeAfterBatch(
  quantizer: Quantizer,
  before: SeenRange,
  batch: ArrayLike<number>,
): SeenRange {
  if (quantizer instanceof FixedQuantizer) return before;
  const seen = mirrored(quantizer, rangeOf(batch));
  if (quantizer instanceof AllValuesQuantizer)
    return { min: Math.min(before.min, seen.min), max: Math.max(before.max, seen.max) };
  if (!(quantizer instanceof MovingAverageQuantizer)) return seen;
  const decay = f32(1 - (quantizer.momentum ?? tfmotMomentum));
  const step = (from: number, to: number) => f32(from - f32(f32(from - to) * decay));
  return { min: step(before.min, seen.min), max: step(before.max, seen.max) };
}

function rangeOf(values: ArrayLike<number>): SeenRange {
  let min = 0;
  let max = 0;
  for (let i = 0; i < values.length; i++) {
    min = Math.min(min, f32(values[i]!));
    max = Math.max(max, f32(values[i]!));
  }
  return { min, max };
}

/** A symmetric range reaches as many integers to both sides. */
function mirrored({ symmetric, narrowRange, numBits }: Quantizer, { min, max }: SeenRange) {
  if (!symmetric) return { min, max };
  const ratio = narrowRange ? 1 : 1 - 2 ** (1 - numBits);
  return {
    min: Math.min(min, f32((0 - max) / ratio)),
    max: Math.max(max, f32((0 - min) * ratio)),
  };
}

/**
 * `MovingAverageQuantizer` as TFMOT has it: a momentum of 0.999, and an average that starts from [−6, 6], as if this had
 * been seen before the first sample. After n samples the start still counts for 0.999^n.
 */
export class TfmotMovingAverageQuantizer extends Quantizer {
  readonly momentum: number;
  readonly initMin: number;
  readonly initMax: number;

  constructor(
    parameters: QuantizerParameters & {
      readonly momentum?: number;
      readonly initMin?: number;
      readonly initMax?: number;
    } = {},
  ) {
    super(parameters);
    this.momentum = parameters.momentum ?? tfmotMomentum;
    this.initMin = parameters.initMin ?? initialRange.min;
    this.initMax = parameters.initMax ?? initialRange.max;
  }

  range(seen: Seen): ChosenRange {
    // The average as it is kept starts from the first sample: it differs by what is left of that.
    const { min, max } = seen.average(this.momentum);
    const first = mirrored(this, {
      min: Math.min(0, seen.first.min),
      max: Math.max(0, seen.first.max),
    });
    const left = this.momentum ** seen.samples;
    return {
      min: f32(min + left * (this.initMin - first.min)),
      max: f32(max + left * (this.initMax - first.max)),
    };
  }

  override getConfig(): JsonObject {
    const { momentum, initMin, initMax } = this;
    return { ...super.getConfig(), momentum, initMin, initMax };
  }
}

/** Weights of convolutions in TFMOT's default scheme: 8 bits, per output channel, symmetric and narrow. */
export class Default8BitConvWeightsQuantizer extends LastValueQuantizer {
  constructor() {
    super({ numBits: 8, perAxis: true, symmetric: true, narrowRange: true });
  }
}

/** Weights of transposed convolutions in TFMOT's default scheme, and of Dense: per tensor. */
export class Default8BitConvTransposeWeightsQuantizer extends LastValueQuantizer {
  constructor() {
    super({ numBits: 8, perAxis: false, symmetric: true, narrowRange: true });
  }
}

/** Activations and outputs in TFMOT's default scheme. */
export class Default8BitActivationsQuantizer extends TfmotMovingAverageQuantizer {
  constructor() {
    super({ numBits: 8, perAxis: false, symmetric: false, narrowRange: false });
  }
}

/** TFMOT's own parameters and arithmetic. */
export const tfmot = {
  MovingAverageQuantizer: TfmotMovingAverageQuantizer,
  Default8BitConvWeightsQuantizer,
  Default8BitConvTransposeWeightsQuantizer,
  Default8BitActivationsQuantizer,
  fakeQuantize,
  rangeBeforeTraining,
  rangeAfterBatch,
} as const;

registerStandard({
  TfmotMovingAverageQuantizer,
  Default8BitConvWeightsQuantizer,
  Default8BitConvTransposeWeightsQuantizer,
  Default8BitActivationsQuantizer,
});
