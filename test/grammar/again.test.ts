import { readdirSync, readFileSync } from "node:fs";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Parsed, parse, type SourceFile } from "../../grammar/index.ts";
import { runs } from "../support/runs.ts";
import { corpus } from "./corpus.ts";

/** What begins or ends something far away, and what is harmless. */
const piece = fc.constantFrom(
  ...['"', "/*", "*/", "ts{", "}", "{", "~", "/x.*/", "//", "\n", ";", "é🙂", "-", ">"],
  ...[
    " quantize A {",
    " match d: Dense ",
    "set d.kernel = float",
    "require ",
    " ",
    "x",
    ":",
    "one of",
  ],
);
const edit = fc.record({ at: fc.nat(), remove: fc.nat({ max: 40 }), insert: piece });

const folder = new URL("../../compiler/rules/", import.meta.url);
const library = readdirSync(folder)
  .map((name) => readFileSync(new URL(name, folder), "utf8"))
  .join("\n");

/** All that a parse says, without what is shared on purpose. */
function told({ value, diagnostics, lexed }: Parsed) {
  const { items, broken, file } = value;
  return {
    items: withoutFiles(items),
    broken: withoutFiles(
      (broken ?? []).map(({ item, mentions }) => ({ item, names: [...mentions] })),
    ),
    diagnostics: withoutFiles(diagnostics),
    lexical: withoutFiles(lexed.diagnostics),
    tokens: [...lexed.tokens, ...lexed.comments].map(
      ({ tokenType, startOffset, image }) => `${tokenType.name} ${startOffset} ${image}`,
    ),
    own: items.every((item) =>
      [...filesIn(item)].every((other) => isSame(other, file, item.span.end)),
    ),
  };
}

function withoutFiles(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value, (key, part) => (key === "file" ? undefined : part)));
}

/** An item that stands before all edits may be of an earlier text, which is the same up to its end. */
function isSame(other: SourceFile, file: SourceFile, end: number): boolean {
  return other.path === file.path && other.text.slice(0, end) === file.text.slice(0, end);
}

function* filesIn(value: unknown): Generator<SourceFile> {
  if (typeof value !== "object" || value === null) return;
  if ("file" in value) yield value.file as SourceFile;
  else for (const part of Object.values(value)) yield* filesIn(part);
}

describe("reading a text again", () => {
  it.each([...corpus, { name: "the standard library", text: library }])(
    "gives what reading it anew gives: $name",
    ({ text }) => {
      fc.assert(
        fc.property(fc.array(edit, { minLength: 1, maxLength: 4 }), (edits) => {
          let before = parse("again.qcfg", text);
          for (const { at, remove, insert } of edits) {
            const now = before.value.file.text;
            const start = at % (now.length + 1);
            const next = now.slice(0, start) + insert + now.slice(start + remove);
            const again = parse("again.qcfg", next, before);
            expect(told(again)).toEqual(told(parse("again.qcfg", next)));
            before = again;
          }
        }),
        runs(text.length > 10_000 ? 10 : 40, 1),
      );
    },
  );

  it("parses only what changed", () => {
    const text = library;
    const before = parse("a.qcfg", text);
    const again = parse("a.qcfg", `${text}\nops Last = Dense\n`, before);
    expect(again.whole.size).toBe(before.whole.size + 1);
    const { tokens } = again.lexed;
    // What lies far before the change is not even lexed.
    expect(tokens[0]).toBe(before.lexed.tokens[0]);
  });
});
