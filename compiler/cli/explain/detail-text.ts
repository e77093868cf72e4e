import type {
  ExplainedNode,
  ExplainedRule,
  ExplainedScale,
  ExplainedSite,
  Explanation,
  GoneNode,
  Interval,
  NearMiss,
  TextPlace,
} from "../../explain/explanation.ts";
import { countText } from "../text.ts";

/** All that is known of a node of the program, in lines. */
export function nodeText(node: ExplainedNode): string {
  const { kind, reason, parts, reads, rewrites, sites, nearMisses, macs } = node;
  const work = macs === undefined ? "" : `, ${macs.toLocaleString("en")} multiply-accumulates`;
  const title = `${node.node}: ${node.op} ${node.type} (${kindText[kind]}${work})`;
  const others = parts.filter((part) => part.node !== node.node);
  return lines(
    title,
    ...(reason === undefined ? [] : [`  in float: ${reason}`]),
    ...(reads.length > 0 ? [`  reads ${reads.join(", ")}`] : []),
    ...(others.length > 0
      ? [`  computes also ${others.map((part) => `${part.node} (${part.op})`).join(", ")}`]
      : []),
    ...section("rewrites", rewrites.map(rewriteText)),
    ...section("requests", sites.flatMap(siteLines)),
    ...section("nearly applied", nearMisses.map(nearMissText)),
  );
}

const kindText: Readonly<Record<ExplainedNode["kind"], string>> = {
  input: "an input",
  integer: "in integers",
  float: "in float",
  border: "between integers and reals",
};

function lines(...all: readonly string[]): string {
  return all.join("\n");
}

function section(title: string, texts: readonly string[]): readonly string[] {
  return texts.length === 0 ? [] : [`  ${title}`, ...texts.map((text) => `    ${text}`)];
}

function at(place: TextPlace | undefined): string {
  return place === undefined ? "" : ` (${place.file}:${place.line})`;
}

function rewriteText({ rule, place, from }: ExplainedNode["rewrites"][number]): string {
  const sources = from.map(({ node, op }) => `${node} (${op})`).join(", ");
  return `${rule}${at(place)}${sources === "" ? "" : ` from ${sources}`}`;
}

function siteLines({ node, slot, claim, losers, group, scale }: ExplainedSite): readonly string[] {
  return [
    `${node}.${slot} = ${claim.request} by ${claim.rule}${at(claim.place)}`,
    ...losers.map(
      ({ request, rule, place, because }) =>
        `  not ${request} by ${rule}${at(place)}: ${because.replaceAll("`", "")}`,
    ),
    ...(group === undefined ? [] : [`  shares its scale: group ${group}`]),
    ...(scale ? scaleLines(scale).map((line) => `  ${line}`) : []),
  ];
}

/** A number of the values of a network, to six digits. */
export function realText(x: number): string {
  return String(Number(x.toPrecision(6)));
}

/** `[0, 6.28]`, or the one number. */
export function intervalText({ min, max }: Interval): string {
  return min === max ? realText(min) : `[${realText(min)}, ${realText(max)}]`;
}

/** The way of a scale, step by step: samples → observer → group → parameters. */
export function scaleSteps(scale: ExplainedScale): readonly string[] {
  const { from, samples, observed, chosen, united, nonFinite } = scale;
  const seen = observed ? ` in ${intervalText(observed)}` : "";
  const odd = nonFinite ? `, ${countText(nonFinite, "value")} not finite` : "";
  const source: Readonly<Record<ExplainedScale["from"], string>> = {
    samples: `${countText(samples ?? 0, "sample")}${seen}${odd}`,
    constant: `the constant${seen}`,
    stated: "stated by the quantizer",
    derived: `input scale × weight scale; the bias${seen}`,
    "lock file": "the lock file",
  };
  return [
    source[from],
    ...(chosen ? [`range ${intervalText(chosen)}`] : []),
    ...(united ? [`of its group ${intervalText(united)}`] : []),
  ];
}

/** `0.25%`; `<0.01%` for what is less but not nothing. */
export function shareText(share: number): string {
  return share > 0 && share < 0.0001 ? "<0.01%" : `${(100 * share).toFixed(2)}%`;
}

function scaleLines(scale: ExplainedScale): readonly string[] {
  const { dtype, count, saturated } = scale;
  const parameters = `${dtype}, ${count === 1 ? "scale" : `${count} scales`} ${intervalText(scale.scale)}, zero point ${intervalText(scale.zeroPoint)}`;
  return [
    [...scaleSteps(scale), parameters].join(" → "),
    ...(saturated ? [`${shareText(saturated)} of the values saturate`] : []),
  ];
}

function nearMissText({ rule, place, reason, at: where, node }: NearMiss): string {
  const stage = where === "kernel" ? "cannot be computed: " : "";
  return `${rule}${at(place)} at ${node}: ${stage}${reason}`;
}

/** What became of a node that is not in the program. */
export function goneText({ node, op, rule, place }: GoneNode): string {
  return `${node}: ${op}, not in the program: ${rule === undefined ? "nothing uses it" : `${rule}${at(place)} took it away`}`;
}

/** All that is known of a rule, in lines. */
export function ruleText(rule: ExplainedRule, { nodes }: Explanation): string {
  const { nearMiss, roots } = rule;
  const near = nodes.flatMap(({ nearMisses }) =>
    nearMisses.filter((miss) => miss.rule === rule.rule),
  );
  const times = ["nothing", "once"][rule.fired] ?? `${rule.fired} times`;
  return lines(
    `${rule.rule}${at(rule.place)}: ${rule.kind === "rewrite" ? "applied" : "matched"} ${times}`,
    ...(roots ? [`  begins at ${roots.join(", ")}`] : []),
    ...(rule.nodes.length > 0 ? [`  had a part in ${rule.nodes.join(", ")}`] : []),
    ...(nearMiss && near.length === 0 ? [`  matches nothing: ${nearMiss.reason}`] : []),
    ...section("nearly applied", near.map(nearMissText)),
  );
}
