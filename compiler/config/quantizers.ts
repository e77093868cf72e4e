import type {
  ObserverName,
  QuantizerDType,
  Quantizer as QuantizerRequest,
  Seen,
} from "../ir/quantizer.ts";
import { type JsonObject, registerStandard } from "./registry.ts";

/** What every quantizer can be told, in TFMOT's words. */
export interface QuantizerParameters {
  /** Bits of an integer, 2 to 16; 8 unless stated. */
  readonly numBits?: number;
  /** Integers from 0 on. */
  readonly unsigned?: boolean;
  /** A scale for each output channel: of weights alone. */
  readonly perAxis?: boolean;
  /** A scale for each so many successive input channels of an output channel: of weights alone. */
  readonly groupSize?: number;
  /** Zero in the middle of the integers. */
  readonly symmetric?: boolean;
  /** Leaves the lowest integer unused: [−127, 127] for 8 bits. */
  readonly narrowRange?: boolean;
  /** Rounds the scale up to a power of two. */
  readonly powerOfTwo?: boolean;
}

/** A range in real numbers; or the scale and zero point of the integers, which are the same up to float32 rounding. */
export type ChosenRange =
  | { readonly min: number; readonly max: number }
  | { readonly scale: number; readonly zeroPoint?: number };

const isQuantizerMark: unique symbol = Symbol.for("qcfg.quantizer") as never;

/**
 * How a range is chosen and divided among integers. One of your own extends this class and says the range in `range`;
 * its other parameters, of which `getConfig` must tell, are those of its constructor's one object. Where it asks for a
 * moving average, it has the momentum as the property `momentum`, so that calibration keeps that average.
 */
export abstract class Quantizer {
  readonly [isQuantizerMark] = true;
  readonly numBits: number;
  readonly unsigned: boolean;
  readonly perAxis: boolean;
  readonly groupSize: number | undefined;
  readonly symmetric: boolean;
  readonly narrowRange: boolean;
  readonly powerOfTwo: boolean;

  constructor(parameters: QuantizerParameters = {}) {
    const { numBits = 8, perAxis = false, groupSize } = parameters;
    if (!Number.isInteger(numBits) || numBits < 2 || numBits > 16)
      throw new RangeError(`\`numBits\` is a whole number from 2 to 16, not ${numBits}`);
    if (groupSize !== undefined && (!Number.isSafeInteger(groupSize) || groupSize < 1 || perAxis))
      throw new RangeError("`groupSize` is a positive whole number, and excludes `perAxis`");
    this.numBits = numBits;
    this.unsigned = parameters.unsigned ?? false;
    this.perAxis = perAxis;
    this.groupSize = groupSize;
    this.symmetric = parameters.symmetric ?? false;
    this.narrowRange = parameters.narrowRange ?? false;
    this.powerOfTwo = parameters.powerOfTwo ?? false;
  }

  /**
   * The range for what was seen: at least one finite value, of all samples, or of one constant or channel. It is widened
   * to hold 0, and mirrored around it where the quantizer is symmetric.
   */
  abstract range(seen: Seen): ChosenRange;

  /** The parameters that the constructor takes. */
  getConfig(): JsonObject {
    const { numBits, unsigned, perAxis, groupSize, symmetric, narrowRange, powerOfTwo } = this;
    return {
      numBits,
      perAxis,
      symmetric,
      narrowRange,
      ...(unsigned && { unsigned }),
      ...(groupSize !== undefined && { groupSize }),
      ...(powerOfTwo && { powerOfTwo }),
    };
  }

  /** What a rule asks for where it uses this quantizer. */
  request(): QuantizerRequest | "float" {
    const momentum = "momentum" in this ? this.momentum : undefined;
    return {
      observer: "Own",
      ...this.integers(),
      ...(typeof momentum === "number" && { momentum }),
      own: {
        name: this.constructor.name,
        parameters: JSON.stringify(this.getConfig()),
        range: (seen) => rangeIn(this.range(seen), this),
      },
    };
  }

  /** The part of a request that does not say how the range is chosen. */
  protected integers() {
    const { numBits, unsigned, perAxis, groupSize, symmetric, narrowRange, powerOfTwo } = this;
    const per = groupSize === undefined ? (perAxis ? "channel" : "tensor") : { group: groupSize };
    return {
      dtype: `${unsigned ? "u" : ""}int${numBits}` as QuantizerDType,
      per,
      symmetric,
      narrow: narrowRange,
      powerOfTwo,
    } as const;
  }
}

/** A scale and zero point as the range of the integers that a quantizer uses. */
function rangeIn(chosen: ChosenRange, { numBits, unsigned, narrowRange }: Quantizer) {
  if ("min" in chosen) return chosen;
  const { scale, zeroPoint = 0 } = chosen;
  const lowest = unsigned ? 0 : -(2 ** (numBits - 1));
  const highest = lowest + 2 ** numBits - 1;
  return {
    min: (lowest + (narrowRange ? 1 : 0) - zeroPoint) * scale,
    max: (highest - zeroPoint) * scale,
  };
}

/** Whether something is a quantizer, also of another copy of this package. */
export function isQuantizer(value: unknown): value is Quantizer {
  return typeof value === "object" && value !== null && isQuantizerMark in value;
}

/** The quantizers that rule files write without an import: requests of them are equal to the rule file's. */
abstract class StandardQuantizer extends Quantizer {
  protected abstract readonly observer: ObserverName;

  /** Numbers of the observer, as a request has them. */
  protected numbers(): Partial<QuantizerRequest> {
    return {};
  }

  override request(): QuantizerRequest {
    return { observer: this.observer, ...this.integers(), ...this.numbers() };
  }
}

/** The range of the last sample; of a constant, of its values. */
export class LastValueQuantizer extends StandardQuantizer {
  protected readonly observer = "LastValue";

  range({ last }: Seen): ChosenRange {
    return last;
  }
}

/** The range of all samples. */
export class AllValuesQuantizer extends StandardQuantizer {
  protected readonly observer = "AllValues";

  range({ all }: Seen): ChosenRange {
    return all;
  }
}

/**
 * The exponential moving average of the samples' ranges, started from the first one. TFMOT's own has a momentum of 0.999
 * and starts from [−6, 6]: `tfmot.MovingAverageQuantizer`.
 */
export class MovingAverageQuantizer extends StandardQuantizer {
  protected readonly observer = "MovingAverage";
  /** The weight of the past, in [0, 1); the compiler's 0.9 where it is absent. */
  readonly momentum: number | undefined;

  constructor(parameters: QuantizerParameters & { readonly momentum?: number } = {}) {
    super(parameters);
    const { momentum } = parameters;
    if (momentum !== undefined && !(0 <= momentum && momentum < 1))
      throw new RangeError(`\`momentum\` is at least 0 and below 1, not ${momentum}`);
    this.momentum = momentum;
  }

  range(seen: Seen): ChosenRange {
    return seen.average(this.momentum);
  }

  override getConfig(): JsonObject {
    const { momentum } = this;
    return { ...super.getConfig(), ...(momentum !== undefined && { momentum }) };
  }

  protected override numbers(): Partial<QuantizerRequest> {
    return this.momentum === undefined ? {} : { momentum: this.momentum };
  }
}

/** A range that is known. */
export class FixedQuantizer extends StandardQuantizer {
  protected readonly observer = "Fixed";
  readonly initMin: number;
  readonly initMax: number;

  constructor(
    parameters: QuantizerParameters & { readonly initMin?: number; readonly initMax?: number } = {},
  ) {
    super(parameters);
    const { initMin = -6, initMax = 6 } = parameters;
    const isRange = initMin <= initMax && [initMin, initMax].every((x) => Math.abs(x) < 3e38);
    if (!isRange)
      throw new RangeError("`initMin` and `initMax` are float32 numbers, in this order");
    this.initMin = initMin;
    this.initMax = initMax;
  }

  range(): ChosenRange {
    return { min: this.initMin, max: this.initMax };
  }

  override getConfig(): JsonObject {
    return { ...super.getConfig(), initMin: this.initMin, initMax: this.initMax };
  }

  protected override numbers(): Partial<QuantizerRequest> {
    return { min: this.initMin, max: this.initMax };
  }
}

/** The range of a share of the values: what is farther out is clipped. */
export class PercentileQuantizer extends StandardQuantizer {
  protected readonly observer = "Percentile";
  /** In (0, 100]; the compiler's 99.99 where it is absent. */
  readonly percentile: number | undefined;

  constructor(parameters: QuantizerParameters & { readonly percentile?: number } = {}) {
    super(parameters);
    const { percentile } = parameters;
    if (percentile !== undefined && !(0 < percentile && percentile <= 100))
      throw new RangeError(`a percentile is above 0 and at most 100, not ${percentile}`);
    this.percentile = percentile;
  }

  range(seen: Seen): ChosenRange {
    return seen.percentile(this.percentile);
  }

  override getConfig(): JsonObject {
    const { percentile } = this;
    return { ...super.getConfig(), ...(percentile !== undefined && { percentile }) };
  }

  protected override numbers(): Partial<QuantizerRequest> {
    return this.percentile === undefined ? {} : { percentile: this.percentile };
  }
}

/** The range whose integers lose least of the distribution of the values (Kullback-Leibler divergence). */
export class EntropyQuantizer extends StandardQuantizer {
  protected readonly observer = "Entropy";

  range({ all }: Seen): ChosenRange {
    return all;
  }
}

/** The range with the least mean squared error. */
export class MeanSquaredErrorQuantizer extends StandardQuantizer {
  protected readonly observer = "MeanSquaredError";

  range({ all }: Seen): ChosenRange {
    return all;
  }
}

/** No integers: what it is asked for stays in float. */
export class NoQuantizer extends Quantizer {
  range({ all }: Seen): ChosenRange {
    return all;
  }

  override getConfig(): JsonObject {
    return {};
  }

  override request(): "float" {
    return "float";
  }
}

/** The classes of this file by name. */
export const standardQuantizers = {
  LastValueQuantizer,
  AllValuesQuantizer,
  MovingAverageQuantizer,
  FixedQuantizer,
  PercentileQuantizer,
  EntropyQuantizer,
  MeanSquaredErrorQuantizer,
  NoQuantizer,
} as const;

registerStandard(standardQuantizers);

/** The quantizer that asks for what a rule asked for. */
export function quantizerOfRequest(request: QuantizerRequest | "float"): Quantizer {
  if (request === "float") return new NoQuantizer();
  const { observer, dtype, per, momentum, percentile, min, max } = request;
  if (observer === "Own") throw new Error("internal: a quantizer of the user's is one already");
  const parameters = {
    numBits: Number(dtype.replace(/^u?int/, "")),
    unsigned: dtype.startsWith("u"),
    perAxis: per === "channel",
    ...(typeof per === "object" && { groupSize: per.group }),
    symmetric: request.symmetric,
    narrowRange: request.narrow,
    powerOfTwo: request.powerOfTwo,
    ...(momentum !== undefined && { momentum }),
    ...(percentile !== undefined && { percentile }),
    ...(min !== undefined && { initMin: min }),
    ...(max !== undefined && { initMax: max }),
  };
  return new standardQuantizers[`${observer}Quantizer`](parameters);
}
