import { readdirSync, readFileSync } from "node:fs";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { files } from "../../compiler/cli/language-server/rule-paths.ts";
import { type Analysis, rulesReader } from "../../compiler/language-server/analysis.ts";
import { codeActionsIn } from "../../compiler/language-server/code-actions.ts";
import { completionsAt } from "../../compiler/language-server/completion.ts";
import { definitionAt } from "../../compiler/language-server/definition.ts";
import {
  documentOutline,
  type OutlineEntry,
} from "../../compiler/language-server/document-outline.ts";
import { foldsOf } from "../../compiler/language-server/folding.ts";
import { hoverAt } from "../../compiler/language-server/hover.ts";
import * as protocol from "../../compiler/language-server/protocol.ts";
import { highlightsAt, referencesAt } from "../../compiler/language-server/references.ts";
import { renamableAt, renameAt } from "../../compiler/language-server/rename.ts";
import { semanticTokens } from "../../compiler/language-server/semantic-tokens.ts";
import { signatureAt } from "../../compiler/language-server/signature-help.ts";
import { resolverOf } from "../../compiler/language-server/workspace.ts";
import { runs } from "../support/runs.ts";

const folder = new URL("../../compiler/rules/", import.meta.url);
const library = readdirSync(folder).map((name) => readFileSync(new URL(name, folder), "utf8"));
const read = rulesReader();
const resolve = resolverOf(new Map(), files);
const readTypeScript = (specifier: string, importer: string) => resolve(specifier, importer)?.text;
const surroundings = { importable: files.importable, exportsOf: () => [] };

/** Everything that an editor may ask at a place; what it gives must be inside of the text. */
function askAll(text: string, offset: number): void {
  const analysis = read({ path: "/robust/rules.qcfg", text }, resolve);
  askAt(analysis, offset);
  const { source } = analysis;
  const { uriOf } = files;
  for (const diagnostic of analysis.diagnostics)
    protocol.protocolDiagnostic(diagnostic, source.path, uriOf);
  codeActionsIn(analysis.diagnostics, 0, text.length);
  foldsOf(analysis);
  const data = protocol.encodedTokens(semanticTokens(analysis));
  expect(data.every((number) => Number.isInteger(number) && number >= 0)).toBe(true);
  for (const entry of documentOutline(analysis)) expectInside(entry);
}

function askAt(analysis: Analysis, offset: number): void {
  protocol.completionItems(completionsAt(analysis, offset, surroundings));
  hoverAt(analysis, offset, readTypeScript);
  definitionAt(analysis, offset, resolve);
  signatureAt(analysis, offset, readTypeScript);
  for (const { span } of highlightsAt(analysis, offset)) protocol.rangeOf(span);
  referencesAt(analysis, offset, [analysis]);
  renamableAt(analysis, offset);
  renameAt(analysis, offset, "renamed", [analysis]);
}

/** An editor refuses an outline in which a name lies outside of what it names. */
function expectInside({ span, nameSpan, children }: OutlineEntry): void {
  expect(span.start <= nameSpan.start && nameSpan.end <= span.end).toBe(true);
  for (const child of children) expectInside(child);
}

const anyLibrary = fc.constantFrom(...library);

describe("whatever the text, there is an answer", () => {
  it("to every beginning of a library", () => {
    fc.assert(
      fc.property(anyLibrary, fc.nat(), (text, n) => {
        const end = n % (text.length + 1);
        askAll(text.slice(0, end), end);
      }),
      runs(60, 1),
    );
  });

  it("where a part is missing, doubled, or something foreign", () => {
    const insert = fc.constantFrom(
      "",
      "{",
      "}",
      "(",
      '"',
      "->",
      ".",
      "ts{",
      "🙂",
      "\r\n",
      "quantize ",
      ":: ",
    );
    fc.assert(
      fc.property(anyLibrary, fc.nat(), fc.nat({ max: 30 }), insert, (text, n, length, piece) => {
        const at = n % (text.length + 1);
        const broken = text.slice(0, at) + piece + text.slice(at + length);
        askAll(broken, at);
        askAt(read({ path: "/robust/rules.qcfg", text: broken }, resolve), at + piece.length);
      }),
      runs(60, 2),
    );
  });

  it("in text that is no rules at all", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 60 }), fc.nat(), (text, n) => {
        askAll(text, n % (text.length + 1));
      }),
      runs(150, 3),
    );
  });

  it("at every offset of a rule", () => {
    const text =
      'import "std/fold"\r\n// 🙂\r\nquantize A override {\r\n  match x -> c: Conv2D { groups: > 1 } :: f32[n, _]\r\n  require c.name ~ /a/ && ts{ n > 1 }\r\n  set c.{kernel, output} = Fixed(int8, min: 0, max: 1)\r\n}\r\n';
    for (let offset = 0; offset <= text.length; offset++) askAll(text, offset);
  });
});
