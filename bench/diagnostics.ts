import { readdirSync, readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { ops } from "../compiler/ops/index.ts";
import { vocabularyOf } from "../compiler/rewrite/vocabulary.ts";
import { check, type Diagnostic, parse, SourceFile } from "../grammar/index.ts";
import { lex } from "../grammar/tokens.ts";

/**
 * How many diagnostics one fault gives: each token of the standard library is deleted, replaced by another one, and has
 * another one inserted before it.
 *
 *     node bench/diagnostics.ts [--every 7]
 *
 * A fault that leaves a valid file counts for nothing. What is lost are the items that the outline no longer has.
 */

const { values } = parseArgs({ options: { every: { type: "string", default: "1" } } });
const every = Number(values.every);
const folder = new URL("../compiler/rules/", import.meta.url);
const vocabulary = vocabularyOf(ops);
const kinds = ["delete", "insert", "replace"] as const;

const rows = readdirSync(folder).map((name) => measured(name));
console.table(rows);
const total = rows.reduce((sum, { faults }) => sum + faults, 0);
const mean = rows.reduce((sum, row) => sum + row.faults * row.mean, 0) / total;
console.log(`${total} faults, ${mean.toFixed(3)} diagnostics each`);

function measured(name: string) {
  const text = readFileSync(new URL(name, folder), "utf8");
  const { tokens } = lex(new SourceFile(name, text));
  const whole = parse(name, text).value;
  const known = new Set(diagnosticsOf(name, text).map(keyOf));
  const counts: number[] = [];
  let mostLost = 0;
  let worst = "";
  for (let at = 0; at < tokens.length; at += every) {
    for (const kind of kinds) {
      const broken = withFault(text, tokens, at, kind);
      const { value } = parse(name, broken);
      const found = diagnosticsOf(name, broken).filter((one) => !known.has(keyOf(one)));
      if (found.length === 0) continue;
      if (found.length > Math.max(0, ...counts)) worst = `${kind} at ${placeOf(text, tokens[at]!)}`;
      counts.push(found.length);
      mostLost = Math.max(mostLost, whole.items.length - value.items.length);
    }
  }
  const sum = counts.reduce((a, b) => a + b, 0);
  const most = Math.max(...counts);
  return { name, faults: counts.length, mean: sum / counts.length, most, worst, mostLost };
}

function withFault(
  text: string,
  tokens: ReturnType<typeof lex>["tokens"],
  at: number,
  kind: (typeof kinds)[number],
): string {
  const { startOffset: start, image } = tokens[at]!;
  // Another token of the file, the same one each time: far away, so that it is of another kind.
  const other = kind === "delete" ? "" : ` ${tokens[(at * 7 + 31) % tokens.length]!.image} `;
  return (
    text.slice(0, start) + other + text.slice(kind === "insert" ? start : start + image.length)
  );
}

/** Rules of other files are unknown here: that is no fault of the text. */
function diagnosticsOf(name: string, text: string): readonly Diagnostic[] {
  const { value, diagnostics } = parse(name, text);
  return [...diagnostics, ...check(value, vocabulary)];
}

function keyOf({ code, message }: Diagnostic): string {
  return `${code} ${message}`;
}

function placeOf(text: string, { startOffset }: { readonly startOffset: number }): string {
  return `line ${text.slice(0, startOffset).split("\n").length}`;
}
