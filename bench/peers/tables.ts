import type { Claim } from "./claims.ts";
import type { Result } from "./measure.js";

/** One line for each runtime, with the ratio to our fastest program. */
export function resultTable(results: readonly Result[]): string {
  const best = results[0]?.ms ?? 0;
  const rows = results.map(({ name, ms, min, loadMs }) => [
    ...[name, number(ms, 3), number(min, 3)],
    ...[`${number(ms / best, 2)} ×`, number(loadMs, 1)],
  ]);
  return columns([["", "median ms", "min ms", "to ours", "load ms"], ...rows], 1);
}

/** One line for each thing that must hold. */
export function claimTable(claims: readonly Claim[]): string {
  const rows = claims.map(({ what, asked, measured, holds }) => {
    return [what, asked, measured, holds === undefined ? "–" : holds ? "yes" : "no"];
  });
  return columns([["what must hold", "asked", "measured", ""], ...rows], 4);
}

/** A figure; a dash where there is none. */
function number(value: number, decimals: number): string {
  return Number.isFinite(value) ? value.toFixed(decimals) : "–";
}

/** Cells in columns, those from `right` on at the right of theirs. */
function columns(rows: readonly (readonly string[])[], right: number): string {
  const widths = rows[0]!.map((_, i) => Math.max(...rows.map((row) => row[i]!.length)));
  return rows
    .map((row) =>
      row
        .map((cell, i) => (i < right ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}
