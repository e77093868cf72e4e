import { type Markup, markup } from "../markup.ts";
import { layerChart } from "./layer-chart.ts";
import { costTexts, costTitles, decimalsFor } from "./layer-table.ts";
import type { Cost, LayerReport } from "./layers.ts";

/** What the page says beside its layers. */
export interface PageFacts {
  readonly model: string;
  /** Where it was measured: kernel family, engine, machine. */
  readonly engine: string;
  /** Figures of the whole program: a label, and a number with its unit. */
  readonly figures: readonly (readonly [label: string, figure: string])[];
}

/** One HTML page that needs nothing else: figures, chart and table, in light or dark as the reader has it. */
export function layerPage({ model, engine, figures }: PageFacts, report: LayerReport): string {
  return `<!doctype html>
${
  markup`<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${model}: time of each layer</title>
<style>${style}</style>
</head>
<body>
<h1>${model}</h1>
<p class="muted">${engine}</p>
<dl>${figures.map(([label, figure]) => markup`<div><dt>${label}</dt><dd>${figure}</dd></div>`)}</dl>
<h2>Layers</h2>
<p class="muted">Medians over whole inferences, step by step. The line is a plain int8 matrix product of 784 × 256 × 256, measured
in the same run with the same kernels; layers that multiply nothing have no bar there.</p>
<div class="wide">${layerChart(report)}</div>
<h2>Table</h2>
<div class="wide">${table(report)}</div>
</body>
</html>
`.text
}`;
}

function table({ total, layers }: LayerReport): Markup {
  const decimals = decimalsFor(total.ms);
  const cells = (cost: Cost) =>
    costTexts(cost, decimals).map((text) => markup`<td class="number">${text}</td>`);
  return markup`<table>
<thead><tr><th>op</th><th>node</th><th>kernel</th>${costTitles.map((title) => markup`<th class="number">${title}</th>`)}</tr></thead>
<tbody>
${layers.map(
  (
    layer,
  ) => markup`<tr><td>${layer.op}</td><td>${layer.node}</td><td>${layer.kernel}</td>${cells(layer)}</tr>
`,
)}</tbody>
<tfoot><tr><td colspan="3">total</td>${cells(total)}</tr></tfoot>
</table>`;
}

const style = markup`
:root { color-scheme: light dark; --page: #fcfcfb; --ink: #14140f; --muted: #63625c; --grid: #e4e3de; --band: #f2f1ec; --bar: #2a78d6; --limit: #c2410c; }
@media (prefers-color-scheme: dark) {
  :root { --page: #161615; --ink: #f2f1ec; --muted: #a09f98; --grid: #31312e; --band: #22221f; --bar: #4a93e6; --limit: #f08a4b; }
}
body { margin: 2rem auto; padding: 0 1.25rem; max-width: 64rem; background: var(--page); color: var(--ink); font: 15px/1.5 system-ui, sans-serif; }
h1 { margin: 0; font-size: 1.5rem; }
h2 { margin: 2rem 0 0.25rem; font-size: 1.1rem; }
p { margin: 0.25rem 0 1rem; }
.muted { color: var(--muted); }
dl { display: grid; grid-template-columns: repeat(auto-fill, minmax(9.5rem, 1fr)); gap: 1rem; margin: 1.25rem 0; }
dt { color: var(--muted); font-size: 0.85rem; }
dd { margin: 0; font-size: 1.15rem; font-weight: 600; }
.wide { overflow-x: auto; }
svg { display: block; width: 100%; min-width: 48rem; height: auto; font: 12px system-ui, sans-serif; fill: var(--ink); }
svg .muted, svg .value { fill: var(--muted); }
svg .value { font-size: 11px; font-variant-numeric: tabular-nums; stroke: var(--page); stroke-width: 3; paint-order: stroke; pointer-events: none; }
svg .panel-title { font-weight: 600; }
.bar { fill: var(--bar); }
.band { fill: transparent; }
.row:hover .band { fill: var(--band); }
.grid { stroke: var(--grid); }
.limit { stroke: var(--limit); stroke-width: 1.5; stroke-dasharray: 4 3; }
svg .limit-label { fill: var(--limit); font-weight: 600; }
table { width: 100%; border-collapse: collapse; font-size: 0.85rem; }
th, td { padding: 0.25rem 0.75rem 0.25rem 0; text-align: left; border-bottom: 1px solid var(--grid); overflow-wrap: anywhere; }
th { color: var(--muted); font-weight: 500; }
.number { padding-right: 0; padding-left: 0.75rem; text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
tfoot td { font-weight: 600; border-bottom: 0; }
`;
