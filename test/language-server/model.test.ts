import { copyFileSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Editor, startEditor } from "./editor.ts";

const model = resolve(import.meta.dirname, "../../examples/digits/digits.onnx");

const rules = `import "std/default8bit"
quantize Wide override optional {
  match layer: Conv2D :: f32[_, _, _, c]
  require c % 1000 == 0
  set layer.output = float
}
quantize Logits override {
  match layer: Dense
  require layer.name ~ /logits/
  set layer.output = float
}
quantize Never override optional {
  match layer: LSTM
  set layer.output = float
}
`;

let editor: Editor;
let uri: string;
beforeAll(async () => {
  editor = await startEditor({ initializationOptions: { model } });
  uri = editor.open(rules).textDocument.uri;
  await lenses();
});
afterAll(() => editor.stop());

interface Lens {
  readonly range: { readonly start: { readonly line: number } };
  readonly command: {
    readonly title: string;
    readonly command: string;
    readonly arguments: object;
  };
}

/** Once the model has been read and the rules tried on it. */
async function lenses(): Promise<readonly Lens[]> {
  for (;;) {
    const found: readonly Lens[] = await editor.ask("textDocument/codeLens", {
      textDocument: { uri },
    });
    if (found.length > 0) return found;
    await new Promise((done) => setTimeout(done, 50));
  }
}

const why = (where: unknown): Promise<string> =>
  editor.ask("workspace/executeCommand", {
    command: "qcfg.explainRule",
    arguments: [uri, where],
  });

describe("with a model", () => {
  it("says above each rule how often it fires", async () => {
    const found = await lenses();
    expect(found.map(({ range, command }) => `${range.start.line} ${command.title}`)).toEqual([
      "1 fires nowhere in digits.onnx: why?",
      expect.stringMatching(/^6 fires once in digits\.onnx/),
      "11 fires nowhere in digits.onnx: why?",
    ]);
  });

  it("says why a rule does not fire: the node, the clause and the value", async () => {
    const text = await why("Wide");
    expect(text).toContain("`Wide` fires nowhere in digits.onnx.");
    // The nodes are the model's, and each has the number of channels for which the clause fails.
    expect(text).toMatch(/`stem[^`]*`: .*c % 1000.*(?:8|16|32)/);
    expect(text).toContain("(line 4)");
  });

  it("says so of the rule at a position", async () => {
    expect(await why({ line: 12, character: 4 })).toContain("`Never` fires nowhere");
    expect(await why({ line: 0, character: 0 })).toBe("There is no rule here.");
  });

  it("shows the answer, unless the editor says that it does", async () => {
    const answer = await why("Wide");
    expect(editor.messages).toContain(answer);
    const other = await startEditor({ initializationOptions: { showsAnswers: true } });
    const { textDocument } = other.open(rules);
    const asked = { command: "qcfg.explainRule", arguments: [textDocument.uri, "Wide"] };
    expect(await other.ask("workspace/executeCommand", asked)).toContain("Attach a model first");
    expect(other.messages).toEqual([]);
    await other.stop();
  });

  it("offers the question as a code action, and the answer in the hover of the rule", async () => {
    const place = { textDocument: { uri }, position: { line: 1, character: 10 } };
    const range = { start: place.position, end: place.position };
    const context = { diagnostics: [] };
    const actions = await editor.ask("textDocument/codeAction", { ...place, range, context });
    expect(actions).toMatchObject([
      { title: "Why does this rule not fire here?", command: { arguments: [uri, "Wide"] } },
    ]);
    const hover = await editor.ask("textDocument/hover", place);
    expect(hover.contents.value).toContain("`Wide` fires nowhere in digits.onnx.");
  });

  it("tells what the rules are told when the model is compiled", async () => {
    const text = rules.replace("Wide override optional", "Wide override");
    const other = editor.open(text).textDocument.uri;
    const found = await editor.diagnostics(other, (all) => all.length > 0);
    expect(found.map(({ range }) => range.start.line)).toContain(1);
  });

  it("keeps to a rule what is said of it while others are written", async () => {
    const end = editor.textOf(uri).length;
    editor.edit(uri, 0, 0, "\n\n");
    editor.edit(uri, end + 2, end + 2, "quantize Half {\n");
    const [first] = await lenses();
    expect(first!.range.start.line).toBe(3);
    expect(await why("Half")).toContain("Nothing is known yet");
    expect(await why("Nobody")).toBe("`Nobody` is no rule of this file.");
    editor.edit(uri, end + 2, end + 18, "");
    editor.edit(uri, 0, 2, "");
  });

  it("takes another model by command, and none", async () => {
    const attach = (...given: readonly string[]) =>
      editor.ask("workspace/executeCommand", {
        command: "qcfg.attachModelFile",
        arguments: given,
      });
    expect(await attach("missing.onnx")).toMatch(/missing\.onnx$/);
    const found = await editor.diagnostics(uri, (all) => all.length > 0);
    expect(found[0]!.message).toContain("missing.onnx");
    expect(await attach()).toBeNull();
    await editor.diagnostics(uri, (all) => all.length === 0);
    expect(await why("Wide")).toContain("Attach a model first");
  });

  it("counts anew when the file of the model is another one, told by the editor or not", async () => {
    const file = join(editor.folder, "net.onnx");
    copyFileSync(model, file);
    const attach = { command: "qcfg.attachModelFile", arguments: [file] };
    await editor.ask("workspace/executeCommand", attach);
    const titles = async (count: string) => {
      for (;;) {
        const [, logits] = await lenses();
        if (logits!.command.title.includes(count)) return logits!.command.title;
        await new Promise((done) => setTimeout(done, 50));
      }
    };
    const change = (from: string, to: string) => {
      const bytes = readFileSync(file).toString("latin1").replaceAll(from, to);
      writeFileSync(file, Buffer.from(bytes, "latin1"));
      utimesSync(file, new Date(), new Date(Date.now() + 1000 * bytes.length));
    };
    expect(await titles("once in net.onnx")).toBeDefined();
    change("logits", "laggit");
    expect(await titles("nowhere in net.onnx")).toBeDefined();
    change("laggit", "logits");
    const changes = [{ uri: editor.uriOf("net.onnx"), type: 2 }];
    editor.tell("workspace/didChangeWatchedFiles", { changes });
    expect(await titles("once in net.onnx")).toBeDefined();
    rmSync(file);
    editor.tell("workspace/didChangeWatchedFiles", { changes: [{ ...changes[0], type: 3 }] });
    await editor.diagnostics(uri, (all) =>
      all.some(({ message }) => `${message}`.includes("net.onnx")),
    );
    const params = { textDocument: { uri } };
    expect(await editor.ask("textDocument/codeLens", params)).toEqual([]);
  });
});
