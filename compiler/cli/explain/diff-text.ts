import type {
  Difference,
  NodeDifference,
  NodeSide,
  RuleUse,
  SiteDifference,
  SiteSide,
  Totals,
} from "../../explain/diff.ts";
import { byteText, countText, coverageText, rowsText } from "../text.ts";
import { intervalText } from "./detail-text.ts";

/** What two rule files make of one model, for a terminal. */
export function diffText(names: readonly [string, string], difference: Difference): string {
  const { before, after, nodes, isSame, faulty = [], ranges, model } = difference;
  const title = `${names[0]} → ${names[1]} on ${model}`;
  const untold = faulty.map((file) => `\n${file} has errors: what they are about is not compared.`);
  if (isSame && faulty.length > 0)
    return `${title}: no difference in what could be compared${untold.join("")}`;
  if (isSame) return `${title}: no difference`;
  const assumed =
    ranges === "assumed"
      ? ["\nRanges are assumed, so scales are not compared: name samples with --calib."]
      : [];
  const head = `${title}: ${countText(nodes.length, "node")} ${nodes.length === 1 ? "differs" : "differ"}`;
  return [
    `${head}\n${totalsText(before, after)}`,
    ...nodes.map(nodeText),
    ...assumed,
    ...untold,
  ].join("\n");
}

function totalsText(before: Totals, after: Totals): string {
  const change = (text: (totals: Totals) => string) => {
    const [old, now] = [text(before), text(after)];
    return old === now ? old : `${old} → ${now}`;
  };
  return rowsText([
    ["coverage", change(({ coverage }) => coverageText(coverage))],
    ["constants", change(({ constantBytes }) => byteText(constantBytes))],
    ["borders", change(({ borders, borderBytes }) => `${borders}, ${byteText(borderBytes)}`)],
  ]);
}

function nodeText({ node, op, before, after, rewrites, sites }: NodeDifference): string {
  return [
    `${sign(before, after)} ${node} (${op})${sideChange(before, after)}`,
    ...(rewrites?.before ?? []).map((use) => `    - made by ${use.rule}${at(use)}`),
    ...(rewrites?.after ?? []).map((use) => `    + made by ${use.rule}${at(use)}`),
    ...sites.flatMap(siteLines),
  ].join("\n");
}

function sign(before: NodeSide | undefined, after: NodeSide | undefined): string {
  if (before === undefined) return "+";
  return after === undefined ? "-" : "~";
}

function sideChange(before: NodeSide | undefined, after: NodeSide | undefined): string {
  if (before === undefined || after === undefined) {
    const { kind, type, reason } = (before ?? after)!;
    return `: ${kind}, ${type}${reason === undefined ? "" : `, ${reason}`}`;
  }
  const kinds = before.kind === after.kind ? [] : [`${before.kind} → ${after.kind}`];
  const ops = before.op === after.op ? [] : [`${before.op} → ${after.op}`];
  const types = before.type === after.type ? [] : [`${before.type} → ${after.type}`];
  const reasons = after.reason === undefined || before.kind === "float" ? [] : [after.reason];
  const changes = [...kinds, ...ops, ...types, ...reasons];
  return changes.length === 0 ? "" : `: ${changes.join(", ")}`;
}

function siteLines({ site, before, after }: SiteDifference): readonly string[] {
  return [
    ...(before ? [`    - ${site} = ${siteText(before)}`] : []),
    ...(after ? [`    + ${site} = ${siteText(after)}`] : []),
  ];
}

function siteText(side: SiteSide): string {
  const { request, dtype, scale, zeroPoint, rule } = side;
  const integers =
    dtype === undefined
      ? ""
      : `, ${dtype} scale ${intervalText(scale!)} zero point ${intervalText(zeroPoint!)}`;
  return `${request}${integers} by ${rule}${at(side)}`;
}

function at({ place }: RuleUse): string {
  return place === undefined ? "" : ` (${place.file}:${place.line})`;
}
