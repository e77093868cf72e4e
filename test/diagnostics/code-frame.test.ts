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
});
