import { Rejected } from "../../grammar/source/diagnostic.ts";
import { type SiteKey, siteKey } from "../ir/annotations.ts";
import { type Graph, nodeOf, typeOf } from "../ir/graph.ts";
import type { OpTable } from "../ir/op.ts";
import { type Quantizer, storageOf } from "../ir/quantizer.ts";
import { type DType, type QuantParams, quantRange } from "../ir/types.ts";
import type { PreparedModel, QuantizedModel } from "../pipeline.ts";
import type { SiteParameters } from "../quantize/insert-quantize.ts";
import { lockMisfits, malformedLock } from "./diagnostics.ts";
import { explainedClaim } from "./places.ts";
import { siteName } from "./sites.ts";

/** Every decision of a quantization, as text for version control: one site a line, sorted, so that a diff shows what moved. */
export interface LockFile {
  readonly digests: Digests;
  readonly sites: readonly LockedSite[];
}

/** SHA-256 in hex: of the model's bytes, of the texts of all rule files, of the statistics that ranges came from. */
export interface Digests {
  readonly model: string;
  readonly rules: string;
  readonly data: string;
}

/** What a site got. */
export interface LockedSite {
  readonly node: string;
  readonly slot: string;
  /** In the syntax of rule files, `float` or `derived`. */
  readonly quantizer: string;
  readonly rule: string;
  /** Absent for what is in float. */
  readonly dtype?: DType;
  readonly scale?: readonly number[];
  readonly zeroPoint?: readonly number[];
}

const format = "qcfg-lock";
const version = 1;

/** What a quantized model resolved to. */
export function lockedSites(quantized: QuantizedModel, ops: OpTable): readonly LockedSite[] {
  const { prepared, parameters } = quantized;
  const { graph, annotations } = prepared;
  const sites = [...(annotations?.sites.values() ?? [])].map(({ site, winner }): LockedSite => {
    const { node, slot } = siteName(site, graph, ops);
    const { request, rule } = explainedClaim(winner);
    const found =
      parameters.get(siteKey(site)) ??
      (site.kind === "constant" ? constantParameters(quantized.graph, site) : undefined);
    const facts = { node: node.name, slot, quantizer: request, rule };
    if (found === undefined || request === "float") return facts;
    const { dtype, quant } = found;
    return { ...facts, dtype, scale: quant.scale, zeroPoint: quant.zeroPoint };
  });
  return sites.sort((a, b) => order(a.node, b.node) || order(a.slot, b.slot));
}

/** By code units: the same wherever it is written. */
function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function constantParameters(
  graph: Graph,
  { node: id, operand }: { readonly node: number; readonly operand: number },
): SiteParameters | undefined {
  const value = graph.nodes.get(id)?.operands[operand];
  const producer = value && nodeOf(graph, value);
  if (producer?.op !== "Dequantize") return undefined;
  const { dtype, quant } = typeOf(graph, producer.operands[0]!);
  return quant && { dtype, quant };
}

/** The text of a lock file. */
export function printLock({ digests, sites }: LockFile): string {
  const head = Object.entries(digests).map(([name, digest]) => `  "${name}": "${digest}",`);
  const lines = sites.map((site) => `    ${JSON.stringify(site)}`);
  return [
    "{",
    `  "format": "${format}",`,
    `  "version": ${version},`,
    ...head,
    ...(lines.length === 0 ? ['  "sites": []'] : ['  "sites": [', lines.join(",\n"), "  ]"]),
    "}",
    "",
  ].join("\n");
}

/** Reads what `printLock` wrote; rejects anything else. @param file its path, for messages */
export function parseLock(text: string, file: string): LockFile {
  const reject = (path: string, expected: string): never => {
    throw new Rejected([malformedLock(file, path, expected)]);
  };
  const json = parseJson(text);
  if (json === undefined) return reject("", "JSON without marks of a merge");
  if (!isRecord(json) || json.format !== format) return reject("", `\`"format": "${format}"\``);
  if (json.version !== version) return reject("version", `\`${version}\``);
  const { model, rules, data, sites } = json;
  if (typeof model !== "string" || typeof rules !== "string" || typeof data !== "string")
    return reject("", "digests of `model`, `rules` and `data`");
  if (!Array.isArray(sites)) return reject("sites", "a list of sites");
  const found = sites.map((site, i) =>
    isLockedSite(site)
      ? site
      : reject(
          `sites[${i}]`,
          "a node, a slot, a quantizer, float32 scales and zero points of its type",
        ),
  );
  const seen = new Set<string>();
  const again = found.map(nameOfSite).find((name) => seen.size === seen.add(name).size);
  if (again !== undefined) return reject(again, "one line for each site");
  return { digests: { model, rules, data }, sites: found };
}

function nameOfSite({ node, slot }: { readonly node: string; readonly slot: string }): string {
  return `${node}.${slot}`;
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

function isLockedSite(value: unknown): value is LockedSite {
  if (!isRecord(value)) return false;
  const { node, slot, quantizer, rule, dtype, scale, zeroPoint } = value;
  const isNamed = [node, slot, quantizer, rule].every((text) => typeof text === "string");
  if (!isNamed || dtype === undefined) return isNamed && !scale && !zeroPoint;
  if (typeof dtype !== "string" || !Object.hasOwn(quantRange, dtype)) return false;
  const [lowest, highest] = quantRange[dtype as keyof typeof quantRange];
  const isZero = (x: unknown) =>
    Number.isInteger(x) && lowest <= (x as number) && (x as number) <= highest;
  return (
    Array.isArray(scale) &&
    Array.isArray(zeroPoint) &&
    scale.length > 0 &&
    scale.length === zeroPoint.length &&
    scale.every(isScale) &&
    zeroPoint.every(isZero)
  );
}

/** A positive finite float32 number, written as it is. */
function isScale(value: unknown): boolean {
  return (
    typeof value === "number" &&
    value > 0 &&
    Math.fround(value) === value &&
    value < Number.POSITIVE_INFINITY
  );
}

/**
 * The integers that a lock file gives to every ranged site of a model. Rejects where the sites of the model and the rules are
 * others than those of the file, with all that differs.
 */
export function lockedParameters(
  prepared: PreparedModel,
  lock: LockFile,
  file: string,
  ops: OpTable,
): ReadonlyMap<SiteKey, SiteParameters> {
  const { graph, annotations, sites } = prepared;
  const locked = new Map(lock.sites.map((site) => [nameOfSite(site), site]));
  const differences: { readonly site: string; readonly text: string }[] = [];
  const nameOf = new Map<SiteKey, string>();
  for (const { site, winner } of annotations?.sites.values() ?? []) {
    const { node, slot } = siteName(site, graph, ops);
    const name = nameOfSite({ node: node.name, slot });
    nameOf.set(siteKey(site), name);
    const { request, rule } = explainedClaim(winner);
    const known = locked.get(name);
    locked.delete(name);
    if (known === undefined)
      differences.push({
        site: name,
        text: `\`${rule}\` asks for \`${request}\`, and the file has no such site`,
      });
    else if (known.quantizer !== request)
      differences.push({
        site: name,
        text: `locked as \`${known.quantizer}\`, now \`${rule}\` asks for \`${request}\``,
      });
  }
  for (const [name, { rule }] of locked)
    differences.push({
      site: name,
      text: `locked by \`${rule}\`, and the model has no such site now`,
    });
  if (differences.length > 0) throw new Rejected([lockMisfits(file, differences)]);
  const all = new Map(lock.sites.map((site) => [nameOfSite(site), site]));
  const ofGroup = new Map<number, string>();
  return new Map(
    sites.map(({ key, quantizer, group }) => {
      const name = nameOf.get(key)!;
      const parameters = parametersOf(all.get(name)!, quantizer, name, file);
      const text = JSON.stringify(parameters);
      if (group !== undefined && (ofGroup.get(group) ?? text) !== text)
        throw new Rejected([
          malformedLock(file, name, "the scale of the sites that it is tied to"),
        ]);
      if (group !== undefined) ofGroup.set(group, text);
      return [key, parameters];
    }),
  );
}

function parametersOf(
  { dtype, scale, zeroPoint }: LockedSite,
  quantizer: Quantizer,
  name: string,
  file: string,
): SiteParameters {
  if (dtype !== storageOf(quantizer.dtype) || scale?.length !== 1)
    throw new Rejected([malformedLock(file, name, "one scale and one zero point")]);
  const quant: QuantParams = { scale, zeroPoint: zeroPoint! };
  return { dtype, quant };
}

/** Sites whose integers are not those of the file: constants, which are quantized as they are now. */
export function movedSites(now: readonly LockedSite[], { sites }: LockFile): readonly string[] {
  const text = ({ dtype, scale, zeroPoint }: LockedSite) =>
    JSON.stringify([dtype, scale, zeroPoint]);
  const before = new Map(sites.map((site) => [`${site.node}.${site.slot}`, text(site)]));
  return now.flatMap((site) => {
    const name = `${site.node}.${site.slot}`;
    return before.get(name) === text(site) ? [] : [name];
  });
}
