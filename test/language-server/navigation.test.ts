import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Editor, type Place, startEditor, textIn } from "./editor.ts";

let editor: Editor;
beforeAll(async () => {
  editor = await startEditor();
});
afterAll(() => editor.stop());

const rule = `import "std/default8bit"
quantizer mine = LastValue(int8)
/// Layers with a kernel.
ops Linear = Dense | Conv2D

/// Kernels alone.
quantize Own {
  match x -> layer: Linear { activation: a } -> act: ReLU :: f32[_, c]
  require c % 16 == 0 && a == "linear"
  set layer.kernel = mine
  set act.output = a8
}
expect Own fires >= 1
`;

/** The rule with the cursor behind the first `before` that `word` follows. */
function marked(before: string, word: string, text = rule): string {
  const at = text.indexOf(before + word);
  if (at < 0) throw new Error(`no ${before}${word}`);
  return `${text.slice(0, at + before.length)}‸${text.slice(at + before.length)}`;
}

interface Range {
  readonly start: Place["position"];
  readonly end: Place["position"];
}

describe("definition", () => {
  const line = (uri: string, { start }: Range) => editor.textOf(uri).split("\n")[start.line];
  const define = (text: string, name?: string) =>
    editor.ask("textDocument/definition", editor.open(text, name));

  it.each([
    ["a capture", marked("set ", "layer"), "  match x -> layer"],
    ["a value of an attribute", marked("&& ", "a =="), "activation: a"],
    ["a dimension", marked("require ", "c %"), "f32[_, c]"],
    ["a quantizer", marked("kernel = ", "mine"), "quantizer mine"],
    ["an op set", marked("layer: ", "Linear"), "ops Linear"],
    ["a rule", marked("expect ", "Own"), "quantize Own"],
  ])("of %s is in the file", async (_name, text, expected) => {
    const { uri, range } = await define(text);
    expect(line(uri, range)).toContain(expected);
  });

  it("leads into the standard library, to a real file", async () => {
    const { uri, range } = await define(marked("output = ", "a8"));
    expect(uri).toMatch(/^file:.*\/rules\/default8bit\.qcfg$/);
    expect(range.start.line).toBeGreaterThan(0);
  });

  it("of a module is its file", async () => {
    const { uri } = await define(marked('import "', "std"));
    expect(uri).toMatch(/\/rules\/default8bit\.qcfg$/);
  });

  it("leads into another file that is open and not saved", async () => {
    editor.open("quantizer other = LastValue(int8)\n", "unsaved.qcfg");
    const text = 'import "./unsaved"\nquantize A on d: Dense set kernel = ‸other\n';
    const { uri, range } = await define(text);
    expect(uri).toBe(editor.uriOf("unsaved.qcfg"));
    expect(textIn(editor.textOf(uri), range)).toBe("other");
  });

  it("leads into TypeScript", async () => {
    const source =
      "/* fits */\nexport function fits(layer: object): boolean {\n  return true;\n}\n";
    writeFileSync(join(editor.folder, "fits.ts"), source);
    const text = `import { fits } from "./fits.ts"
quantize A {
  match d: Dense
  require ‸fits(d)
  set d.kernel = float
}
`;
    const { uri, range } = await define(text);
    expect(uri).toBe(editor.uriOf("fits.ts"));
    expect(textIn(source, range)).toBe("fits");
    expect(range.start.line).toBe(1);
  });

  it("has the head of a function in the hover, however it is written", async () => {
    const source = `export function fits(layer: { name: string }): boolean { return true; }
export const near = (x: number): { y: number } => ({ y: x });
export class Config extends Base { n = 1; }
`;
    writeFileSync(join(editor.folder, "heads.ts"), source);
    const hover = async (name: string) => {
      const place = editor.open(`import { ‸${name} } from "./heads.ts"\n`);
      const { contents } = await editor.ask("textDocument/hover", place);
      return contents.value.split("\n")[1];
    };
    expect(await hover("fits")).toBe("function fits(layer: { name: string }): boolean");
    expect(await hover("near")).toBe("const near = (x: number): { y: number }");
    expect(await hover("Config")).toBe("class Config extends Base");
  });

  it("of an op is nowhere", async () => {
    expect(await define(marked("= ", "Dense"))).toBeNull();
  });
});

describe("references", () => {
  it("are all uses of a definition, in all files that import it", async () => {
    const shared = editor.open("quantizer ‸w = LastValue(int8)\n", "shared.qcfg");
    const user = 'import "./shared"\nquantize A on d: Dense set kernel = w\n';
    const own =
      'import "./shared"\nquantizer w = LastValue(int4)\nquantize B on d: Dense set kernel = w\n';
    editor.open(user, "user.qcfg");
    editor.open(own, "own.qcfg");
    const context = { includeDeclaration: true };
    const found: readonly { readonly uri: string }[] = await editor.ask("textDocument/references", {
      ...shared,
      context,
    });
    // Another file has a quantizer of its own by that name.
    expect(found.map(({ uri }) => uri).sort()).toEqual(
      [editor.uriOf("shared.qcfg"), editor.uriOf("user.qcfg")].sort(),
    );
  });

  it("in a rule are the rule's", async () => {
    const text = `${marked("match x -> ", "layer")}quantize Other on layer: Dense set kernel = mine\n`;
    const place = editor.open(text);
    const context = { includeDeclaration: false };
    const found = await editor.ask("textDocument/references", { ...place, context });
    expect(found).toHaveLength(1);
  });

  it("are highlighted, the definition as what writes", async () => {
    const found: readonly { readonly kind: number }[] = await editor.ask(
      "textDocument/documentHighlight",
      editor.open(marked("set ", "layer")),
    );
    expect(found.map(({ kind }) => kind)).toEqual([3, 2]);
  });
});

describe("rename", () => {
  const rename = async (text: string, newName: string) => {
    const place = editor.open(text);
    const edit = await editor.ask("textDocument/rename", { ...place, newName });
    return applied(editor.textOf(place.textDocument.uri), edit.changes[place.textDocument.uri]);
  };
  const prepare = (text: string) => editor.ask("textDocument/prepareRename", editor.open(text));

  it("of a capture stays inside of its rule", async () => {
    const text = `${marked("set ", "layer")}quantize Other on layer: Dense set kernel = mine\n`;
    const after = await rename(text, "node");
    expect(after).toContain("x -> node: Linear");
    expect(after).toContain("set node.kernel = mine");
    expect(after).toContain("quantize Other on layer: Dense");
  });

  it("of a name for TypeScript reaches into it", async () => {
    const text =
      "quantize A {\n  match ‸d: Dense\n  require ts{ d.kernel.maxAbs() < 8 }\n  set d.kernel = float\n}\n";
    expect(await rename(text, "dense")).toContain("ts{ dense.kernel.maxAbs() < 8 }");
  });

  it("of what is imported changes the file that defines it", async () => {
    editor.open("ops ‸Wide = Dense\n", "wide.qcfg");
    const place = editor.open('import "./wide"\nquantize A on d: ‸Wide set kernel = float\n');
    const { changes } = await editor.ask("textDocument/rename", { ...place, newName: "Broad" });
    const uri = editor.uriOf("wide.qcfg");
    expect(Object.keys(changes).sort()).toEqual([place.textDocument.uri, uri].sort());
    expect(applied(editor.textOf(uri), changes[uri])).toBe("ops Broad = Dense\n");
  });

  it("reaches files of the folder that nobody has opened, wherever they mean the same", async () => {
    const folder = join(editor.folder, "team");
    mkdirSync(join(folder, "node_modules"), { recursive: true });
    mkdirSync(join(folder, "nets"));
    const using = (path: string) => `import "${path}"\nquantize A on d: Tall set kernel = float\n`;
    writeFileSync(join(folder, "shared.qcfg"), "ops Tall = Dense\n");
    writeFileSync(join(folder, "nets/first.qcfg"), using("../shared"));
    writeFileSync(join(folder, "nets/own.qcfg"), "ops Tall = Conv2D\nexpect Tall fires >= 1\n");
    writeFileSync(join(folder, "node_modules/other.qcfg"), using("../shared"));
    const place = editor.open("ops ‸Tall = Dense\n", "team/shared.qcfg");
    const { changes } = await editor.ask("textDocument/rename", { ...place, newName: "High" });
    const first = editor.uriOf("team/nets/first.qcfg");
    expect(Object.keys(changes).sort()).toEqual([first, place.textDocument.uri].sort());
    expect(applied(using("../shared"), changes[first])).toContain("on d: High set");
    const found = await editor.ask("textDocument/references", {
      ...place,
      context: { includeDeclaration: false },
    });
    expect(found.map(({ uri }: { readonly uri: string }) => uri)).toEqual([first]);
  });

  it("is refused where the new name stands for something in a file that nobody has opened", async () => {
    writeFileSync(join(editor.folder, "low.qcfg"), "ops Low = Dense\n");
    writeFileSync(
      join(editor.folder, "reader.qcfg"),
      'import "./low"\nops Taken = ReLU\nquantize A on d: Low set kernel = float\n',
    );
    const place = editor.open("ops ‸Low = Dense\n", "low.qcfg");
    await expect(editor.ask("textDocument/rename", { ...place, newName: "Taken" })).rejects.toThrow(
      /is already a name in `.*reader\.qcfg`/,
    );
  });

  it("is prepared with the range of the name", async () => {
    const place = editor.open(marked("kernel = ", "mine"));
    const range = await editor.ask("textDocument/prepareRename", place);
    expect(textIn(rule, range)).toBe("mine");
  });

  it.each([
    ["an op", marked("= ", "Dense"), "is a word of the language"],
    ["a slot", marked("layer.", "kernel"), "is a word of the language"],
    [
      "a name of the standard library",
      marked("output = ", "a8"),
      "belongs to `std/default8bit.qcfg`",
    ],
    ["a keyword", marked("  ", "match"), "there is no name here"],
  ])("refuses %s", async (_name, text, reason) => {
    await expect(prepare(text)).rejects.toThrow(reason);
  });

  it.each([
    ["match", "is a reserved word"],
    ["Layer", "begins with a small letter"],
    ["a b", "begins with a small letter"],
    ["act", "is already a name"],
    ["mine", "is already a name"],
  ])("refuses the new name %s", async (newName, reason) => {
    await expect(rename(marked("set ", "layer"), newName)).rejects.toThrow(reason);
  });
});

interface Edit {
  readonly range: Range;
  readonly newText: string;
}

/** Edits that do not touch each other, from the last to the first. */
function applied(text: string, edits: readonly Edit[]): string {
  const lines = text.split("\n");
  const starts = lines.map((_, i) => lines.slice(0, i).join("\n").length + (i > 0 ? 1 : 0));
  const offset = ({ line, character }: Place["position"]) => starts[line]! + character;
  const sorted = edits.toSorted((a, b) => offset(b.range.start) - offset(a.range.start));
  return sorted.reduce(
    (now, { range, newText }) =>
      now.slice(0, offset(range.start)) + newText + now.slice(offset(range.end)),
    text,
  );
}
