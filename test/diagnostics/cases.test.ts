import { describe, expect, it } from "vitest";
import { check, type Diagnostic, parse, renderDiagnostic, type Span } from "../../grammar/index.ts";
import { fileCases } from "../support/file-cases.ts";
import { testVocabulary } from "../support/vocabulary.ts";

/**
 * A case is a rule file in which comments mark the diagnostics, under the text that they are about:
 *
 *     set layer.kernal = w8
 *     //~       ^^^^^^ error[QC1202]: `Dense` has no slot `kernal`
 *
 * (`//~<` where the text begins too far to the left), followed by the diagnostics as they are shown.
 */
describe.each(fileCases(new URL("cases/", import.meta.url)))("$name", (c) => {
  it("gives the marked diagnostics and the frames", () => {
    const text = c.input
      .split("\n")
      .filter((line) => !line.startsWith("//~"))
      .join("\n");
    const diagnostics = diagnosticsOf(c.name, text);
    const frames = diagnostics.map((diagnostic) => `${renderDiagnostic(diagnostic)}\n`);
    c.expectOutput(frames.join("\n"), withMarks(text, diagnostics));
  });
});

it("a file with eight different mistakes has eight diagnostics", () => {
  const { input } = fileCases(new URL("cases/", import.meta.url)).find(
    ({ name }) => name === "eight-mistakes.qcfg",
  )!;
  const codes = diagnosticsOf("", input).map(({ code }) => code);
  expect(new Set(codes).size).toBe(8);
  expect(codes).toHaveLength(8);
});

function diagnosticsOf(name: string, text: string): readonly Diagnostic[] {
  const { value, diagnostics } = parse(name, text);
  return [...diagnostics, ...check(value, testVocabulary)];
}

function withMarks(text: string, diagnostics: readonly Diagnostic[]): string {
  const marks = diagnostics.map((diagnostic) => ({
    ...markOf(diagnostic),
    start: (diagnostic.labels[0]!.place as Span).start,
  }));
  marks.sort((a, b) => a.start - b.start);
  return text
    .split("\n")
    .flatMap((line, i) => [line, ...marks.filter((m) => m.line === i + 1).map((m) => m.mark)])
    .join("\n");
}

function markOf({ code, severity, message, labels }: Diagnostic) {
  const { file, start, end } = labels[0]!.place as Span;
  const { line, column } = file.positionAt(start);
  const width = Math.max(1, Math.min(end - start, file.line(line).length - column + 1));
  const place = column < 4 ? "<" : `${" ".repeat(column - 4)}${"^".repeat(width)}`;
  return { line, mark: `//~${place} ${severity}[${code}]: ${message}` };
}
