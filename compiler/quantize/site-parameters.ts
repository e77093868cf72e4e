import { Rejected } from "../../grammar/source/diagnostic.ts";
import { nonFiniteConstant } from "../calibrate/diagnostics.ts";
import { quantParamsFromRange } from "../calibrate/parameters.ts";
import { type Range, union } from "../calibrate/range.ts";
import { rangeFrom, rangeOfConstant } from "../calibrate/range-from.ts";
import type { Statistics } from "../calibrate/statistics.ts";
import type { Annotations, SiteAnnotation, SiteKey } from "../ir/annotations.ts";
import { constantOf, type Graph, nodeOf, type Value } from "../ir/graph.ts";
import { type Quantizer, storageOf } from "../ir/quantizer.ts";
import { rangesMissing } from "./diagnostics.ts";
import type { SiteParameters } from "./insert-quantize.ts";

/**
 * A site whose integers must be chosen from a range: a value or an edge that has a quantizer, or a constant that is
 * tied to others.
 */
export interface RangedSite {
  readonly key: SiteKey;
  readonly value: Value;
  /** The name under which statistics of the value are kept: that of the producing node. */
  readonly name: string;
  readonly quantizer: Quantizer;
  readonly group?: number;
}

/** Sites that calibration (or the constant itself, or a `Fixed` range) must give a range, in graph order. */
export function rangedSites(graph: Graph, annotations: Annotations): readonly RangedSite[] {
  const sites: RangedSite[] = [];
  for (const [key, annotation] of annotations.sites) {
    const { request } = annotation.winner;
    const value = valueAt(graph, annotation);
    if (typeof request === "string" || value === undefined) continue;
    sites.push({
      key,
      value,
      name: valueName(graph, value),
      quantizer: request,
      ...groupOf(annotation),
    });
  }
  return sites;
}

/** Names of the values whose statistics are needed: not of constants, nor where the range is stated. */
export function namesToObserve(graph: Graph, sites: readonly RangedSite[]): ReadonlySet<string> {
  return new Set(sites.filter((site) => isMeasured(graph, site)).map((site) => site.name));
}

/** The name of a value: its node's, and which result it is if there are several. */
export function valueName(graph: Graph, value: Value): string {
  const { name } = nodeOf(graph, value);
  return value.output === 0 ? name : `${name}:${value.output}`;
}

/**
 * The integers of every ranged site. The sites of a group share the union of their ranges. Rejects when statistics of
 * a site are missing, naming all of them.
 */
export function siteParameters(
  graph: Graph,
  sites: readonly RangedSite[],
  statistics: ReadonlyMap<string, Statistics>,
): ReadonlyMap<SiteKey, SiteParameters> {
  const missing = sites.filter((site) => isMeasured(graph, site) && !statistics.has(site.name));
  if (missing.length > 0)
    throw new Rejected([rangesMissing(graph.name, [...new Set(missing.map((site) => site.name))])]);
  const ranges = siteRanges(graph, sites, statistics);
  return new Map(
    sites.map(({ key, quantizer }) => {
      const { scale, zeroPoint } = quantParamsFromRange(ranges.get(key)!.chosen, quantizer);
      return [
        key,
        { dtype: storageOf(quantizer.dtype), quant: { scale: [scale], zeroPoint: [zeroPoint] } },
      ];
    }),
  );
}

/** What a site's own values ask for, and what it gets: in a group the union over all members. */
export interface SiteRanges {
  readonly own: Range;
  readonly chosen: Range;
}

/** The ranges of sites by key; those that are measured have statistics. */
export function siteRanges(
  graph: Graph,
  sites: readonly RangedSite[],
  statistics: ReadonlyMap<string, Statistics>,
): ReadonlyMap<SiteKey, SiteRanges> {
  const ranges = sites.map((site) => rangeOfSite(graph, site, statistics));
  const ofGroup = new Map<number, Range>();
  for (const [i, { group }] of sites.entries()) {
    if (group === undefined) continue;
    const known = ofGroup.get(group);
    ofGroup.set(group, known ? union(known, ranges[i]!) : ranges[i]!);
  }
  return new Map(
    sites.map(({ key, group }, i) => {
      const own = ranges[i]!;
      return [key, { own, chosen: group === undefined ? own : ofGroup.get(group)! }];
    }),
  );
}

function rangeOfSite(
  graph: Graph,
  site: RangedSite,
  statistics: ReadonlyMap<string, Statistics>,
): Range {
  const place = { model: graph.name, path: site.name };
  const constant = constantOf(graph, site.value)?.data as Float32Array | undefined;
  if (constant) {
    const odd = constant.findIndex((x) => !Number.isFinite(x));
    if (odd >= 0) throw new Rejected([nonFiniteConstant(place, constant[odd]!, odd)]);
    return rangeOfConstant(constant, site.quantizer);
  }
  const { observer, min, max } = site.quantizer;
  if (observer === "Fixed") return { min: min!, max: max! };
  return rangeFrom(statistics.get(site.name)!, site.quantizer, place);
}

/** Whether the range of a site comes from samples: not of constants, nor where it is stated. */
export function isMeasured(graph: Graph, { value, quantizer }: RangedSite): boolean {
  return quantizer.observer !== "Fixed" && constantOf(graph, value) === undefined;
}

function valueAt(graph: Graph, { site, group, winner }: SiteAnnotation): Value | undefined {
  if (site.kind === "value") return site.value;
  const value = graph.nodes.get(site.node)!.operands[site.operand];
  if (site.kind === "edge") return value;
  const { request } = winner;
  return group !== undefined && typeof request !== "string" && request.per === "tensor"
    ? value
    : undefined;
}

function groupOf({ group }: SiteAnnotation): { readonly group?: number } {
  return group === undefined ? {} : { group };
}
