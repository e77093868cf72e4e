import { compilerExplanations } from "../compiler/explanations/explanation-of.ts";
import type { LongForm } from "../compiler/explanations/long-form.ts";
import type { AttributeDef, OpDef, OperandDef } from "../compiler/ir/op.ts";
import type { ObserverName } from "../compiler/ir/quantizer.ts";
import { ops } from "../compiler/ops/index.ts";
import { builtins } from "../compiler/rewrite/builtins.ts";
import { traitSets } from "../compiler/rewrite/op-sets.ts";
import { quantizerArgumentDocs, rangeDocs } from "../compiler/rewrite/quantizer-docs.ts";
import { vocabularyOf } from "../compiler/rewrite/vocabulary.ts";
import { explanations } from "../grammar/explanations.ts";

/**
 * The tables of the manual, read off the definitions: `npm run docs` writes them, and a test compares them with what is
 * there. Nothing in them is written by hand.
 */
export function referencePages(): ReadonlyMap<string, string> {
  return new Map([
    ["ops.md", opsPage()],
    ["quantizers.md", quantizersPage()],
    ["functions.md", functionsPage()],
    ["diagnostics.md", diagnosticsPage()],
  ]);
}

const vocabulary = vocabularyOf(ops);

function opsPage(): string {
  const all = [...ops.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const sets = [...traitSets(ops)].map(([name, members]) => [
    code(name),
    [...members].sort().map(code).join(", "),
  ]);
  return page(
    "Ops",
    "Every op that a rule can name. *Operands* are the names in patterns, a `?` marks those that may be absent, `…` any number of them. *Slots* are what `set` can ask for: weights and biases by name, what the op reads as `input[i]`, and its results, which are also its `activation` and, where there are several, `output[0]`, `output[1]` …; `*` is all of them. Indices, masks and shapes have none. *Integers* says whether the op has an integer form; an op without one stays in float, but for those that only move values, which do that on any type. *Attributes* are written in braces; what stands behind `=` is the default.",
    table(
      ["op", "what it computes", "operands", "slots", "attributes", "integers"],
      all.map((op) => [
        ...[code(op.name), op.doc, operandsOf(op), slotsOf(op)],
        ...[attributesOf(op), integersOf(op)],
      ]),
    ),
    "## Sets of ops",
    "These can be named wherever an op can, in patterns and behind `in`.",
    table(["set", "ops"], sets),
  );
}

function operandsOf({ operands }: OpDef): string {
  return operands.map(operandText).join(", ");
}

/** What can be asked for: constants by name, activations by their number. */
function slotsOf({ operands }: OpDef): string {
  let inputs = 0;
  const slots = operands.flatMap(({ name, role, variadic }) => {
    if (role === "parameter") return [];
    if (role !== "activation") return [name];
    return [variadic ? "input[i]" : `input[${inputs++}]`];
  });
  return [...slots, "output"].map(code).join(", ");
}

function operandText({ name, optional, variadic }: OperandDef): string {
  return code(`${variadic ? "…" : ""}${name}${optional ? "?" : ""}`);
}

function attributesOf({ attributes }: OpDef): string {
  return Object.entries(attributes).map(attributeText).join(", ");
}

function attributeText([name, def]: readonly [string, AttributeDef]): string {
  const value =
    "default" in def ? ` = ${def.default === undefined ? "absent" : printed(def.default)}` : "";
  const words = def.oneOf ? ` (${def.oneOf.map((word) => `"${word}"`).join(" or ")})` : "";
  return `${code(`${name}${value}`)}${words}`;
}

function printed(value: unknown): string {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? "…"
    : JSON.stringify(value);
}

function integersOf({ lowerInteger, traits }: OpDef): string {
  if (lowerInteger) return "yes";
  return traits.includes("movement") ? "moves" : "–";
}

function quantizersPage(): string {
  const rows = vocabulary.quantizers.map(({ name, arguments: list }) => [
    code(name),
    rangeDocs[name as ObserverName],
    list
      .filter(({ isNumber }) => isNumber)
      .map((argument) => code(`${argument.name}${argument.required ? "" : "?"}`))
      .join(", "),
  ]);
  const words = vocabulary.quantizers[0]!.arguments.map(
    ({ name, words: allowed = [], functions = [] }) => [
      code(name),
      [...shortened(allowed), ...functions.map((f) => `${f}(n)`)].map(code).join(", "),
      quantizerArgumentDocs[name]!,
    ],
  );
  return page(
    "Quantizers",
    "A quantizer says how a range is chosen from what was seen, and what integers it becomes: `Percentile(99.9, int8, per: tensor, affine)`. The words may come in any order; a bare number is the next number that the quantizer takes.",
    table(["quantizer", "the range", "numbers"], rows),
    "All of them take these words.",
    table(["", "words", "meaning"], words),
    "`none` asks for nothing, `float` asks that the site stays in float.",
  );
}

/** `int2`, `int3`, … as `int2` … `int16`. */
function shortened(words: readonly string[]): readonly string[] {
  return words.length > 10 ? ["int2", "…", "int16", "uint2", "…", "uint16"] : words;
}

function functionsPage(): string {
  const rows = Object.entries(builtins)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, { parameters, result, doc }]) => [
      code(`${name}(${parameters.map((p) => `${p.name}: ${p.kind}`).join(", ")})`),
      result,
      doc,
    ]);
  const members = (words: typeof vocabulary.nodeMembers) =>
    words.map(({ name, kind }) => `${code(name)} (${kind})`).join(", ");
  return page(
    "Functions",
    "What `require`, `let` and replacements may call. All are evaluated at compile time. A tensor is a constant, a number, or a list of numbers.",
    table(["function", "gives", "what"], rows),
    "## Members",
    `A node has ${members(vocabulary.nodeMembers)}, its attributes and its operands. A value has ${members(vocabulary.valueMembers)}.`,
  );
}

function diagnosticsPage(): string {
  const all: readonly (readonly [string, LongForm])[] = [
    ...Object.entries(explanations),
    ...Object.entries(compilerExplanations),
  ];
  const sorted = all.toSorted(([a], [b]) => (a < b ? -1 : 1));
  return page(
    "Diagnostics",
    "The long forms, as `qcfg explain QC1204` prints them: QC1… are of the language, QC20… of model files, QC21… of what rules do to a model, QC22… of calibration, QC23… of programs, QC24… of exported models, QC25… of the command line and its files, QC26… of what is required of a result and of TypeScript.",
    table(
      ["code", "what it tells"],
      sorted.map(([name, { title }]) => [`[${name}](#${anchorOf(name, title)})`, title]),
    ),
    ...sorted.flatMap(longForm),
  );
}

/** As Markdown makes it of a heading. */
function anchorOf(name: string, title: string): string {
  const heading = `${name}: ${title}`.toLowerCase();
  return heading.replaceAll(/[^\p{L}\p{N} _-]/gu, "").replaceAll(" ", "-");
}

function longForm([name, form]: readonly [string, LongForm]): readonly string[] {
  const { title, why, wrong, right, command } = form;
  return [
    `## ${name}: ${title}`,
    why,
    ...(wrong === undefined ? [] : ["Wrong:", fenced(wrong)]),
    ...(right === undefined ? [] : ["Right:", fenced(right)]),
    ...(command === undefined ? [] : ["For example:", fenced(command, "sh")]),
  ];
}

function page(title: string, ...parts: readonly string[]): string {
  const note = "<!-- Generated from the definitions: change those, then run `npm run docs`. -->";
  return `${[note, `# ${title}`, ...parts].join("\n\n")}\n`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(head), `|${head.map(() => "---|").join("")}`, ...rows.map(line)].join("\n");
}

function code(text: string): string {
  return `\`${text}\``;
}

/** Long lines of one character each are what some faults are about: they are cut. */
function fenced(text: string, language = "text"): string {
  const lines = text.trimEnd().split("\n");
  const cut = lines.map((line) => (line.length > 120 ? `${line.slice(0, 100)} …` : line));
  return [`\`\`\`${language}`, ...cut, "```"].join("\n");
}
