import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { tokenKinds } from "../../compiler/language-server/semantic-tokens.ts";
import { type Editor, startEditor, textIn } from "./editor.ts";

let editor: Editor;
beforeAll(async () => {
  editor = await startEditor();
});
afterAll(() => editor.stop());

const ask = (method: string, text: string) => editor.ask(method, editor.open(text));
const broken = `ops Linear = Dense |
/// Fine.
quantize Fine {
  match layer: Linear -> act: ReLU
  set layer.kernel = float
}
quantize Half {
  match layer
rewrite Third {
expect Fine fires >= 1
`;

describe("hover", () => {
  const hover = async (text: string) =>
    (await ask("textDocument/hover", text))?.contents.value as string | undefined;
  const rule = (clauses: string) => `quantize A {\n  ${clauses}\n}\n`;

  it.each([
    ["an op", rule("match x: ‸Conv2D"), ["2-D convolution", "`kernel`", "strides"]],
    ["an op set", "ops Linear = Dense | Conv2D\nops B = ‸Linear", ["ops Linear", "`Conv2D`"]],
    ["a set by trait", "ops B = ‸Movement", ["`Transpose`"]],
    [
      "a quantizer",
      "/// Wide.\nquantizer q = LastValue(int8)\nquantize A on d: Dense set kernel = ‸q",
      ["Wide.", "LastValue(int8)"],
    ],
    ["a constructor", "quantizer q = ‸MovingAverage(int8)", ["average of the samples' ranges"]],
    ["a word of a quantizer", "quantizer q = LastValue(int8, ‸symmetric)", ["zero in the middle"]],
    [
      "an argument",
      "quantizer q = LastValue(int8, ‸per: channel)",
      ["one for each output channel"],
    ],
    ["integers", "quantizer q = LastValue(‸uint4)", ["from 0 to 15"]],
    ["a function", rule("match x: Dense\n  require ‸sole(x)"), ["sole(", "boolean"]],
    [
      "a captured node",
      rule("match x: Dense | Conv2D\n  set ‸x.kernel = float"),
      ["`Dense`", "`Conv2D`"],
    ],
    ["a slot", rule("match x: Dense\n  set x.‸kernel = float"), ["scale for each output channel"]],
    ["an attribute", rule("match x: Conv2D { ‸groups: 1 }"), ["groups: number = 1"]],
    ["a keyword", rule("match x: Dense\n  ‸tie x.output = float"), ["One scale for all"]],
    [
      "a rule",
      "/// The law.\nquantize A on d: Dense set kernel = float\nexpect ‸A fires >= 1",
      ["The law.", "quantize A on"],
    ],
    [
      "a let",
      "rewrite A {\n  match x -> r: ReLU\n  let k = r.rank + 1\n  require ‸k > 0\n  replace r with x\n}",
      ["let k = r.rank + 1"],
    ],
  ])("tells of %s", async (_name, text, parts) => {
    const found = await hover(text);
    for (const part of parts) expect(found).toContain(part);
  });

  it("says nothing between words", async () => {
    expect(await hover("ops A = Dense\n\n‸\n")).toBeUndefined();
  });
});

describe("signature help", () => {
  const signature = (text: string) => ask("textDocument/signatureHelp", text);

  it("knows the argument of a quantizer that is being written", async () => {
    const found = await signature("quantizer q = Fixed(int8, max: ‸");
    const [{ label, parameters }] = found.signatures;
    expect(label).toMatch(/^Fixed\(dtype, per, /);
    expect(parameters[found.activeParameter].label).toBe("max");
  });

  it("counts the arguments of a function", async () => {
    const text =
      "rewrite A {\n  match x -> r: ReLU\n  let k = join(r.shape, ‸)\n  replace r with x\n}\n";
    const found = await signature(text);
    expect(found.signatures[0].label).toBe("join(a: numbers, b: numbers): numbers");
    expect(found.activeParameter).toBe(1);
  });

  it("is absent outside of calls", async () => {
    expect(await signature("quantizer q = ‸Fixed(int8)")).toBeNull();
    expect(await signature("quantize A {\n  match a: Add(x, ‸)\n}")).toBeNull();
  });
});

interface Symbol {
  readonly name: string;
  readonly detail: string;
  readonly children: readonly Symbol[];
}

it("outlines a file with faults", async () => {
  const symbols: readonly Symbol[] = await ask("textDocument/documentSymbol", broken);
  expect(symbols.map(({ name, detail }) => `${detail} ${name}`)).toEqual([
    "ops Linear",
    "quantize Fine",
    "quantize Half",
    "rewrite Third",
    "expect Fine",
  ]);
  expect(symbols[1]!.children.map(({ name, detail }) => `${name}: ${detail}`)).toEqual([
    "layer: Linear",
    "act: ReLU",
  ]);
});

it("folds rules, comments and imports", async () => {
  const text = `import "std/fold"
import "std/layout"
// One.
// Two.
quantize A {
  match d: Dense
  set d.kernel = float
}
ops B = Dense // not alone
// Alone.
`;
  expect(await ask("textDocument/foldingRange", text)).toEqual([
    { startLine: 4, endLine: 7 },
    { startLine: 2, endLine: 3, kind: "comment" },
    { startLine: 0, endLine: 1, kind: "imports" },
  ]);
});

describe("formatting", () => {
  it("puts the whole text in canonical form", async () => {
    const text = "ops  A=Dense|Conv2D // kernel\n";
    const [{ range, newText }] = await ask("textDocument/formatting", text);
    expect(textIn(text, range)).toBe(text);
    expect(newText).toBe("ops A = Dense | Conv2D // kernel\n");
  });

  it("changes nothing that is in that form, or has faults", async () => {
    expect(await ask("textDocument/formatting", "ops A = Dense\n")).toEqual([]);
    expect(await ask("textDocument/formatting", "ops  A = \n")).toEqual([]);
  });
});

describe("semantic tokens", () => {
  /** Each piece with what it is. */
  async function tokens(text: string): Promise<readonly string[]> {
    const { data }: { data: readonly number[] } = await ask(
      "textDocument/semanticTokens/full",
      text,
    );
    const lines = text.split(/\r?\n/);
    const found: string[] = [];
    let [line, column] = [0, 0];
    for (let i = 0; i < data.length; i += 5) {
      const [down, right, length, kind, modifiers] = data.slice(i, i + 5) as [
        number,
        number,
        number,
        number,
        number,
      ];
      [line, column] = [line + down, down === 0 ? column + right : right];
      const piece = lines[line]!.slice(column, column + length);
      found.push(`${piece} ${tokenKinds[kind]}${modifiers === 1 ? "!" : ""}`);
    }
    return found;
  }

  it("are sent after an edit as what has changed", async () => {
    const place = editor.open("ops A = Dense\nops B = Dense | Conv2D\nops C = ReLU\n");
    const { textDocument } = place;
    const whole = await editor.ask("textDocument/semanticTokens/full", { textDocument });
    const again = await editor.ask("textDocument/semanticTokens/full/delta", {
      textDocument,
      previousResultId: whole.resultId,
    });
    expect(again.edits).toEqual([]);
    editor.edit(textDocument.uri, 22, 30, "");
    const delta = await editor.ask("textDocument/semanticTokens/full/delta", {
      textDocument,
      previousResultId: again.resultId,
    });
    const now = await editor.ask("textDocument/semanticTokens/full", { textDocument });
    const [{ start, deleteCount, data }] = delta.edits;
    expect(whole.data.toSpliced(start, deleteCount, ...data)).toEqual(now.data);
    expect(data.length + deleteCount).toBeLessThan(now.data.length);
    const unknown = { textDocument, previousResultId: whole.resultId };
    const all = await editor.ask("textDocument/semanticTokens/full/delta", unknown);
    expect(all.data).toEqual(now.data);
  });

  it("tell names by what they stand for", async () => {
    const text =
      'quantize A {\r\n  match x: Dense { activation: "linear" } // 🙂 x\r\n  require x.name ~ /🙂.*/ && x.match.rank > 1\r\n  set x.kernel = float\r\n}\r\n';
    expect(await tokens(text)).toEqual([
      ...["quantize keyword", "A function!", "match keyword", "x parameter!", "Dense class"],
      ...["activation property", '"linear" string', "// 🙂 x comment", "require keyword"],
      ...["x parameter", "name property", "/🙂.*/ regexp", "x parameter", "match property"],
      ...["rank property", "1 number", "set keyword", "x parameter", "kernel property"],
      "float enumMember",
    ]);
  });

  it("are in order and apart for the whole standard library", async () => {
    const rules = new URL("../../compiler/rules/default8bit.qcfg", import.meta.url);
    const found = await tokens(readFileSync(rules, "utf8"));
    expect(found.length).toBeGreaterThan(100);
    expect(found.filter((piece) => piece.includes("\n"))).toEqual([]);
  });
});
