import { quantParamsFromRange } from "../calibrate/parameters.ts";
import { isEmpty, rangeOfValues } from "../calibrate/range.ts";
import type { Statistics } from "../calibrate/statistics.ts";
import type { SiteAnnotation } from "../ir/annotations.ts";
import { type SiteKey, siteKey } from "../ir/annotations.ts";
import { constantOf, type Graph, type Node, nodeOf, typeOf, type Value } from "../ir/graph.ts";
import { integersOf, type Quantizer } from "../ir/quantizer.ts";
import type { DType, QuantParams } from "../ir/types.ts";
import type { QuantizedModel } from "../pipeline.ts";
import {
  isMeasured,
  type RangedSite,
  type SiteRanges,
  siteRanges,
} from "../quantize/site-parameters.ts";
import type { ExplainedHistogram, ExplainedScale, Interval } from "./explanation.ts";

/** Tells where the scale of a site comes from; nothing where it has none, or where ranges are assumed. */
export type ScaleTeller = (annotation: SiteAnnotation) => ExplainedScale | undefined;

/** @param isAssumed there were no samples, so no scale of a measured value is told */
export function scaleTeller(quantized: QuantizedModel, isAssumed: boolean): ScaleTeller {
  const { prepared, statistics, parameters } = quantized;
  const { graph, sites } = prepared;
  const ranged = new Map(sites.map((site) => [site.key, site]));
  const ranges = rangesOf(quantized);
  return ({ site, winner }) => {
    if (winner.request === "float") return undefined;
    const key = siteKey(site);
    const found = ranged.get(key);
    if (found === undefined)
      return site.kind === "value" || (isAssumed && winner.request === "derived")
        ? undefined
        : scaleOfConstant(quantized, site);
    if (isAssumed && isMeasured(graph, found)) return undefined;
    const { dtype, quant } = parameters.get(key)!;
    const facts = { dtype, ...parametersText(quant) };
    if (ranges === undefined) return { from: "lock file", ...facts };
    return { ...facts, ...sourceOf(graph, found, ranges.get(key)!, statistics) };
  };
}

/** The ranges of all sites; none where their integers were known before. */
export function rangesOf({
  prepared: { graph, sites },
  statistics,
}: QuantizedModel): ReadonlyMap<SiteKey, SiteRanges> | undefined {
  const isKnown = sites.every((site) => !isMeasured(graph, site) || statistics.has(site.name));
  return isKnown ? siteRanges(graph, sites, statistics) : undefined;
}

function sourceOf(
  graph: Graph,
  site: RangedSite,
  { own, chosen }: SiteRanges,
  statistics: ReadonlyMap<string, Statistics>,
): Omit<ExplainedScale, "dtype" | "count" | "scale" | "zeroPoint"> {
  const united = site.group === undefined ? {} : { united: chosen };
  const constant = constantOf(graph, site.value)?.data as Float32Array | undefined;
  if (constant)
    return { from: "constant", observed: rangeOfValues(constant), chosen: own, ...united };
  if (site.quantizer.observer === "Fixed") return { from: "stated", chosen: own, ...united };
  const seen = statistics.get(site.name)!;
  const { samples, nonFinite } = seen;
  if (isEmpty(seen.all)) return { from: "samples", samples, nonFinite, chosen: own, ...united };
  return {
    from: "samples",
    samples,
    nonFinite,
    observed: seen.all,
    chosen: own,
    ...united,
    saturated: saturatedShare(seen, site.quantizer, quantParamsFromRange(chosen, site.quantizer)),
    histogram: coarseHistogram(seen),
  };
}

/** The share of the values that are nearer to no integer of the quantizer than half a step, counted in bins of the histogram. */
function saturatedShare(
  { histogram }: Statistics,
  quantizer: Quantizer,
  { scale, zeroPoint }: { readonly scale: number; readonly zeroPoint: number },
): number {
  const [lowest, highest] = integersOf(quantizer);
  const low = (lowest - zeroPoint - 0.5) * scale;
  const high = (highest - zeroPoint + 0.5) * scale;
  let beyond = 0;
  histogram.counts.forEach((count, i) => {
    const middle = (histogram.start + i + 0.5) * histogram.width;
    if (middle < low || middle > high) beyond += count;
  });
  return histogram.total === 0 ? 0 : beyond / histogram.total;
}

const parts = 32;

function coarseHistogram({ histogram, all }: Statistics): ExplainedHistogram {
  const { min, max } = all;
  const counts = new Array<number>(parts).fill(0);
  const partOf = (x: number) =>
    Math.max(0, Math.min(parts - 1, Math.floor((parts * (x - min)) / (max - min || 1))));
  histogram.counts.forEach((count, i) => {
    if (count > 0) counts[partOf((histogram.start + i + 0.5) * histogram.width)]! += count;
  });
  if (histogram.zeros > 0) counts[partOf(0)]! += histogram.zeros;
  return { min, max, counts };
}

/** Weights and biases: their integers are in the graph. */
function scaleOfConstant(
  { graph, prepared }: QuantizedModel,
  { node: id, operand }: { readonly node: number; readonly operand: number },
): ExplainedScale | undefined {
  const node = graph.nodes.get(id);
  const integers = node && integersBehind(graph, node, operand);
  if (integers?.quant === undefined) return undefined;
  const original = constantOf(prepared.graph, prepared.graph.nodes.get(id)!.operands[operand]);
  const observed = original && rangeOfValues(original.data as Float32Array);
  return {
    from: integers.dtype === "int32" ? "derived" : "constant",
    dtype: integers.dtype,
    ...parametersText(integers.quant),
    ...(observed && { observed }),
  };
}

function integersBehind(
  graph: Graph,
  node: Node,
  operand: number,
): { readonly dtype: DType; readonly quant?: QuantParams } | undefined {
  const value: Value | undefined = node.operands[operand];
  if (value === undefined) return undefined;
  const producer = nodeOf(graph, value);
  return producer.op === "Dequantize" ? typeOf(graph, producer.operands[0]!) : undefined;
}

function parametersText({
  scale,
  zeroPoint,
}: QuantParams): Pick<ExplainedScale, "count" | "scale" | "zeroPoint"> {
  return { count: scale.length, scale: extremes(scale), zeroPoint: extremes(zeroPoint) };
}

function extremes(values: readonly number[]): Interval {
  let [min, max] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    min = Math.min(min, value);
    max = Math.max(max, value);
  }
  return { min, max };
}
