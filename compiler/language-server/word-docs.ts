import type { AttributeDef, OpDef, OperandDef } from "../ir/op.ts";
import type { ObserverName } from "../ir/quantizer.ts";
import { ops } from "../ops/index.ts";
import { builtins } from "../rewrite/builtins.ts";
import { quantizerArgumentDocs, rangeDocs } from "../rewrite/quantizer-docs.ts";
import type { Analysis } from "./analysis.ts";
import { keywordDocs } from "./keyword-docs.ts";

/** Documentation of the compiler's own words, in Markdown. */

/** An op with its formula, operands and attributes. */
export function opDoc(name: string): string | undefined {
  const op = ops.get(name);
  return op && sections(code(signatureOfOp(op)), op.doc, operandList(op), attributeList(op));
}

function signatureOfOp({ name, operands }: OpDef): string {
  return `${name}(${operands.map(operandText).join(", ")})`;
}

function operandText({ name, optional, variadic }: OperandDef): string {
  return `${variadic ? "..." : ""}${name}${optional ? "?" : ""}`;
}

const roles: Readonly<Record<OperandDef["role"], string>> = {
  activation: "a value of the network",
  weight: "a constant with a scale for each output channel",
  bias: "its scale is derived from those of input and kernel",
  parameter: "never quantized",
};

function operandList({ operands }: OpDef): string {
  return operands
    .map((operand) => `- \`${operandText(operand)}\`: ${roles[operand.role]}`)
    .join("\n");
}

function attributeList({ attributes }: OpDef): string {
  const lines = Object.entries(attributes).map(([name, def]) => `- ${attributeText(name, def)}`);
  return lines.length === 0 ? "" : `Attributes:\n${lines.join("\n")}`;
}

function attributeText(name: string, def: AttributeDef): string {
  const { kind, oneOf, doc } = def;
  const type = oneOf ? oneOf.map((word) => JSON.stringify(word)).join(" | ") : kind;
  const value = "default" in def && def.default !== undefined ? ` = ${printed(def.default)}` : "";
  return `\`${name}: ${type}${value}\` ${doc}`;
}

function printed(value: unknown): string {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? "…"
    : JSON.stringify(value);
}

/** An attribute, for each of the ops that may be meant and say something else of it. */
export function attributeDoc(name: string, owners: readonly string[]): string | undefined {
  const texts = owners.flatMap((owner) => {
    const op = ops.get(owner);
    const def = op?.attributes[name] ?? op?.weights?.sizes[name];
    return def ? [attributeText(name, def)] : [];
  });
  return texts.length === 0 ? undefined : [...new Set(texts)].join("\n\n");
}

/** What a slot or member of a node is; attributes are members too. */
export function memberDoc(
  { vocabulary }: Analysis,
  name: string,
  owners: readonly string[],
): string {
  const operand = owners
    .flatMap((owner) => ops.get(owner)?.operands ?? [])
    .find((one) => one.name === name);
  if (operand) return sections(code(name), `An operand: ${roles[operand.role]}.`);
  const attribute = attributeDoc(name, owners);
  if (attribute) return attribute;
  const member = [...vocabulary.nodeMembers, ...vocabulary.valueMembers].find(
    (one) => one.name === name,
  );
  return sections(code(member ? `${name}: ${member.kind}` : name), slotDocs[name] ?? "");
}

const slotDocs: Readonly<Record<string, string>> = {
  input: "What the node reads: `input[0]`, or `input[x]` where it reads `x`.",
  output: "The value that the node gives.",
  activation: "The output of the layer behind its activation: one site with `output`.",
  name: "The name of the node in the model.",
  path: "The name of the node as a path: `encoder/block_1/conv`.",
  op: "The name of the op.",
  depth: "How many nodes are between it and the inputs of the model, on the longest way.",
  shape: "The sizes of all dimensions.",
  rank: "The number of dimensions.",
  dtype: "The type of the elements.",
  value: "The elements of a constant.",
  scale: "The scales of a quantized value.",
  zeroPoint: "The zero points of a quantized value.",
  axis: "The axis of the scales.",
};

/** `sqrt(x: tensor): tensor`. */
export function functionSignature(name: string): string | undefined {
  const known = Object.hasOwn(builtins, name) ? builtins[name] : undefined;
  if (known === undefined) return undefined;
  const parameters = known.parameters.map((parameter) => `${parameter.name}: ${parameter.kind}`);
  return `${name}(${parameters.join(", ")}): ${known.result}`;
}

/** A function of the language with what it computes. */
export function functionDoc(name: string): string | undefined {
  const signature = functionSignature(name);
  return signature && sections(code(signature), builtins[name]!.doc);
}

/** A constructor of quantizers with the range that it chooses. */
export function quantizerDoc({ vocabulary }: Analysis, name: string): string | undefined {
  const word = vocabulary.quantizers.find((one) => one.name === name);
  if (word === undefined) return undefined;
  const names = word.arguments.map((argument) => argument.name).join(", ");
  return sections(code(`${name}(${names})`), `The range: ${rangeDocs[name as ObserverName]}.`);
}

/** An argument of a quantizer. */
export function argumentDoc(
  { vocabulary }: Analysis,
  quantizer: string,
  name: string,
): string | undefined {
  const word = vocabulary.quantizers.find((one) => one.name === quantizer);
  const argument = word?.arguments.find((one) => one.name === name);
  if (argument === undefined) return undefined;
  const { words = [], functions = [], isNumber } = argument;
  const many = words.length > 8 ? [...words.slice(0, 3), "…", words.at(-1)!] : words;
  const values = isNumber ? ["a number"] : [...many, ...functions.map((f) => `${f}(n)`)];
  return sections(code(`${name}: ${values.join(" | ")}`), quantizerArgumentDocs[name] ?? "");
}

/** The argument of which a bare word is a value: `symmetric` is one of `symmetry`. */
export function argumentOfWord({ vocabulary }: Analysis, word: string): string | undefined {
  const all = vocabulary.quantizers.flatMap((quantizer) => quantizer.arguments);
  return all.find(({ words }) => words?.includes(word))?.name;
}

/** An element type: its values. */
export function dtypeDoc(name: string): string {
  const [, unsigned, bits] = /^(u?)i(?:nt)?(\d+)$/.exec(name) ?? [];
  if (bits === undefined) return sections(code(name), "An element type.");
  const most = 2 ** (Number(bits) - (unsigned ? 0 : 1)) - 1;
  const least = unsigned ? 0 : -most - 1;
  return sections(code(name), `Integers from ${least} to ${most}.`);
}

/** A reserved word with its form. */
export function keywordDoc(word: string): string | undefined {
  const known = Object.hasOwn(keywordDocs, word) ? keywordDocs[word] : undefined;
  return known && sections(code(known.form), known.doc);
}

/** A piece of a rule file. */
export function code(text: string): string {
  return `\`\`\`qcfg\n${text}\n\`\`\``;
}

/** Paragraphs; those without text are left out. */
export function sections(...parts: readonly string[]): string {
  return parts.filter((part) => part !== "").join("\n\n");
}
