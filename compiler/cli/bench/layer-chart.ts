import { type Markup, markup } from "../markup.ts";
import { decimalsFor, tail } from "./layer-table.ts";
import type { LayerReport } from "./layers.ts";

const rowHeight = 20;
const barHeight = 12;
/** Room above the rows, for the titles and the plain product's label, and below them for the numbers of the axes. */
const [top, bottom] = [52, 24];
const labels = { op: 0, node: 128, nodeLength: 26 };
const totalWidth = 1000;

/** Where a panel stands, and how long its longest bar may be. */
interface Panel {
  readonly x: number;
  readonly length: number;
  readonly title: string;
  /** The largest value that must fit. */
  readonly most: number;
}

/**
 * Two bars a layer, in the order of execution: its time, and its GMAC/s beside the line of the plain product. An SVG
 * image that takes its colours from the page.
 */
export function layerChart({ product, layers }: LayerReport): Markup {
  const time: Panel = {
    ...{ x: 328, length: 272, title: "time, ms" },
    most: Math.max(...layers.map(({ ms }) => ms), 0),
  };
  const rate: Panel = {
    ...{ x: 672, length: 280, title: "GMAC/s" },
    most: Math.max(...layers.map(({ gmacsPerSecond }) => gmacsPerSecond), product.gmacsPerSecond),
  };
  const rows = layers.map((layer, i) => {
    const y = top + i * rowHeight;
    const text = y + rowHeight / 2 + 4;
    return markup`<g class="row"><title>${layer.node} (${layer.op}, ${layer.kernel})</title>
<rect class="band" y="${y}" width="${totalWidth}" height="${rowHeight}"/>
<text class="muted" x="${labels.op}" y="${text}">${layer.op}</text>
<text x="${labels.node}" y="${text}">${tail(layer.node, labels.nodeLength)}</text>
${bar(time, y, layer.ms)}
${bar(rate, y, layer.gmacsPerSecond)}</g>
`;
  });
  const decimals = decimalsFor(time.most);
  const values = layers.map(({ ms, macs, gmacsPerSecond }, i) => {
    const y = top + i * rowHeight;
    const rateText = macs === 0 ? "" : gmacsPerSecond.toFixed(1);
    return markup`${valueText(time, y, ms, ms.toFixed(decimals))}${valueText(rate, y, gmacsPerSecond, rateText)}
`;
  });
  const end = top + layers.length * rowHeight;
  const limit = rate.x + along(rate, product.gmacsPerSecond);
  const anchor = limit < rate.x + rate.length / 2 ? "start" : "end";
  return markup`<svg viewBox="0 0 ${totalWidth} ${end + bottom}" role="img" aria-label="Time and GMAC/s of each layer">
${axis(time, end)}
${axis(rate, end)}
${rows}
<line class="limit" x1="${limit}" x2="${limit}" y1="${top - 8}" y2="${end}"/>
${values}
<text class="limit-label" x="${limit}" y="${top - 14}" text-anchor="${anchor}">plain product ${product.gmacsPerSecond.toFixed(1)}</text>
</svg>`;
}

function bar(panel: Panel, y: number, value: number): Markup {
  const middle = y + rowHeight / 2;
  return markup`<rect class="bar" x="${panel.x}" y="${middle - barHeight / 2}" width="${along(panel, value)}" height="${barHeight}" rx="2"/>`;
}

/** Behind the bar, above the line that it may cross. */
function valueText(panel: Panel, y: number, value: number, text: string): Markup {
  const x = panel.x + along(panel, value) + 5;
  return markup`<text class="value" x="${x}" y="${y + rowHeight / 2 + 4}">${text}</text>`;
}

function axis(panel: Panel, end: number): Markup {
  const ticks = ticksTo(panel.most).map((value) => {
    const x = panel.x + along(panel, value);
    return markup`<line class="grid" x1="${x}" x2="${x}" y1="${top}" y2="${end}"/>
<text class="muted" x="${x}" y="${end + 16}" text-anchor="middle">${value}</text>
`;
  });
  return markup`<text class="panel-title" x="${panel.x}" y="14">${panel.title}</text>
${ticks}`;
}

function along({ most, length }: Panel, value: number): number {
  return most === 0 ? 0 : Number(((value / most) * length).toFixed(2));
}

/** 0 and a few round numbers up to the largest: steps of 1, 2 or 5 of a power of ten. */
function ticksTo(most: number): readonly number[] {
  if (most === 0) return [0];
  const power = 10 ** Math.floor(Math.log10(most / 4));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((size) => most / size <= 5)!;
  const count = Math.floor(most / step + 1e-9);
  return Array.from({ length: count + 1 }, (_, i) => Number((i * step).toPrecision(6)));
}
