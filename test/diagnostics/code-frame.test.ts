import { describe, expect, it } from "vitest";
import { type Diagnostic, renderDiagnostic, SourceFile } from "../../grammar/index.ts";

const own = new SourceFile("rules/own.qcfg", "quantize A {\n\tset a.kernel = w8\n}\n\nset b = c\n");
const library = new SourceFile("std/default8bit.qcfg", `${"\n".repeat(99)}  set a.kernel = w4\n`);

const conflict: Diagnostic = {
  code: "QC9999",
  severity: "error",
  message: "two rules ask for different things",
  labels: [
    { place: own.span(14, 31), text: "this asks for `w8`" },
    { place: library.span(101, 118), text: "this for `w4`" },
    { place: own.span(0, 8), text: "in this rule" },
    { place: { model: "net.tflite", path: "conv_3" }, text: "the node" },
  ],
  help: "say `override` in one of them",
};

function render(changes: Partial<Diagnostic>): string {
  return `\n${renderDiagnostic({ ...conflict, ...changes })}\n`;
}

describe("a code frame", () => {
  it("shows several files, each with its lines in order, and places in a model", () => {
    expect(render({})).toMatchInlineSnapshot(`
      "
      error[QC9999]: two rules ask for different things
          ┌─ rules/own.qcfg:2:2
          │
        1 │ quantize A {
          │ -------- in this rule
        2 │ 	set a.kernel = w8
          │ 	^^^^^^^^^^^^^^^^^ this asks for \`w8\`
          │
          ┌─ std/default8bit.qcfg:100:3
          │
      100 │   set a.kernel = w4
          │   ----------------- this for \`w4\`
          │
         --> net.tflite › conv_3: the node
          = help: say \`override\` in one of them
      "
    `);
  });

  it("marks several labels of one line, and gaps between lines", () => {
    const labels = [
      { place: own.span(37, 38), text: "later" },
      { place: own.span(14, 17), text: "the word" },
      { place: own.span(18, 19), text: "the capture" },
    ];
    expect(render({ labels })).toMatchInlineSnapshot(`
      "
      error[QC9999]: two rules ask for different things
        ┌─ rules/own.qcfg:5:3
        │
      2 │ 	set a.kernel = w8
        │ 	--- the word
        │ 	    - the capture
        ·
      5 │ set b = c
        │   ^ later
        │
        = help: say \`override\` in one of them
      "
    `);
  });

  it("marks the first line of a text of several lines, and a place past the end", () => {
    const labels = [
      { place: own.span(0, 33), text: "the rule" },
      { place: own.span(own.text.length, own.text.length + 1), text: "the end" },
    ];
    expect(render({ labels })).toMatchInlineSnapshot(`
      "
      error[QC9999]: two rules ask for different things
        ┌─ rules/own.qcfg:1:1
        │
      1 │ quantize A {
        │ ^^^^^^^^^^^^ the rule
        ·
      6 │
        │ - the end
        │
        = help: say \`override\` in one of them
      "
    `);
  });

  it("can be about a model alone, or about nothing in particular", () => {
    const labels = [{ place: { model: "net.onnx", path: "" }, text: "" }];
    expect(render({ labels })).toMatchInlineSnapshot(`
      "
      error[QC9999]: two rules ask for different things
       --> net.onnx
        = help: say \`override\` in one of them
      "
    `);
    const { help: _, ...rest } = conflict;
    expect(renderDiagnostic({ ...rest, labels: [] })).toBe(
      "error[QC9999]: two rules ask for different things",
    );
  });

  it("takes its colours from the painter", () => {
    const roles = new Set<string>();
    const painted = renderDiagnostic(conflict, (role, text) => {
      roles.add(role);
      return text;
    });
    expect(painted).toBe(renderDiagnostic(conflict));
    expect([...roles].sort()).toEqual(["error", "frame", "help", "mark", "title"]);
  });

  it("shows as much of a long line as is around each label", () => {
    const long = new SourceFile("long.qcfg", `${"a".repeat(300)}BAD${"b".repeat(300)}WORSE\n`);
    const labels = [
      { place: long.span(300, 303), text: "here" },
      { place: long.span(603, 608), text: "and here" },
    ];
    const lines = render({ labels }).split("\n");
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(220);
    for (const [word, mark] of [
      ["BAD", "^^^ here"],
      ["WORSE", "----- and here"],
    ] as const) {
      const i = lines.findIndex((line) => line.includes(mark));
      expect(lines[i - 1]!.indexOf(word)).toBe(lines[i]!.indexOf(mark));
    }
  });

  it("marks what is behind wide characters", () => {
    const wide = new SourceFile("wide.qcfg", 'x == "日本😀e\u0301" y\n');
    const lines = render({ labels: [{ place: wide.span(14, 15), text: "here" }] }).split("\n");
    expect(lines.find((line) => line.includes("^"))).toBe(`  │ ${" ".repeat(15)}^ here`);
  });
});
