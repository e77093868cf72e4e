import { createHash } from "node:crypto";
import type { ExplainedNode, ExplainedRule, Explanation } from "../../explain/explanation.ts";
import { Markup, markup } from "../markup.ts";
import { byteText, coverageText } from "../text.ts";
import { graphParts } from "./graph-svg.ts";
import { overview } from "./page-overview.ts";
import { pageScript } from "./page-script.ts";
import { pageStyle } from "./page-style.ts";

/** One HTML page that needs nothing else: the graph, and what is known of each node, rule and scale. */
export function explanationPage(explanation: Explanation): string {
  const { model, nodes } = explanation;
  const parts = graphParts(nodes);
  return `<!doctype html>
${
  markup`<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<title>${model}, explained</title>
<style>${pageStyle}</style>
</head>
<body>
<header><h1>${model}</h1><dl class="figures">${figuresOf(explanation).map(
    ([label, figure]) => markup`<div><dt>${label}</dt><dd>${figure}</dd></div>`,
  )}</dl><button type="button" id="theme" aria-label="dark or light">Theme</button></header>
<nav aria-label="Rules and nodes">
<input id="search" type="search" placeholder="Search nodes and ops ( / )" aria-label="Search nodes and ops">
<p id="hits" class="muted" role="status"></p>
<ul id="found"></ul>
${lists(explanation)}
</nav>
<main>
<div class="bar">
<div class="group" role="group" aria-label="View"><button type="button" data-view="graph" aria-pressed="true">Graph</button><button type="button" data-view="scales" aria-pressed="false">Scales</button></div>
${chooser(parts)}
<div class="group" role="group" aria-label="Size"><button type="button" id="farther" aria-label="smaller">−</button><button type="button" id="closer" aria-label="larger">+</button><button type="button" id="whole">Fit</button></div>
<div class="group legend" role="group" aria-label="Show one kind">${legend(nodes)}</div>
</div>
<div class="view" id="graph">${parts.map(
    ({ start, end, svg }) =>
      markup`<div class="part" data-start="${start}" data-end="${end}">${svg}</div>`,
  )}</div>
<div class="view" id="scales" hidden>
<p class="muted">${explanation.ranges === "assumed" ? "Ranges are assumed: name samples to see scales." : "There are no scales."}</p>
<table><thead><tr><th>site</th><th>values</th><th class="number">observed</th><th class="number">range</th><th class="number">scale</th><th class="number">zero point</th><th class="number">saturated</th><th>rule</th></tr></thead><tbody></tbody></table>
</div>
</main>
<aside aria-label="Explanation" aria-live="polite">${overview(explanation)}</aside>
<script id="data" type="application/json">${jsonFor(explanation)}</script>
<script>${new Markup(pageScript)}</script>
</body>
</html>
`.text
}`;
}

/** The page may do nothing but run its own script. */
const policy = `default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-${createHash("sha256").update(pageScript).digest("base64")}'`;

/** JSON inside of a script element: without what could end it. */
function jsonFor(value: object): Markup {
  return new Markup(JSON.stringify(value).replaceAll("<", "\\u003c"));
}

function figuresOf({
  nodes,
  coverage,
  constantBytes,
  borders,
}: Explanation): readonly (readonly [string, string])[] {
  const count = (kind: string) => nodes.filter((node) => node.kind === kind).length;
  const bytes = borders.reduce((sum, border) => sum + border.bytes, 0);
  return [
    ["nodes", `${count("integer")} in integers, ${count("float")} in float`],
    ["coverage", coverageText(coverage)],
    ["conversions", `${borders.length}, ${byteText(bytes)}`],
    ["constants", byteText(constantBytes)],
  ];
}

/** What the colours mean; each shows the nodes of its kind. */
function legend(nodes: readonly ExplainedNode[]): readonly Markup[] {
  const kinds = { integer: "integers", float: "float", border: "conversions", input: "inputs" };
  return Object.entries(kinds).flatMap(([kind, label]) => {
    const count = nodes.filter((node) => node.kind === kind).length;
    return count === 0
      ? []
      : [
          markup`<button type="button" class="${kind}" data-kind="${kind}" aria-pressed="false">${label} <span class="muted">${count}</span></button>`,
        ];
  });
}

function chooser(parts: readonly { readonly start: number; readonly end: number }[]): Markup {
  if (parts.length < 2) return markup``;
  const options = parts.map(
    ({ start, end }, i) => markup`<option value="${i}">nodes ${start + 1} to ${end}</option>`,
  );
  return markup`<label class="group">Part <select id="part">${options}</select></label>`;
}

function lists({ nodes, rules, borders, groups }: Explanation): Markup {
  const index = new Map(nodes.map(({ node }, i) => [node, i]));
  const numbered = rules.map((rule, i) => ({ rule, i }));
  const fired = numbered.filter(({ rule }) => rule.fired > 0);
  const isOwn = ({ rule }: (typeof fired)[number]) => rule.own;
  const others = fired.filter((rule) => !isOwn(rule));
  const idle = numbered.filter(({ rule }) => rule.fired === 0 && rule.own);
  const nearly = new Set(nodes.flatMap(({ nearMisses }) => nearMisses.map(({ rule }) => rule)));
  const near = numbered.filter(
    ({ rule }) => !rule.own && rule.fired === 0 && nearly.has(rule.rule),
  );
  const go = (name: string, label: string, detail: string) =>
    markup`<li><button type="button" data-go="${index.get(name) ?? -1}"><span>${label}<small>${prose(detail)}</small></span></button></li>`;
  const floats = nodes.filter(({ kind }) => kind === "float");
  return markup`
${section(
  "In float",
  floats.map(({ node, op, reason = "" }) => go(node, `${node} (${op})`, reason)),
  true,
)}
${section("Your rules that applied", fired.filter(isOwn).map(ruleItem), true)}
${section("Your rules without a match", idle.map(ruleItem), true)}
${section("Library rules that applied", others.map(ruleItem), true)}
${section("Rules that nearly applied", near.map(ruleItem), false)}
${section(
  "Conversions",
  borders.map(({ node, op, reads, readBy, bytes }) =>
    go(node, op, `${reads} → ${readBy.join(", ")}, ${byteText(bytes)}`),
  ),
  false,
)}
${section(
  "One scale",
  groups.map(({ members, tiedBy }) => {
    const node = members
      .map((member) => member.slice(0, member.lastIndexOf(".")))
      .find((name) => index.has(name));
    return go(node ?? "", members.join(" = "), tiedBy.join(", "));
  }),
  false,
)}`;
}

function section(title: string, items: readonly Markup[], isOpen: boolean): Markup {
  if (items.length === 0) return markup``;
  const open = new Markup(isOpen && items.length <= 40 ? " open" : "");
  return markup`<details${open}><summary>${title} <span class="muted">${items.length}</span></summary><ul>${items}</ul></details>`;
}

/** Words between backticks as code. */
function prose(text: string): readonly Markup[] {
  return text
    .split(/`([^`]*)`/)
    .map((part, i) => (i % 2 === 1 ? markup`<code>${part}</code>` : markup`${part}`));
}

function ruleItem({ rule, i }: { readonly rule: ExplainedRule; readonly i: number }): Markup {
  const place = rule.place ? `${rule.place.file}:${rule.place.line}` : "";
  const isLibrary = place.startsWith("std/");
  const short = isLibrary ? place : place.slice(place.lastIndexOf("/") + 1);
  return markup`<li><button type="button" data-rule="${i}" aria-pressed="false"><span>${rule.rule}<small title="${place}">${short}</small></span><span class="count">${rule.fired}</span></button></li>`;
}
