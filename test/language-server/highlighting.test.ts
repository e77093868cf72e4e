import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { beforeAll, describe, expect, it } from "vitest";
import oniguruma from "vscode-oniguruma";
import textmate from "vscode-textmate";
import { parse, SourceFile } from "../../grammar/index.ts";
import { lex } from "../../grammar/tokens.ts";

const extension = new URL("../../editors/vscode/", import.meta.url);
const grammarText = readFileSync(new URL("syntaxes/qcfg.tmLanguage.json", extension), "utf8");
/** Stands for the editor's own grammar: enough to see where TypeScript begins and ends. */
const typeScript = JSON.stringify({
  scopeName: "source.ts",
  patterns: [
    { name: "string.ts", begin: '"', end: '"' },
    { name: "variable.ts", match: "\\w+" },
  ],
});

let grammar: textmate.IGrammar;
beforeAll(async () => {
  const path = createRequire(import.meta.url).resolve("vscode-oniguruma/release/onig.wasm");
  await oniguruma.loadWASM(readFileSync(path));
  const registry = new textmate.Registry({
    onigLib: Promise.resolve({
      createOnigScanner: (sources) => oniguruma.createOnigScanner(sources),
      createOnigString: (text) => oniguruma.createOnigString(text),
    }),
    loadGrammar: async (scope) => {
      const text = { "source.qcfg": grammarText, "source.ts": typeScript }[scope];
      return text === undefined ? null : textmate.parseRawGrammar(text, `${scope}.json`);
    },
  });
  grammar = (await registry.loadGrammar("source.qcfg"))!;
});

interface Piece {
  readonly text: string;
  readonly start: number;
  readonly scopes: readonly string[];
}

/** The pieces of a text with their scopes, the innermost last. */
function pieces(text: string): readonly Piece[] {
  let state = textmate.INITIAL;
  let offset = 0;
  return text.split("\n").flatMap((line) => {
    const { tokens, ruleStack } = grammar.tokenizeLine(line, state);
    state = ruleStack;
    const start = offset;
    offset += line.length + 1;
    return tokens.map(({ startIndex, endIndex, scopes }) => ({
      text: line.slice(startIndex, endIndex),
      start: start + startIndex,
      scopes,
    }));
  });
}

/** The innermost scope of the piece that begins a word. */
function scopeOf(text: string, word: string, nth = 0): string {
  const found = pieces(text).filter((piece) => piece.text.trim() === word);
  return found[nth]?.scopes.at(-1)?.replace(/\.qcfg$/, "") ?? "none";
}

describe("highlighting", () => {
  const rule = `/// The law.
quantize StemInFloat override { // note
  match layer: Conv2D { activation: "linear", groups: > 1 } -> act: ReLU :: f32[_, c]
  require layer.name ~ /stem_[a-z/]*\\/x/ && c / 2 % 16 == 0
  require layer.match.set > 1e-5 && ts{ layer.kernel.maxAbs({ a: 1 }) < 8 } && sole(layer)
  set layer.kernel = w8
}
quantizer w8 = LastValue(int8, per: channel, symmetric)
`;

  it.each([
    ["/// The law.", "comment.line.documentation"],
    ["// note", "comment.line.double-slash"],
    ["quantize", "keyword.declaration.rule"],
    ["StemInFloat", "entity.name.function.rule"],
    ["override", "storage.modifier"],
    ["match", "keyword.control"],
    ["layer", "variable.parameter.capture"],
    ["Conv2D", "entity.name.type.op"],
    ["activation", "variable.other.property.attribute"],
    ["->", "keyword.operator.flow"],
    ["::", "keyword.operator.type"],
    ["f32", "support.type.dtype"],
    ["_", "variable.language.wildcard"],
    ["require", "keyword.control"],
    ["1e-5", "constant.numeric"],
    ["sole", "entity.name.function"],
    ["quantizer", "keyword.declaration"],
    ["LastValue", "support.class.quantizer"],
    ["per", "variable.other.property.attribute"],
    ["symmetric", "constant.language.quantizer"],
  ])("%s is %s", (word, scope) => {
    const start = rule.indexOf(word);
    const found = pieces(rule).find((piece) => piece.start + piece.text.search(/\S/) === start);
    expect(found!.scopes).toContain(`${scope}.qcfg`);
  });

  it("takes no word behind a dot for a keyword", () => {
    expect(scopeOf(rule, "match", 1)).toBe("variable.other.property");
    expect(scopeOf(rule, "set", 0)).toBe("variable.other.property");
    expect(scopeOf(rule, "set", 1)).toBe("keyword.control");
  });

  it("sees a regular expression only behind ~, up to the slash that ends it", () => {
    const [line] = pieces(rule.split("\n")[3]!).filter(({ text }) => text === "stem_");
    expect(line!.scopes).toContain("string.regexp.qcfg");
    const division = pieces(rule).find(
      ({ text, start }) => text === "/" && rule.slice(start, start + 3) === "/ 2",
    )!;
    expect(division.scopes.at(-1)).toBe("keyword.operator.arithmetic.qcfg");
    expect(pieces("require a.name ~ /x/ && b").find(({ text }) => text === "b")!.scopes).toEqual([
      "source.qcfg",
      "variable.other.qcfg",
    ]);
  });

  it("hands TypeScript to the grammar of TypeScript, with the braces inside of it", () => {
    const inside = pieces(rule).filter(({ scopes }) =>
      scopes.includes("meta.embedded.block.typescript.qcfg"),
    );
    expect(inside.map(({ text }) => text).join("")).toBe("ts{ layer.kernel.maxAbs({ a: 1 }) < 8 }");
    expect(scopeOf(rule, "maxAbs")).toBe("variable.ts");
    expect(scopeOf("require ts {\n  a }\nops A = Dense", "ops")).toBe("keyword.declaration");
  });

  it("ends a string and a regular expression with their line", () => {
    expect(scopeOf('import "std\nops A = Dense', "ops")).toBe("keyword.declaration");
    expect(scopeOf("require a ~ /x\nops A = Dense", "ops")).toBe("keyword.declaration");
  });

  it("agrees with the lexer on the whole standard library about what is a keyword", () => {
    const folder = new URL("../../compiler/rules/", import.meta.url);
    for (const name of readdirSync(folder)) {
      const text = readFileSync(new URL(name, folder), "utf8");
      const starts = new Map(
        pieces(text).map((piece) => [piece.start + piece.text.search(/\S/), piece]),
      );
      const wrong = lex(new SourceFile(name, text)).tokens.filter(
        ({ image, tokenType, startOffset }) => {
          const isReserved =
            /^Word_(?:match|require|set|tie|fuse|let|replace|preserve|unless|quantize|rewrite|import)$/.test(
              tokenType.name,
            );
          const scope = starts.get(startOffset)?.scopes.at(-1) ?? "";
          return isReserved !== (/^keyword\.(?:control|declaration)/.test(scope) && isOneOf(image));
        },
      );
      expect(wrong.map(({ image, startOffset }) => `${name}:${startOffset} ${image}`)).toEqual([]);
    }
  });
});

const checked = ["match", "require", "set", "tie", "fuse", "let", "replace", "preserve", "unless"];

function isOneOf(image: string): boolean {
  return [...checked, "quantize", "rewrite", "import"].includes(image);
}

describe("the extension", () => {
  const json = (path: string) => JSON.parse(readFileSync(new URL(path, extension), "utf8"));

  it("has snippets that are rules without faults in their syntax", () => {
    const snippets: Readonly<Record<string, { readonly body: string | readonly string[] }>> =
      json("snippets/qcfg.json");
    for (const [name, { body }] of Object.entries(snippets)) {
      const text = [body]
        .flat()
        .join("\n")
        .replaceAll(/\$\{\d+:([^}]*)\}/g, "$1")
        .replaceAll(/\$\{\d+\|([^,|]*)[^|]*\|\}/g, "$1")
        .replaceAll(/\$\d/g, "");
      const { value, diagnostics } = parse(name, text);
      expect([name, ...diagnostics.map(({ message }) => message)]).toEqual([name]);
      expect(value.items.length).toBeGreaterThan(0);
    }
  });

  it("contributes files that are there", () => {
    const { contributes } = json("package.json");
    const paths = [
      contributes.languages[0].configuration,
      contributes.grammars[0].path,
      contributes.snippets[0].path,
    ];
    for (const path of paths) expect(json(path)).toBeTypeOf("object");
  });
});
