import type { Diagnostic, Label, ModelPlace } from "./diagnostic.ts";
import { type LineExcerpt, lineExcerpt } from "./line-excerpt.ts";
import type { SourceFile, Span } from "./source-file.ts";

/** What a piece of a frame is, for a painter that knows colours. */
export type Role = "error" | "warning" | "note" | "title" | "frame" | "mark" | "help";

/** Gives a piece of text its colour; it must not change its width. */
export type Painter = (role: Role, text: string) => string;

const plain: Painter = (_, text) => text;

const ansiCodes: Readonly<Record<Role, string>> = {
  error: "1;31",
  warning: "1;33",
  note: "1;36",
  title: "1",
  frame: "34",
  mark: "36",
  help: "32",
};

/** Colours of a terminal. */
export const ansi: Painter = (role, text) =>
  text === "" ? text : `\u001b[${ansiCodes[role]}m${text}\u001b[0m`;

interface SpanLabel {
  readonly place: Span;
  readonly text: string;
}

/** `diagnostic` for a terminal: each label under its own source line, file by file, the first label's file first. */
export function renderDiagnostic(diagnostic: Diagnostic, paint: Painter = plain): string {
  const { code, severity, message, labels, help } = diagnostic;
  const spans = labels.filter(isSpanLabel);
  const [primary] = labels;
  const files = [...new Set(spans.map(({ place }) => place.file))];
  const widest = Math.max(0, ...spans.map((label) => lineOf(label)));
  const gutter = " ".repeat(widest === 0 ? 1 : String(widest).length);
  const bar = paint("frame", `${gutter} │`);
  const frames = files.map((file) => {
    const inFile = spans.filter(({ place }) => place.file === file);
    return [...frameOf(file, inFile, primary, severity, gutter, paint), bar];
  });
  const places = labels.flatMap(({ place, text }) =>
    "model" in place
      ? [`${gutter}${paint("frame", "-->")} ${modelPath(place)}${text === "" ? "" : `: ${text}`}`]
      : [],
  );
  const modelFirst = primary !== undefined && "model" in primary.place;
  const lines = (modelFirst ? [places, ...frames] : [...frames, places]).flat();
  // The last bar only leads to the help.
  if (lines.at(-1) === bar && help === undefined) lines.pop();
  return [
    `${paint(severity, `${severity}[${code}]`)}${paint("title", `: ${message}`)}`,
    ...lines,
    ...(help === undefined ? [] : [`${gutter} ${paint("help", "= help:")} ${help}`]),
  ].join("\n");
}

function isSpanLabel(label: Label): label is SpanLabel {
  return "file" in label.place;
}

function modelPath({ model, path }: ModelPlace): string {
  return path === "" ? model : `${model} › ${path}`;
}

/** The lines of one file that carry labels, with a gap where lines between them are left out. */
function frameOf(
  file: SourceFile,
  labels: readonly SpanLabel[],
  primary: Label | undefined,
  severity: Diagnostic["severity"],
  gutter: string,
  paint: Painter,
): readonly string[] {
  const { line, column } = file.positionAt(labels[0]!.place.start);
  const bar = paint("frame", `${gutter} │`);
  const lines = [paint("frame", `${gutter} ┌─ ${file.path}:${line}:${column}`), bar];
  const inOrder = labels.toSorted((a, b) => a.place.start - b.place.start);
  let shown = "";
  for (const [i, label] of inOrder.entries()) {
    const number = lineOf(label);
    const previous = inOrder[i - 1] === undefined ? undefined : lineOf(inOrder[i - 1]!);
    if (previous !== undefined && number > previous + 1) lines.push(paint("frame", `${gutter} ·`));
    const { text, margin, width } = excerptOf(label);
    const line = `${paint("frame", `${String(number).padStart(gutter.length)} │`)} ${text}`;
    // Two labels of a long line may be too far from each other for one excerpt.
    if (number !== previous || text !== shown) lines.push(line.trimEnd());
    shown = text;
    const isPrimary = label === primary;
    const mark = `${(isPrimary ? "^" : "-").repeat(width)} ${label.text}`.trimEnd();
    lines.push(`${bar} ${margin}${paint(isPrimary ? severity : "mark", mark)}`);
  }
  return lines;
}

/** The first line of what a label marks. */
function excerptOf({ place }: SpanLabel): LineExcerpt {
  const { line, column } = place.file.positionAt(place.start);
  const start = column - 1;
  return lineExcerpt(place.file.line(line), start, start + place.end - place.start);
}

function lineOf({ place }: SpanLabel): number {
  return place.file.positionAt(place.start).line;
}
