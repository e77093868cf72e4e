import type { Shape } from "../../ir/types.ts";
import { malformedOption, reject } from "./diagnostics.ts";

/**
 * What is done to data before it enters the model: `(x · scale − mean) / std`, each operation rounded to
 * float32. Plain JSON: recorded in `model.json`. `mean` and `std` have one number, or one per channel.
 */
export interface Preprocessing {
  readonly scale: number;
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

/** The options as the user wrote them. */
export interface PreprocessingOptions {
  readonly scale?: string | undefined;
  readonly mean?: string | undefined;
  readonly std?: string | undefined;
}

/** Reads `--scale 1/255 --mean 0.485,0.456,0.406 --std 0.2,0.2,0.2`; `undefined` when none is given. */
export function parsePreprocessing({
  scale,
  mean,
  std,
}: PreprocessingOptions): Preprocessing | undefined {
  if (scale === undefined && mean === undefined && std === undefined) return undefined;
  const one = "a number or a fraction like `1/255`";
  const some = "numbers or fractions with commas, like `0.485,0.456,0.406`";
  const preprocessing = {
    scale:
      scale === undefined ? 1 : (numberOf(scale) ?? reject(malformedOption("--scale", scale, one))),
    mean:
      mean === undefined ? [0] : (listOf(mean) ?? reject(malformedOption("--mean", mean, some))),
    std: std === undefined ? [1] : (listOf(std) ?? reject(malformedOption("--std", std, some))),
  };
  if (preprocessing.std.some((value) => Math.fround(value) === 0)) {
    return reject(malformedOption("--std", std ?? "", "numbers other than 0"));
  }
  const [means, stds] = [preprocessing.mean.length, preprocessing.std.length];
  if (means !== stds && means !== 1 && stds !== 1) {
    return reject(malformedOption("--std", std ?? "", `${means} numbers, as in \`--mean\``));
  }
  return preprocessing;
}

/** The record in a `model.json`; `undefined` for anything else. */
export function preprocessingOf(json: unknown): Preprocessing | undefined {
  if (typeof json !== "object" || json === null) return undefined;
  const { scale, mean, std } = json as Partial<Record<keyof Preprocessing, unknown>>;
  const isNumber = (value: unknown) => typeof value === "number" && Number.isFinite(value);
  const isList = (value: unknown) =>
    Array.isArray(value) && value.length > 0 && value.every(isNumber);
  if (!isNumber(scale) || !isList(mean) || !isList(std)) return undefined;
  return { scale, mean, std } as Preprocessing;
}

function numberOf(text: string): number | undefined {
  const parts = text.split("/");
  if (parts.length > 2 || !parts.every((part) => /^\s*[-+]?[\d.]+(e[-+]?\d+)?\s*$/i.test(part))) {
    return undefined;
  }
  const value = Number(parts[0]) / Number(parts[1] ?? 1);
  return Number.isFinite(value) ? value : undefined;
}

function listOf(text: string): readonly number[] | undefined {
  const values = text.split(",").map(numberOf);
  return values.every((value) => value !== undefined) ? values : undefined;
}

/** How many channels `mean` and `std` are stated for; 1: the same for all. */
export function channelsOf({ mean, std }: Preprocessing): number {
  return Math.max(mean.length, std.length);
}

/**
 * The axis of a sample that has as many channels: the last one, or the first of an image's three.
 * `undefined` when neither has.
 */
export function channelAxisOf(channels: number, sample: Shape): number | undefined {
  if (sample.at(-1) === channels) return sample.length - 1;
  const first = Math.max(0, sample.length - 3);
  return sample[first] === channels ? first : undefined;
}

/**
 * The preprocessed values of a sample, in its own order.
 * @param inner elements from one index of the channel axis to the next
 */
export function preprocess(
  values: ArrayLike<number>,
  preprocessing: Preprocessing,
  inner: number,
): Float32Array {
  const { scale, mean, std } = preprocessing;
  const channels = channelsOf(preprocessing);
  const result = new Float32Array(values.length);
  const s = Math.fround(scale);
  for (let i = 0; i < result.length; i++) {
    const channel = Math.floor(i / inner) % channels;
    const m = Math.fround(mean.length === 1 ? mean[0]! : mean[channel]!);
    const d = Math.fround(std.length === 1 ? std[0]! : std[channel]!);
    const scaled = Math.fround(Math.fround(values[i]!) * s);
    result[i] = Math.fround(scaled - m) / d;
  }
  return result;
}
