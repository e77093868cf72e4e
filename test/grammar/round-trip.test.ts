import { readFileSync } from "node:fs";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { check, format, parse, SourceFile } from "../../grammar/index.ts";
import { lex } from "../../grammar/tokens.ts";
import { fileCases } from "../support/file-cases.ts";
import { runs } from "../support/runs.ts";
import { testVocabulary } from "../support/vocabulary.ts";
import { corpus, scheme } from "./corpus.ts";
import { printAst } from "./print-ast.ts";

it("the scheme of the corpus is without faults", () => {
  const { value, diagnostics } = parse("scheme.qcfg", scheme);
  expect([...diagnostics, ...check(value, testVocabulary)]).toEqual([]);
});

it("the corpus is in canonical form", () => {
  expect(format(parse("scheme.qcfg", scheme).value)).toBe(scheme);
});

describe("formatting", () => {
  // Between two tokens anything may stand that is blank or a comment.
  const gap = fc.constantFrom(
    " ",
    "\n",
    "\n\n\n",
    "  ",
    " // note\n",
    "\n// line\n",
    "\n/// doc\n",
  );
  const layout = fc.array(gap, { minLength: 40, maxLength: 40 });

  it.each(corpus)("keeps the meaning of $name, whatever its layout", ({ text }) => {
    const { tokens } = lex(new SourceFile("", text));
    const images = tokens.map(({ image }) => image);
    const plain = printAst(withoutDocs(images.join(" ")));
    fc.assert(
      fc.property(layout, (gaps) => {
        const laidOut = images.map((image, i) => image + gaps[(i * 7) % gaps.length]!).join("");
        const once = format(parse("laid-out", laidOut).value);
        expect(format(parse("formatted", once).value)).toBe(once);
        expect(printAst(withoutDocs(once))).toBe(plain);
        expect(comments(once).sort()).toEqual(comments(laidOut).sort());
      }),
      runs(60, 1),
    );
  });

  it.each(fileCases(new URL("format/", import.meta.url)))("is idempotent on $name", ({ input }) => {
    const once = format(parse("once", input).value);
    expect(format(parse("twice", once).value)).toBe(once);
  });
});

const language = "../../../shared/design/LANGUAGE.md";

describe("the language's own description", () => {
  const blocks = languageBlocks();
  it.skipIf(blocks.length === 0)("parses, but for what is not supported yet", () => {
    for (const block of blocks) {
      const { value, diagnostics } = parse("LANGUAGE.md", block);
      expect(diagnostics.filter(({ code }) => code !== "QC1009")).toEqual([]);
      const once = format(value);
      expect(format(parse("twice", once).value)).toBe(once);
    }
  });
});

/** The examples of the description, where it is at hand. */
function languageBlocks(): readonly string[] {
  try {
    const text = readFileSync(new URL(language, import.meta.url), "utf8");
    return [...text.matchAll(/```qcfg\n([\s\S]*?)```/g)].map((match) => match[1]!);
  } catch {
    return [];
  }
}

function withoutDocs(text: string) {
  const { value } = parse("", text);
  return {
    ...value,
    items: value.items.map((item) => ({
      ...item,
      doc: undefined,
    })) as unknown as typeof value.items,
  };
}

function comments(text: string): string[] {
  return lex(new SourceFile("", text)).comments.map(({ image }) => image.trimEnd());
}
