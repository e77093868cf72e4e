import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Editor, startEditor } from "./editor.ts";

let editor: Editor;
beforeAll(async () => {
  editor = await startEditor();
});
afterAll(() => editor.stop());

/** Labels of what may stand at the cursor. */
async function complete(marked: string): Promise<readonly string[]> {
  const items = await editor.ask("textDocument/completion", editor.open(marked));
  return items.map(({ label }: { readonly label: string }) => label);
}

const imported = `import "std/default8bit"\nquantizer mine = LastValue(int8)\nops Mine = Dense | Conv2D\n`;
const rule = (clauses: string) => `${imported}quantize Own {\n  ${clauses}\n}\n`;
const rewriting = (clauses: string) => `${imported}rewrite Own {\n  ${clauses}\n}\n`;

type Case = readonly [string, string, readonly string[], (readonly string[])?];

/** What is suggested, where, and what is not. */
const cases: readonly Case[] = [
  ["items at the beginning of a file", "‸", ["import", "quantize", "rewrite", "phase"], ["match"]],
  ["items behind a rule", `${rule("match x: Dense\n  set x.kernel = w8")}\n‸`, ["ops", "expect"]],
  ["items on a new line behind an op set", "ops A = Dense\n‸", ["quantize"], ["Conv2D"]],
  ["clauses of a quantize rule", rule("‸"), ["match", "set", "tie"], ["replace", "import"]],
  ["clauses of a rewrite rule", rewriting("match x -> r: ReLU\n  ‸"), ["replace"], ["set"]],
  ["a clause that is half written", rule("match x: Dense\n  se‸"), ["set", "require"]],
  ["ops after a capture", rule("match x: ‸"), ["Conv2D", "Mine", "Elementwise", "any"], ["w8"]],
  ["ops after a bar", rule("match x: Dense | ‸"), ["Conv2D", "Mine"]],
  ["ops and values after an arrow", rule("match x -> ‸"), ["Conv2D", "x", "one of"]],
  ["ops in the middle of a word", rule("match x: Con‸"), ["Conv2D"]],
  ["members of an op set", "ops A = Dense | ‸", ["Conv2D", "Movement"], ["any of"]],
  ["slots of a node", rule("match x: Conv2D\n  set x.‸"), ["kernel", "bias", "output", "*"]],
  ["no slot of another op", rule("match x: ReLU\n  set x.‸"), ["output"], ["kernel"]],
  ["slots in braces", rule("match x: Dense\n  set x.{kernel, ‸}"), ["output", "bias"]],
  ["slots of the one-line form", "quantize A on d: Dense set ‸", ["kernel", "output"]],
  ["captures of a request", rule("match conv: Conv2D -> act: ReLU\n  set ‸"), ["conv", "act"]],
  ["captures of a group", rule("match conv: Conv2D -> act: ReLU\n  fuse conv, ‸"), ["act"]],
  [
    "attributes",
    rule("match x: Conv2D { ‸ }"),
    ["padding", "strides", "filters", "kernelSize"],
    ["kernel"],
  ],
  [
    "attributes that are not given",
    rule("match x: Conv2D { groups: 1, ‸ }"),
    ["strides"],
    ["groups"],
  ],
  ["words of an attribute", rule("match x: Conv2D { activation: ‸ }"), ['"linear"', '"relu"']],
  ["words in quotes", rule('match x: Conv2D { activation: "‸" }'), ['"linear"']],
  ["operands by name", rule("match c: Conv2D(x, ‸)"), ["bias", "kernel", "x"]],
  ["element types", rule("match x: Dense :: ‸"), ["f32", "i8"], ["Dense"]],
  ["quantizers of a request", rule("match x: Dense\n  set x.kernel = ‸"), ["mine", "w8", "float"]],
  ["quantizers of a definition", "quantizer q = ‸", ["LastValue", "MovingAverage"]],
  ["arguments of a quantizer", "quantizer q = LastValue(‸)", ["int8", "per", "symmetric"]],
  [
    "arguments that are not given",
    "quantizer q = LastValue(int8, ‸)",
    ["per", "narrow"],
    ["int4", "int8"],
  ],
  ["numbers of a quantizer", "quantizer q = Fixed(int8, ‸)", ["min", "max"]],
  [
    "values of an argument",
    "quantizer q = LastValue(int8, per: ‸)",
    ["channel", "tensor", "group"],
  ],
  ["functions in a condition", rule("match x: Dense\n  require ‸"), ["sole", "isConst", "x"]],
  ["members in a condition", rule("match x: Dense\n  require x.‸"), ["name", "rank", "kernel"]],
  ["members of a value", rewriting("match v -> r: ReLU\n  require v.‸"), ["shape"], ["path"]],
  ["rules that are expected", `${rule("match x: Dense\n  set x.kernel = w8")}expect ‸`, ["Own"]],
  ["imported rules too", `${imported}expect ‸`, ["LinearTo8Bits"]],
  ["rules that come later", rewriting("match x -> r: ReLU\n  before ‸"), ["FoldBatchNorm"]],
  ["what is replaced", rewriting("match x -> r: ReLU\n  replace ‸"), ["r"], ["x"]],
  ["what it becomes", rewriting("match x -> r: ReLU\n  replace r with ‸"), ["x", "Conv2D", "same"]],
  [
    "fields of a new node",
    rewriting("match x -> c: Conv2D\n  replace c with x -> Conv2D { ‸ }"),
    ["...c", "kernel", "strides"],
  ],
  ["contracts", rewriting("match x -> r: ReLU\n  preserve ‸"), ["bits", "within"]],
  ["libraries", 'import "‸"', ['"std/default8bit"', '"std/fold"']],
  ["libraries in an open string", 'import "std/‸\n', ['"std/tflite"']],
  ["drivers of a phase", "phase clean {\n  driver ‸\n}", ["fixpoint", "walk"]],
  ["what a rule can say of itself", "quantize Name ‸", ["override", "on"], ["once"]],
  ["requirements of the model", "require ‸", ["integer_only", "coverage"]],
  ["clauses of a test", 'test "a" {\n  ‸\n}', ["graph", "expect"]],
  [
    "rules in a test",
    `${rule("match x: Dense\n  set x.kernel = w8")}test "a" {\n  graph { x :: f32[1] -> ReLU -> y }\n  expect ‸\n}`,
    ["Own", "graph"],
  ],
  ["ops in the graph of a test", 'test "a" {\n  graph { x :: f32[1] -> ‸ }\n}', ["ReLU"]],
  ["attributes in the graph of a test", 'test "a" {\n  graph { x -> Conv2D { ‸ } }\n}', ["groups"]],
  [
    "values of the graph of a test, as operands",
    'test "a" {\n  graph { x :: f32[1, n], k :: f32[4] = exact(7), x -> d: Dense(k) { bias: [1] } -> out, Add(‸) }\n}',
    ["x", "k", "d", "out", "ReLU"],
    ["bias", "n", "exact", "f32"],
  ],
  [
    "values of the graph of a test, behind an arrow and at the beginning of a chain",
    'test "a" {\n  graph { x :: f32[1] -> r: ReLU, ‸ }\n}',
    ["x", "r"],
  ],
  [
    "no value that comes later",
    'test "a" {\n  graph { x :: f32[1], Add(‸, x) -> later }\n}',
    ["x"],
    ["later"],
  ],
  [
    "values of the graph that is expected, and not of the one that is given",
    'test "a" {\n  graph { x :: f32[1] -> r: ReLU }\n  expect graph { y :: f32[1], ‸ }\n}',
    ["y"],
    ["x", "r"],
  ],
  [
    "nodes of which something is expected",
    'test "a" {\n  graph { x :: f32[1] -> d: Dense { units: 2 } }\n  expect ‸\n}',
    ["d"],
    ["units"],
  ],
  [
    "slots of which something is expected",
    'test "a" {\n  graph { x :: f32[1] -> d: Dense { units: 2 } }\n  expect d.‸\n}',
    ["kernel", "output"],
  ],
  ["items behind a test", 'test "a" {\n  graph { x -> ReLU -> y }\n}\n‸', ["quantize"]],
  ["nothing in a comment", "// match ‸", []],
  [
    "behind characters of two units",
    `${rule('match x: Dense\n  require x.name ~ "🙂" && x.‸')}`,
    ["rank"],
  ],
  ["in a file with CRLF", "quantize A {\r\n  match x: Dense\r\n  set x.‸\r\n}\r\n", ["kernel"]],
];

const named = cases.map(([name, marked, has, hasNot = []]) => ({ name, marked, has, hasNot }));

it.each(named)("suggests $name", async ({ marked, has, hasNot }) => {
  const labels = await complete(marked);
  if (has.length === 0) expect(labels).toEqual([]);
  expect(labels).toEqual(expect.arrayContaining([...has]));
  expect(hasNot.filter((label) => labels.includes(label))).toEqual([]);
});

it("suggests files beside the importing one, and folders to go into", async () => {
  mkdirSync(join(editor.folder, "parts"));
  writeFileSync(join(editor.folder, "parts/layers.qcfg"), "");
  writeFileSync(join(editor.folder, "fits.ts"), "export const fits = () => true;\n");
  expect(await complete('import "./‸"')).toEqual(
    expect.arrayContaining(['"./fits.ts"', '"./parts/']),
  );
  expect(await complete('import "./parts/‸"')).toEqual(
    expect.arrayContaining(['"./parts/layers.qcfg"']),
  );
});

it("suggests what TypeScript exports", async () => {
  writeFileSync(join(editor.folder, "two.ts"), "export function one() {}\nexport class Two {}\n");
  expect(await complete('import { ‸ } from "./two.ts"')).toEqual(["one", "Two"]);
  const imports = 'import { Two } from "./two.ts"\n';
  expect(await complete(`${imports}quantize A on x: Dense using ‸`)).toEqual(["Two"]);
  expect(await complete(`${imports}require ‸`)).toEqual(["integer_only", "coverage"]);
});

it("puts a suggestion in the place of the word that is there", async () => {
  const place = editor.open(rule("match x: Conv‸"));
  const items = await editor.ask("textDocument/completion", place);
  const conv = items.find(({ label }: { readonly label: string }) => label === "Conv2D");
  expect(conv.textEdit.range.start.character).toBe("  match x: ".length);
  expect(conv.textEdit.range.end).toEqual(place.position);
  expect(conv.documentation.value).toContain("2-D convolution");
});
