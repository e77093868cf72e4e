import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { check, type Diagnostic, format, parse, SourceFile } from "../../grammar/index.ts";
import { allTokens, lex } from "../../grammar/tokens.ts";
import { timed } from "../support/cpu-time.ts";
import { runs } from "../support/runs.ts";
import { testVocabulary } from "../support/vocabulary.ts";
import { corpus, scheme } from "./corpus.ts";

const { tokens } = lex(new SourceFile("", scheme));

/** One token of the scheme deleted, inserted or replaced by another one of it. */
const fault = fc.record({
  at: fc.nat(tokens.length - 1),
  other: fc.nat(tokens.length - 1),
  kind: fc.constantFrom("delete", "insert", "replace"),
});

function broken({ at, other, kind }: { at: number; other: number; kind: string }): string {
  const { startOffset: start, image } = tokens[at]!;
  const end = start + image.length;
  const inserted = kind === "delete" ? "" : ` ${tokens[other]!.image} `;
  return scheme.slice(0, start) + inserted + scheme.slice(kind === "insert" ? start : end);
}

describe("one fault", () => {
  it("is about one diagnostic, and the other items survive it", () => {
    const whole = parse("", scheme).value.items.length;
    let faults = 0;
    let syntax = 0;
    let all = 0;
    fc.assert(
      fc.property(fault, (place) => {
        const { value, diagnostics } = parse("broken", broken(place));
        if (diagnostics.length === 0) return;
        faults++;
        syntax += diagnostics.length;
        all += diagnostics.length + errors(check(value, testVocabulary)).length;
        expect(value.items.length).toBeGreaterThanOrEqual(whole - 2);
      }),
      runs(2000, 1),
    );
    expect(faults).toBeGreaterThan(1000);
    expect(syntax / faults).toBeLessThan(1.05);
    expect(all / faults).toBeLessThan(1.15);
  });

  it("is reported on its line, or where the line before it ends", () => {
    let near = 0;
    let far = 0;
    fc.assert(
      fc.property(fault, (place) => {
        const label = parse("broken", broken(place)).diagnostics[0]?.labels[0]?.place;
        if (label === undefined || !("file" in label)) return;
        const { line } = label.file.positionAt(label.start);
        const { line: faulty } = label.file.positionAt(tokens[place.at]!.startOffset);
        if (Math.abs(line - faulty) <= 1) near++;
        else far++;
      }),
      runs(1000, 2),
    );
    // The others are braces too many or too few, and heads without their word.
    expect(near / (near + far)).toBeGreaterThan(0.95);
  });
});

describe("any text", () => {
  const words = [
    ...new Set(
      corpus.flatMap(({ text }) => lex(new SourceFile("", text)).tokens.map((t) => t.image)),
    ),
    ...allTokens.flatMap(({ PATTERN }) => (typeof PATTERN === "string" ? [PATTERN] : [])),
    ...[
      "ts{",
      '"',
      "/",
      "@",
      "é",
      "\n",
      "\n",
      "\n",
      "unless",
      "pattern P(",
      "phase p {",
      'test "" {',
    ],
  ];
  const soup = fc.array(fc.constantFrom(...words), { maxLength: 60 }).map((ws) => ws.join(" "));

  it.each([
    ["words of the language", soup],
    ["characters", fc.string({ unit: "binary", maxLength: 80 })],
  ])("made of %s is read, checked and formatted without an exception", (_, texts) => {
    fc.assert(
      fc.property(texts, (text) => {
        const { value, diagnostics } = parse("soup", text);
        check(value, testVocabulary);
        const formatted = format(value);
        if (diagnostics.length === 0) expect(format(parse("", formatted).value)).toBe(formatted);
      }),
      runs(3000, 3),
    );
  });

  it("has the items of its beginning, however far it goes", () => {
    const { items } = parse("", scheme).value;
    for (let end = 0; end <= scheme.length; end += 7) {
      const prefix = parse("prefix", scheme.slice(0, end)).value;
      const finished = items.filter(({ span }) => span.end < end).length;
      expect(prefix.items.length + (prefix.broken?.length ?? 0)).toBeGreaterThanOrEqual(finished);
    }
  });
});

describe("size", () => {
  it("four times the lines take about four times as long", () => {
    const timeOf = (lines: number) => {
      const text = scheme.repeat(Math.ceil(lines / scheme.split("\n").length));
      const times = Array.from({ length: 6 }, () => {
        const { value, cpuTime } = timed(() => parse("long", text));
        expect(value.diagnostics).toEqual([]);
        return cpuTime;
      });
      return Math.min(...times);
    };
    expect(timeOf(4000) / timeOf(1000)).toBeLessThan(12);
  });

  it.each([
    ["brackets", `quantizer a = ${"(".repeat(1e5)}`],
    ["signs", `quantizer a = ${"-".repeat(1e5)}1`],
    ["operators", `quantizer a = 1${" + 1".repeat(1e5)}`],
    ["members", `quantizer a = b${".c".repeat(1e5)}`],
    ["operands", `quantize A { match ${"Add(".repeat(1e5)}`],
    ["braces", "{".repeat(1e5)],
  ])("too many nested %s are one diagnostic", (_, text) => {
    const { value, diagnostics } = parse("deep", text);
    expect(diagnostics.map(({ code }) => code)).toEqual([
      text.startsWith("{") ? "QC1011" : "QC1007",
    ]);
    check(value, testVocabulary);
  });

  it.each(["ts{ ", "/* ", '"', "~ /", "set a } ", "pattern P( ", 'test "" { ', "quantize A { "])(
    "fifty thousand times %j costs no more than reading it",
    (text) => {
      const hostile = text.repeat(5e4);
      expect(timed(() => parse("hostile", hostile)).cpuTime).toBeLessThan(5000);
    },
  );

  it.each([
    ["brackets", `quantizer a = ${"(".repeat(48)}1${")".repeat(48)}`],
    ["operators", `quantizer a = 1${" + 1".repeat(490)}`],
    ["operands", `quantize A { match ${"Add(".repeat(48)}x${")".repeat(48)} }`],
    ["calls", `quantizer a = ${"f(1 + (".repeat(24)}1${"))".repeat(24)}`],
    ["a chain", `quantize A { match x${" -> Add".repeat(500)} }`],
    ["alternatives", `ops A = B${" | B".repeat(2e4)}`],
    ["sites", `quantize A { match x: Add tie x.output${", x.output".repeat(2e4)} }`],
  ])("as many %s as can be are read, checked and formatted", (_, text) => {
    const { value, diagnostics } = parse("wide", text);
    expect(diagnostics).toEqual([]);
    check(value, testVocabulary);
    format(value);
  });
});

function errors(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  return diagnostics.filter(({ severity }) => severity === "error");
}
