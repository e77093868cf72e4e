import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Editor, startEditor, textIn } from "./editor.ts";

let editor: Editor;
beforeAll(async () => {
  editor = await startEditor();
});
afterAll(() => editor.stop());

const fine = "quantize A {\n  match d: Dense\n  set d.kernel = float\n}\n";
const codes = async (uri: string, wanted?: string) =>
  (
    await editor.diagnostics(
      uri,
      (found) => wanted === undefined || found.some(({ code }) => code === wanted),
    )
  ).map(({ code }) => code);

describe("diagnostics", () => {
  it("come with the text, at the place to fix, with what to do", async () => {
    const { uri } = editor.open(fine.replace("kernel", "kernle")).textDocument;
    const [found, ...others] = await editor.diagnostics(uri);
    expect(others).toEqual([]);
    expect(found).toMatchObject({ severity: 1, source: "qcfg" });
    expect(textIn(editor.textOf(uri), found!.range)).toBe("kernle");
    expect(found!.message).toContain("kernel");
  });

  it("follow every edit", async () => {
    const { uri } = editor.open(fine).textDocument;
    expect(await codes(uri)).toEqual([]);
    const at = fine.indexOf("Dense");
    editor.edit(uri, at, at + 5, "Dens");
    expect(await codes(uri)).toEqual(["QC1201"]);
    editor.edit(uri, at, at + 4, "Dense");
    expect(await codes(uri)).toEqual([]);
  });

  it("count in UTF-16 units, and lines by all that ends one", async () => {
    const text = "// 🙂\r\nops A = Dense // 🙂\r\nops B = /* 🙂 */ Dens\r\n";
    const { uri } = editor.open(text).textDocument;
    const found = await editor.diagnostics(uri);
    const last = found.at(-1)!;
    expect(last.range.start.line).toBe(2);
    expect(textIn(text, last.range)).toBe("Dens");
  });

  it("mark a name that nothing uses as superfluous", async () => {
    const { uri } = editor.open(
      fine.replace("match d: Dense", "match x: ReLU -> d: Dense"),
    ).textDocument;
    const [found] = await editor.diagnostics(uri);
    expect(found).toMatchObject({ code: "QC1210", severity: 2, tags: [1] });
  });

  it("name the other place of a disagreement", async () => {
    const { uri } = editor.open("ops A = Dense\nops A = Conv2D\n").textDocument;
    const [found] = await editor.diagnostics(uri);
    const [related] = found!.relatedInformation!;
    expect(related!.location.uri).toBe(uri);
    expect(related!.location.range.start.line).toBe(0);
  });

  it("see what is open and not saved, and change with it", async () => {
    const other = editor.open("ops Mine = Dense\n", "mine.qcfg").textDocument.uri;
    const { uri } = editor.open('import "./mine"\nops B = Mine\n', "user.qcfg").textDocument;
    expect(await codes(uri)).toEqual([]);
    editor.edit(other, 4, 8, "Your");
    expect(await codes(uri, "QC1201")).toContain("QC1201");
  });

  it("of a text without a file", async () => {
    const { uri } = editor.open(
      'import "std/fold"\nimport "./x"\nops A = Dens\n',
      "untitled:Untitled-1",
    ).textDocument;
    expect((await codes(uri)).length).toBeGreaterThan(0);
  });

  it("of what takes time follow when the keyboard rests", async () => {
    mkdirSync(join(editor.folder, "typed"), { recursive: true });
    const module = "export const narrow = (n: number): boolean => n < 8;\n";
    writeFileSync(join(editor.folder, "typed/narrow.ts"), module);
    const text = `import { narrow } from "./narrow.ts"
quantize A {
  match d: Dense
  require narrow(d)
  set d.kernel = float
}
`;
    const { uri } = editor.open(text, "typed/rules.qcfg").textDocument;
    const found = await editor.diagnostics(uri, (all) => all.length > 0);
    expect(found[0]!.message).toContain("not assignable to parameter of type `number`");
    // Until they have been checked again they move with the text.
    editor.edit(uri, 0, 0, "// first\n");
    const [moved] = await editor.diagnostics(uri);
    expect(moved!.range.start.line).toBe(found[0]!.range.start.line + 1);
  });

  it("of rules that undo each other follow too", async () => {
    const text = `rewrite There {
  match x -> r: ReLU6
  replace r with x -> Clip { min: 0, max: 6 }
}
rewrite Back {
  match x -> c: Clip { min: 0, max: 6 }
  replace c with x -> ReLU6
}
`;
    const { uri } = editor.open(text).textDocument;
    const found = await editor.diagnostics(uri, (all) => all.length > 0);
    expect(found.map(({ message }) => message).join("\n")).toContain(
      "follow each other without end",
    );
  });

  it("of a file that is imported stand at its import", async () => {
    editor.open("ops Mine = Dens\n", "faulty.qcfg");
    const { uri } = editor.open('import "./faulty"\nops B = Conv2D\n').textDocument;
    const [found] = await editor.diagnostics(uri, (all) => all.length > 0);
    expect(textIn(editor.textOf(uri), found!.range)).toBe('"./faulty"');
    expect(found!.relatedInformation![0]!.location.uri).toBe(editor.uriOf("faulty.qcfg"));
  });

  it("are gone at once when the fault is mended elsewhere", async () => {
    const text = "ops B = Mine\n\n";
    const { uri } = editor.open(text).textDocument;
    expect(await codes(uri)).toEqual(["QC1201"]);
    // Until the check that takes time has run too.
    await new Promise((done) => setTimeout(done, 1500));
    editor.edit(uri, text.length, text.length, "ops Mine = Dense\n");
    expect(await codes(uri)).toEqual([]);
  });

  it("are taken back when the text is closed", async () => {
    const { uri } = editor.open("ops A = Dens\n").textDocument;
    expect(await codes(uri)).toEqual(["QC1201"]);
    editor.close(uri);
    expect(await editor.diagnostics(uri, (all) => all.length === 0)).toEqual([]);
  });
});

it("offers the fixes of a diagnostic as code actions", async () => {
  const place = editor.open("ops A = Conv2d\n");
  const { uri } = place.textDocument;
  await editor.diagnostics(uri);
  const range = { start: { line: 0, character: 9 }, end: { line: 0, character: 9 } };
  const context = { diagnostics: [] };
  const [action] = await editor.ask("textDocument/codeAction", { ...place, range, context });
  expect(action).toMatchObject({ kind: "quickfix", isPreferred: true });
  expect(action.title).toContain("Conv2D");
  const [edit] = action.edit.changes[uri];
  expect(textIn(editor.textOf(uri), edit.range)).toBe("Conv2d");
  expect(edit.newText).toBe("Conv2D");
});
