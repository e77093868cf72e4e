import type { ExplainedNode, Explanation } from "../../explain/explanation.ts";
import { type Markup, markup } from "../markup.ts";

/** What the panel of the page says until something is chosen: the ops of the program, and where its time goes. */
export function overview({ nodes, ranges }: Explanation): Markup {
  const computing = nodes.filter(({ kind }) => kind === "integer" || kind === "float");
  const total = computing.reduce((sum, { macs = 0 }) => sum + macs, 0);
  const rows = [...Map.groupBy(computing, ({ op }) => op)]
    .map(([op, alike]) => ({ op, alike, macs: macsOf(alike) }))
    .sort((a, b) => b.macs - a.macs || b.alike.length - a.alike.length);
  return markup`<h2>Overview</h2>
<p class="muted">${rangesText[ranges]} Choose a node, or a rule on the left. Arrow keys follow the edges, <kbd>/</kbd> searches, <kbd>Esc</kbd> comes back here.</p>
<table><thead><tr><th>op</th><th class="number">in integers</th><th class="number">in float</th><th class="number">of the work</th></tr></thead><tbody>${rows.map(
    ({ op, alike, macs }) => {
      const integers = alike.filter(({ kind }) => kind === "integer").length;
      return markup`<tr><td>${op}</td><td class="number">${integers || ""}</td><td class="number">${alike.length - integers || ""}</td><td class="number">${shareOf(macs, total)}</td></tr>`;
    },
  )}</tbody></table>`;
}

const rangesText: Readonly<Record<Explanation["ranges"], string>> = {
  measured: "Ranges were measured on samples.",
  locked: "Scales are those of the lock file.",
  assumed: "Ranges are assumed to be [−1, 1]: name samples to see scales.",
  none: "Nothing had to be measured.",
};

function macsOf(nodes: readonly ExplainedNode[]): number {
  return nodes.reduce((sum, { macs = 0 }) => sum + macs, 0);
}

/** In multiply-accumulates. */
function shareOf(macs: number, total: number): string {
  const percent = (100 * macs) / total;
  if (macs === 0) return "";
  return percent < 0.1 ? "<0.1%" : `${percent.toFixed(1)}%`;
}
