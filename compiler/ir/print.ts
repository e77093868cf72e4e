import { type Attributes, type AttributeValue, type Graph, isTensor, type Node } from "./graph.ts";
import type { OpTable } from "./op.ts";
import { printType, type Tensor, type TypedArray } from "./types.ts";

/**
 * The text form of graphs (`.qir`): one node per line, operands by name, attributes that equal their default left out.
 *
 *     graph "digits" {
 *       input %image
 *       %image: f32[1, 28, 28, 1] = Input
 *       %bias: f32[2] = Constant [0.5, -1]
 *       %conv: f32[1, 26, 26, 2] = Conv2D(%image, %kernel, %bias) // from conv1
 *       output "digit" = %conv
 *     }
 *
 * An absent operand is `_`, the second result of a node `%split#1`, a name of other characters `%"a;b"`. `parse.ts`
 * reads it back.
 */

/** `whole`: all elements, so that the text is the graph; `short`: what a reader wants to see. */
export type ConstantStyle = "whole" | "short";

/** Constants of more elements are shortened, or written as base64. */
const mostListed = 16;
const listedOfShortened = 4;

/** The text form of a graph, which `parseGraph` reads back; provenance stands in comments, which it drops. */
export function printGraph(graph: Graph, ops: OpTable, style: ConstantStyle = "whole"): string {
  const nameOf = (id: number) => graph.nodes.get(id)!.name;
  const lines = graph.inputs.map(({ name, value, wire }) => {
    const node = nameOf(value.node);
    const port = node === name ? printName(node) : `${JSON.stringify(name)} = ${printName(node)}`;
    return `  input ${port}${printWire(wire)}`;
  });
  for (const node of graph.nodes.values()) lines.push(`  ${printNode(node, graph, ops, style)}`);
  for (const { name, value, wire } of graph.outputs)
    lines.push(`  output ${JSON.stringify(name)} = ${printValue(graph, value)}${printWire(wire)}`);
  return `graph ${JSON.stringify(graph.name)} {\n${lines.join("\n")}\n}\n`;
}

/** One line of the text form, without indent. */
export function printNode(node: Node, graph: Graph, ops: OpTable, style: ConstantStyle): string {
  const { op, name, operands, attributes, types, provenance } = node;
  const head = `${printName(name)}: ${types.map(printType).join(", ")} = ${op}`;
  if (op === "Constant")
    return `${head} ${printElements(attributes.value as Tensor, style)}${printOrigin(node)}`;
  const given = operands.map((value) => (value ? printValue(graph, value) : "_"));
  const call = operands.length === 0 ? "" : `(${given.join(", ")})`;
  const stated = printAttributes(attributes, op, ops, style);
  return `${head}${call}${stated}${provenance.sources.length > 0 ? printOrigin(node) : ""}`;
}

function printValue(graph: Graph, value: { readonly node: number; readonly output: number }) {
  const name = printName(graph.nodes.get(value.node)!.name);
  return value.output === 0 ? name : `${name}#${value.output}`;
}

function printName(name: string): string {
  return /^[\w./-]+$/.test(name) && !name.includes("//") ? `%${name}` : `%${JSON.stringify(name)}`;
}

function printWire(wire: string | undefined): string {
  return wire === undefined ? "" : ` as ${wire}`;
}

/** Where a node comes from, unless its name says so already. */
function printOrigin({ name, provenance: { sources, rules } }: Node): string {
  const from = sources.some((source) => source !== name) ? ` from ${sources.join(", ")}` : "";
  const by = rules.length > 0 ? ` by ${rules.join(", ")}` : "";
  return from + by === "" ? "" : ` //${`${from}${by}`.replaceAll(/[\r\n]/g, " ")}`;
}

function printAttributes(
  attributes: Attributes,
  op: string,
  ops: OpTable,
  style: ConstantStyle,
): string {
  const defs = ops.get(op)?.attributes ?? {};
  const stated = Object.entries(attributes)
    .filter(([name, value]) => JSON.stringify(value) !== JSON.stringify(defs[name]?.default))
    .map(([name, value]) => `${name}: ${printAttribute(value, style)}`);
  return stated.length === 0 ? "" : ` { ${stated.join(", ")} }`;
}

function printAttribute(value: AttributeValue, style: ConstantStyle): string {
  if (typeof value === "number") return printNumber(value);
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "boolean") return `${value}`;
  if (isTensor(value)) return `${printType(value)} ${printElements(value, style)}`;
  const items = (value as readonly (number | string)[]).map((x) => printAttribute(x, style));
  return `[${items.join(", ")}]`;
}

function printElements({ data, dtype }: Tensor, style: ConstantStyle): string {
  const shown = data.length > mostListed && style === "short" ? listedOfShortened : data.length;
  if (shown > mostListed) return `base64 "${toBase64(data)}"`;
  const print = dtype === "float32" ? printFloat : printNumber;
  const elements = Array.from(data.subarray(0, shown), print);
  return `[${[...elements, ...(shown < data.length ? ["…"] : [])].join(", ")}]`;
}

/** The shortest decimal number that is `x` once rounded to float32. */
function printFloat(x: number): string {
  if (x === 0) return printNumber(x);
  for (let digits = 6; digits < 9; digits++) {
    const short = Number(x.toPrecision(digits));
    if (Object.is(Math.fround(short), x)) return printNumber(short);
  }
  return printNumber(Number(x.toPrecision(9)));
}

function printNumber(x: number): string {
  if (Number.isNaN(x)) return "nan";
  if (!Number.isFinite(x)) return x < 0 ? "-inf" : "inf";
  return Object.is(x, -0) ? "-0" : `${x}`;
}

/** The bytes of the elements, little-endian. */
function toBase64({ buffer, byteOffset, byteLength }: TypedArray): string {
  const bytes = new Uint8Array(buffer, byteOffset, byteLength);
  const chunk = 2 ** 13;
  let text = "";
  for (let i = 0; i < bytes.length; i += chunk)
    text += String.fromCharCode(...bytes.subarray(i, i + chunk));
  return btoa(text);
}
