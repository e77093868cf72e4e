import type { ExplainedNode, ExplainedRule, Explanation } from "../../explain/explanation.ts";
import { byteText, countText, coverageText, rowsText } from "../text.ts";

type Row = readonly [label: string, text: string];

/** The most lines of one kind that a summary has. */
const most = 12;

/** What became of a model, on a page: what to look at next is the last line. */
export function summaryText(path: string, explanation: Explanation): string {
  const { nodes, coverage, constantBytes, ranges } = explanation;
  const rows: readonly Row[] = [
    ["nodes", countsText(nodes)],
    ["coverage", coverageText(coverage)],
    ["constants", byteText(constantBytes)],
    ["ranges", rangesText[ranges]],
    ...floatRows(nodes),
    ...borderRows(explanation),
    ...groupRows(explanation),
    ...ruleRows(explanation),
  ];
  const next = `More: qcfg explain ${path} --node NAME, --rule NAME, --html FILE or --json, with the same options`;
  return `${path}\n${rowsText(rows)}\n\n${next}`;
}

const rangesText: Readonly<Record<Explanation["ranges"], string>> = {
  measured: "measured on samples",
  locked: "those of the lock file",
  assumed: "assumed to be [−1, 1]: name samples with --calib, or --stats, to see scales",
  none: "nothing to measure",
};

function countsText(nodes: readonly ExplainedNode[]): string {
  const count = (kind: ExplainedNode["kind"]) => nodes.filter((node) => node.kind === kind).length;
  return `${count("integer")} in integers, ${count("float")} in float, ${countText(count("border"), "conversion")}`;
}

/** The first rows, and how many there are besides. */
function shortened(rows: readonly Row[]): readonly Row[] {
  const rest = rows.length - most;
  return rest > 0 ? [...rows.slice(0, most), ["", `… and ${rest} more`]] : rows;
}

/** The label beside the first row only. */
function labelled(label: string, texts: readonly string[]): readonly Row[] {
  return shortened(texts.map((text, i) => [i === 0 ? label : "", text]));
}

/** Alike ones in one row. */
function floatRows(nodes: readonly ExplainedNode[]): readonly Row[] {
  const floats = nodes.filter(({ kind }) => kind === "float");
  const alike = Map.groupBy(floats, ({ op, reason }) => `${op}: ${reason}`);
  const texts = [...alike].map(([text, [first, ...others]]) =>
    others.length === 0
      ? `${first!.node}, ${text}`
      : `${first!.node} and ${others.length} more, ${text}`,
  );
  return labelled("float", texts);
}

function borderRows({ borders }: Explanation): readonly Row[] {
  const total = borders.reduce((sum, { bytes }) => sum + bytes, 0);
  const texts = borders.map(
    ({ op, reads, readBy, bytes }) => `${op} ${reads} → ${readBy.join(", ")}: ${byteText(bytes)}`,
  );
  return borders.length === 0
    ? []
    : [["borders", `${byteText(total)} read and written in an inference`], ...labelled("", texts)];
}

function groupRows({ groups }: Explanation): readonly Row[] {
  const texts = groups.map(
    ({ members, tiedBy }) => `${members.join(" = ")} (${tiedBy.join(", ")})`,
  );
  return labelled("one scale", texts);
}

function ruleRows({ rules, unmatched }: Explanation): readonly Row[] {
  const fired = rules.filter((rule) => rule.fired > 0).map(({ rule, fired: n }) => `${rule} ${n}`);
  const idle = rules.filter((rule) => rule.own && rule.fired === 0);
  return [
    ["rules", fired.join(", ") || "none applied"],
    ...labelled("no match", idle.map(idleText)),
    ...(unmatched.length > 0
      ? ([["", `${countText(unmatched.length, "rule")} of libraries match nothing`]] as const)
      : []),
  ];
}

function idleText({ rule, nearMiss }: ExplainedRule): string {
  return nearMiss?.reason === undefined ? rule : `${rule}: ${nearMiss.reason}`;
}
