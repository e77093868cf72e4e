import { Rejected } from "../../grammar/source/diagnostic.ts";
import { malformedStatistics } from "./diagnostics.ts";
import { binCount } from "./histogram.ts";
import { type SavedStatistics, Statistics } from "./statistics.ts";

const format = "qcfg-statistics";
const version = 1;

/** The statistics of all sites as the text of a JSON file, one line per site, in the order of the map. */
export function printStatistics(sites: ReadonlyMap<string, Statistics>): string {
  const lines = [...sites].map(
    ([site, statistics]) => `  ${JSON.stringify(site)}: ${JSON.stringify(statistics.save())}`,
  );
  const body = lines.length === 0 ? "{}" : `{\n${lines.join(",\n")}\n}`;
  return `{ "format": "${format}", "version": ${version}, "sites": ${body} }\n`;
}

/** Reads what `printStatistics` wrote; rejects anything else. @param file its path, for messages */
export function parseStatistics(text: string, file: string): ReadonlyMap<string, Statistics> {
  const reject = (path: string, expected: string): never => {
    throw new Rejected([malformedStatistics(file, path, expected)]);
  };
  const json = parseJson(text);
  if (!isRecord(json) || json.format !== format) return reject("", `"format": "${format}"`);
  if (json.version !== version) return reject("version", `\`${version}\``);
  if (!isRecord(json.sites)) return reject("sites", "an object with one field for each site");
  const sites = new Map<string, Statistics>();
  for (const [site, saved] of Object.entries(json.sites)) {
    if (!isSavedStatistics(saved)) reject(site, "ranges, moving averages and a histogram");
    else sites.set(site, Statistics.restore(saved));
  }
  return sites;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isSavedStatistics(value: unknown): value is SavedStatistics {
  if (!isRecord(value) || !isCount(value.samples) || !isCount(value.nonFinite)) return false;
  const ranges = [value.first, value.last, value.all];
  const seen = value.samples > 0 ? ranges.every(isRange) : ranges.every((r) => r === undefined);
  return (
    seen &&
    Array.isArray(value.averages) &&
    value.averages.every(isAverages) &&
    isHistogram(value.histogram)
  );
}

function isAverages(value: unknown): boolean {
  if (!isRecord(value) || !isFiniteNumber(value.momentum)) return false;
  return Array.isArray(value.ranges) && value.ranges.length === 16 && value.ranges.every(isRange);
}

function isHistogram(value: unknown): boolean {
  if (!isRecord(value) || !isCount(value.zeros) || !Array.isArray(value.counts)) return false;
  const { exponent, start, counts } = value;
  const isPlaced = Number.isInteger(exponent) && Math.abs(exponent as number) < 1024;
  const isAroundZero =
    Number.isInteger(start) && -binCount < (start as number) && (start as number) <= 0;
  return isPlaced && isAroundZero && counts.length <= binCount && counts.every(isCount);
}

function isRange(value: unknown): boolean {
  return (
    isRecord(value) &&
    isFiniteNumber(value.min) &&
    isFiniteNumber(value.max) &&
    value.min <= value.max
  );
}

/** Finite also as a float32, which is what values of networks are. */
function isFiniteNumber(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(Math.fround(value));
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
