import type { Coverage } from "../lower/coverage.ts";
import type {
  ExplainedNode,
  ExplainedRewrite,
  ExplainedSite,
  Explanation,
  TextPlace,
} from "./explanation.ts";

/** What two rule files make of one model, and which rule is responsible for each difference: plain JSON. */
export interface Difference {
  readonly version: 1;
  readonly model: string;
  readonly isSame: boolean;
  /** Rule files with errors: what these are about is not compared. Absent where there are none. */
  readonly faulty?: readonly string[];
  /** Ranges are those of `Explanation`; where they are assumed, scales are not compared. */
  readonly ranges: Explanation["ranges"];
  readonly before: Totals;
  readonly after: Totals;
  readonly nodes: readonly NodeDifference[];
}

export interface Totals {
  readonly coverage: Coverage;
  readonly constantBytes: number;
  readonly borders: number;
  /** Read and written by conversions in an inference. */
  readonly borderBytes: number;
}

/** Where a node of the program differs; a side that is absent does not have it. */
export interface NodeDifference {
  readonly node: string;
  readonly op: string;
  readonly before?: NodeSide;
  readonly after?: NodeSide;
  readonly rewrites?: RewriteDifference;
  readonly sites: readonly SiteDifference[];
}

export interface NodeSide {
  readonly op: string;
  readonly kind: ExplainedNode["kind"];
  readonly type: string;
  /** Why it is in float. */
  readonly reason?: string;
}

/** Rules that had a part in a node on one side only. */
export interface RewriteDifference {
  readonly before: readonly RuleUse[];
  readonly after: readonly RuleUse[];
}

export interface RuleUse {
  readonly rule: string;
  readonly place?: TextPlace;
}

/** A site with another quantizer, dtype, scale or zero point, or that is in float on one side. */
export interface SiteDifference {
  readonly site: string;
  readonly before?: SiteSide;
  readonly after?: SiteSide;
}

export interface SiteSide extends RuleUse {
  readonly request: string;
  readonly dtype?: string;
  readonly scale?: { readonly min: number; readonly max: number };
  readonly zeroPoint?: { readonly min: number; readonly max: number };
}

/** Compares what became of one model under two rule files. */
export function differenceOf(before: Explanation, after: Explanation): Difference {
  const [old, now] = [byName(before), byName(after)];
  const names = [...new Set([...old.keys(), ...now.keys()])];
  const nodes = names.flatMap((name) => nodeDifference(old.get(name), now.get(name)));
  const totals = [totalsOf(before), totalsOf(after)] as const;
  return {
    version: 1,
    model: before.model,
    isSame: nodes.length === 0 && JSON.stringify(totals[0]) === JSON.stringify(totals[1]),
    ranges: before.ranges === after.ranges ? before.ranges : "assumed",
    before: totals[0],
    after: totals[1],
    nodes,
  };
}

function byName({ nodes }: Explanation): ReadonlyMap<string, ExplainedNode> {
  return new Map(nodes.map((node) => [node.node, node]));
}

function totalsOf({ coverage, constantBytes, borders }: Explanation): Totals {
  const borderBytes = borders.reduce((sum, { bytes }) => sum + bytes, 0);
  return { coverage, constantBytes, borders: borders.length, borderBytes };
}

function nodeDifference(
  before: ExplainedNode | undefined,
  after: ExplainedNode | undefined,
): readonly NodeDifference[] {
  const { node, op } = (after ?? before)!;
  const [old, now] = [before && sideOf(before), after && sideOf(after)];
  const rewrites = rewriteDifference(before?.rewrites ?? [], after?.rewrites ?? []);
  const sites = siteDifferences(before?.sites ?? [], after?.sites ?? []);
  const isSame = JSON.stringify(old) === JSON.stringify(now);
  if (isSame && rewrites === undefined && sites.length === 0) return [];
  return [
    {
      node,
      op,
      ...(old && { before: old }),
      ...(now && { after: now }),
      ...(rewrites && before && after && { rewrites }),
      sites,
    },
  ];
}

function sideOf({ op, kind, type, reason }: ExplainedNode): NodeSide {
  return { op, kind, type, ...(reason !== undefined && { reason }) };
}

/** Which rules, not how often: a longer way to the same node is no difference. */
function rewriteDifference(
  before: readonly ExplainedRewrite[],
  after: readonly ExplainedRewrite[],
): RewriteDifference | undefined {
  const only = (these: readonly ExplainedRewrite[], others: readonly ExplainedRewrite[]) => {
    const found = these.filter(({ rule }) => !others.some((other) => other.rule === rule));
    return [...new Map(found.map((use) => [use.rule, ruleUse(use)])).values()];
  };
  const difference = { before: only(before, after), after: only(after, before) };
  return difference.before.length + difference.after.length > 0 ? difference : undefined;
}

function ruleUse({ rule, place }: RuleUse): RuleUse {
  return { rule, ...(place && { place }) };
}

function siteDifferences(
  before: readonly ExplainedSite[],
  after: readonly ExplainedSite[],
): readonly SiteDifference[] {
  const sides = (sites: readonly ExplainedSite[]) =>
    new Map(sites.map((site) => [`${site.node}.${site.slot}`, siteSide(site)]));
  const [old, now] = [sides(before), sides(after)];
  return [...new Set([...old.keys(), ...now.keys()])].flatMap((site) => {
    const [was, is] = [old.get(site), now.get(site)];
    if (was && is && integersText(was) === integersText(is)) return [];
    return [{ site, ...(was && { before: was }), ...(is && { after: is }) }];
  });
}

function siteSide({ claim, scale }: ExplainedSite): SiteSide {
  return {
    ...ruleUse(claim),
    request: claim.request,
    ...(scale && { dtype: scale.dtype, scale: scale.scale, zeroPoint: scale.zeroPoint }),
  };
}

/** What the site is, whoever asked for it. */
function integersText({ request, dtype, scale, zeroPoint }: SiteSide): string {
  return JSON.stringify([request, dtype, scale, zeroPoint]);
}
