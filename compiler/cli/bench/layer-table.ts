import type { Cost, LayerReport } from "./layers.ts";

const width = 100;
const gap = "  ";

/** The costs of all layers in columns, for a terminal of 100 columns. Long names of nodes lose their beginnings. */
export function layerTable({ total, layers }: LayerReport): string {
  const decimals = decimalsFor(total.ms);
  const rows = [
    ["op", "node", "kernel", ...costTitles],
    ...layers.map((layer) => [layer.op, layer.node, layer.kernel, ...costTexts(layer, decimals)]),
    ["total", "", "", ...costTexts(total, decimals)],
  ];
  const widths = rows[0]!.map((_, i) =>
    rows.reduce((most, row) => Math.max(most, row[i]!.length), 0),
  );
  const others =
    widths.reduce((sum, column) => sum + column + gap.length, -gap.length) - widths[1]!;
  widths[1] = Math.min(widths[1]!, Math.max(8, width - others));
  const lines = rows.map((row) =>
    row
      .map((cell, i) =>
        i < 3 ? tail(cell, widths[i]!).padEnd(widths[i]!) : cell.padStart(widths[i]!),
      )
      .join(gap)
      .trimEnd(),
  );
  lines.splice(-1, 0, "─".repeat(Math.max(...lines.map((line) => line.length))));
  return lines.join("\n");
}

export const costTitles = ["ms", "share", "MACs", "GMAC/s", "of product"];

/** The numbers of a cost under those titles; where nothing is multiplied, there are no rates. */
export function costTexts(cost: Cost, decimals: number): readonly string[] {
  const { ms, share, macs, gmacsPerSecond, shareOfProduct } = cost;
  const rates = [countShort(macs), gmacsPerSecond.toFixed(1), percent(shareOfProduct)];
  return [ms.toFixed(decimals), percent(share), ...(macs === 0 ? ["", "", ""] : rates)];
}

/** Decimals that tell a thousandth of the whole. */
export function decimalsFor(ms: number): number {
  return Math.max(0, Math.min(6, 3 - Math.floor(Math.log10(ms || 1))));
}

/** `12.3%`. */
export function percent(share: number): string {
  return `${(100 * share).toFixed(1)}%`;
}

/** `960`, `12.8k`, `301M`: three digits. */
export function countShort(count: number): string {
  const power = Math.min(3, Math.floor(Math.log10(Math.max(1, count)) / 3));
  if (power === 0) return String(count);
  const value = count / 1000 ** power;
  return `${value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0)}${" kMG"[power]}`;
}

/** The end of a text that is too long: names of nodes differ there. */
export function tail(text: string, length: number): string {
  return text.length <= length ? text : `…${text.slice(text.length - length + 1)}`;
}
