/** What a terminal shows of a line and of the marks under it. */
export interface LineExcerpt {
  readonly text: string;
  /** As wide as what is before the marked part. */
  readonly margin: string;
  /** How wide the marked part is, where it is shown; at least 1. */
  readonly width: number;
}

/** Lines that are longer are cut: code is read in windows of about half of that. */
const longest = 200;
/** What is left before the marked part of a long line. */
const before = 60;

/** The line, or so much of a long one as is around the part that is marked. */
export function lineExcerpt(line: string, start: number, end: number): LineExcerpt {
  const isLong = line.length > longest;
  const from = isLong ? Math.max(0, Math.min(start - before, line.length - longest)) : 0;
  const to = isLong ? from + longest : line.length;
  const opening = from > 0 ? "…" : "";
  const closing = to < line.length ? "…" : "";
  return {
    text: `${opening}${line.slice(from, to)}${closing}`.trimEnd(),
    margin: blanksOf(`${opening}${line.slice(from, start)}`),
    width: Math.max(1, blanksOf(line.slice(start, Math.min(end, to))).length),
  };
}

/** Characters of East Asia and pictures, which take two columns. */
const wide =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u;

/** Blanks as wide as a text; tabs stay, as their width is the terminal's. */
function blanksOf(text: string): string {
  if (!/[^\x20-\x7e]/.test(text)) return " ".repeat(text.length);
  return [...text]
    .map((c) => (c === "\t" ? c : /\p{M}/u.test(c) ? "" : wide.test(c) ? "  " : " "))
    .join("");
}
