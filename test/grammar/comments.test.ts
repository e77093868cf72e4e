import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { format, parse, SourceFile } from "../../grammar/index.ts";
import { lex } from "../../grammar/tokens.ts";
import { printAst } from "./print-ast.ts";

const root = resolve(import.meta.dirname, "../..");

/** Every rule file of the repository that is whole. */
const files = ["compiler/rules", "examples", "test"]
  .flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".qcfg"))
      .map((name) => join(folder, name)),
  )
  .map((name) => ({ name, text: readFileSync(join(root, name), "utf8").split("\n==>\n")[0]! }))
  .filter(({ name, text }) => text.trim() !== "" && parse(name, text).diagnostics.length === 0);

/** What can stand between two tokens: a comment behind one, one on a line of its own, and documentation. */
const comments = [
  (note: string) => ` // ${note}\n`,
  (note: string) => `\n// ${note}\n`,
  (note: string) => `\n\n\n// ${note}\n\n\n`,
  (note: string) => `\n/// ${note}\n`,
];

/** Tokens from one comment to the next. */
const apart = 4;

function imagesOf(text: string): readonly string[] {
  return lex(new SourceFile("", text)).tokens.map(({ image }) => image);
}

function commentsOf(text: string): readonly string[] {
  return lex(new SourceFile("", text)).comments.map(({ image }) => image.trimEnd());
}

function meaningOf(text: string): string {
  const { value, diagnostics } = parse("", text);
  expect(diagnostics).toEqual([]);
  return printAst({
    ...value,
    items: value.items.map((item) => ({ ...item, doc: undefined })),
  } as typeof value);
}

/** The text is formatted to the same meaning, with the same comments in the same order, and once is enough. */
function check(text: string, meaning: string): void {
  const once = format(parse("once", text).value);
  expect(commentsOf(once)).toEqual(commentsOf(text));
  expect(meaningOf(once)).toBe(meaning);
  expect(format(parse("twice", once).value)).toBe(once);
}

describe.each(files)("$name", ({ text }) => {
  it("keeps comments between all tokens at once, in their order", () => {
    const images = imagesOf(text);
    const meaning = meaningOf(images.join(" "));
    for (const comment of comments) {
      const full = images.map((image, i) => image + comment(`note ${i}`)).join("");
      check(full, meaning);
    }
  });

  it("keeps a comment between any two tokens, where there is none near it", () => {
    const images = imagesOf(text);
    const meaning = meaningOf(images.join(" "));
    for (const comment of comments.slice(0, 2)) {
      for (let first = 0; first < apart; first++) {
        const spaced = images.map(
          (image, i) => image + (i % apart === first ? comment(`note ${i}`) : " "),
        );
        check(spaced.join(""), meaning);
      }
    }
  });
});
