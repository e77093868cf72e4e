import { isReserved } from "../../grammar/tokens.ts";
import { type Graph, isTensor, type Node, type NodeId, type Value } from "../ir/graph.ts";
import type { OpDef, OpTable } from "../ir/op.ts";
import { type DType, dtypeNotation, type Tensor, type TensorType } from "../ir/types.ts";

/** Constants of more elements than this are not written inside of what reads them. */
const mostInline = 12;

/**
 * A graph as the chains of a rule file, `x :: f32[1, 4] -> ReLU -> y`, one text each: what `buildLiteral` reads back. Nodes that are read once are
 * written in the chain of their reader, without their names.
 */
export function printLiteral(graph: Graph, ops: OpTable): readonly string[] {
  return new Printer(graph, ops).chains();
}

/** Writes chains. A class for what is open: names that are taken, nodes that are written inside of others. */
class Printer {
  readonly #graph: Graph;
  readonly #ops: OpTable;
  readonly #readers = new Map<NodeId, number>();
  /** Nodes that are the first operand of another one, or an output: they can lead a chain. */
  readonly #leading = new Set<NodeId>();
  readonly #names = new Map<NodeId, string>();
  readonly #taken = new Set<string>();

  constructor(graph: Graph, ops: OpTable) {
    this.#graph = graph;
    this.#ops = ops;
    for (const { operands } of graph.nodes.values())
      for (const [i, operand] of operands.entries()) if (operand) this.#count(operand, i === 0);
    for (const { name, value } of graph.outputs) {
      this.#count(value, true);
      this.#taken.add(name);
    }
    for (const { name, value } of graph.inputs) {
      this.#names.set(value.node, name);
      this.#taken.add(name);
    }
  }

  chains(): readonly string[] {
    const chains: string[] = [];
    const { nodes, inputs, outputs } = this.#graph;
    for (const { value } of inputs) {
      const text = this.#input(value.node);
      if (!this.#isInline(value.node)) chains.push(text);
    }
    for (const node of nodes.values()) {
      if (node.op === "Input" || this.#isInline(node.id)) continue;
      if (node.op === "Constant") chains.push(this.#constant(node));
      else chains.push(this.#chain(node, this.#nameOf(node)));
    }
    for (const { name, value } of outputs) {
      const before = this.#isInline(value.node)
        ? this.#text(this.#graph.nodes.get(value.node)!)
        : this.#reference(value);
      chains.push(`${before} -> ${printName(name)}`);
    }
    return chains;
  }

  #count({ node }: Value, isLeading: boolean): void {
    if (isLeading) this.#leading.add(node);
    this.#readers.set(node, (this.#readers.get(node) ?? 0) + 1);
  }

  /** Whether a node is written where it is read: its one result is read once. */
  #isInline(id: NodeId): boolean {
    const node = this.#graph.nodes.get(id)!;
    if (this.#readers.get(id) !== 1 || node.types.length > 1) return false;
    // Several inputs are written in their order.
    if (node.op === "Input") return this.#leading.has(id) && this.#graph.inputs.length === 1;
    if (node.op !== "Constant") return this.#leading.has(id);
    const { dtype, data, shape, quant } = node.attributes.value as Tensor;
    const isPlain = dtype === "float32" && quant === undefined && !shape.includes(0);
    return isPlain && data.length <= mostInline;
  }

  #nameOf({ id, name, op }: Node): string {
    const known = this.#names.get(id);
    if (known !== undefined) return known;
    const wanted = name === op ? `${op.charAt(0).toLowerCase()}${op.slice(1)}` : name;
    let free = wanted;
    for (let i = 2; this.#taken.has(free); i++) free = `${wanted}_${i}`;
    this.#taken.add(free);
    this.#names.set(id, free);
    return free;
  }

  #reference(value: Value): string {
    const node = this.#graph.nodes.get(value.node)!;
    const name = printName(this.#nameOf(node));
    return value.output === 0 ? name : `${name}[${value.output}]`;
  }

  #input(id: NodeId): string {
    const node = this.#graph.nodes.get(id)!;
    return `${printName(this.#names.get(id)!)} ${printTyped(node.types[0]!)}`;
  }

  #constant(node: Node): string {
    const value = node.attributes.value as Tensor;
    const list = Array.from(value.data, printNumber);
    const isUniform = list.length > 1 && list.every((x) => x === list[0]);
    const elements = isUniform ? list[0]! : `[${list.join(", ")}]`;
    return `${printName(this.#nameOf(node))} ${printTyped(value)} = ${elements}`;
  }

  /** What a value is written as where it is read. */
  #text(node: Node): string {
    if (node.op === "Input") return this.#input(node.id);
    if (node.op === "Constant") return nested(node.attributes.value as Tensor);
    return this.#chain(node);
  }

  #operand(value: Value): string {
    return this.#isInline(value.node)
      ? this.#text(this.#graph.nodes.get(value.node)!)
      : this.#reference(value);
  }

  /** The chain that ends in a node: from the first operand, as far as that is written inside. In a loop: a chain may be long. */
  #chain(last: Node, label?: string): string {
    const steps: string[] = [];
    let node = last;
    let name = label;
    for (;;) {
      const first = node.operands[0];
      const source = first && this.#graph.nodes.get(first.node)!;
      const isLed = source !== undefined && source.op !== "Constant";
      steps.push(this.#node(node, isLed, name));
      if (!isLed) break;
      if (!this.#isInline(source.id) || source.op === "Input") {
        steps.push(this.#operand(first!));
        break;
      }
      node = source;
      name = undefined;
    }
    return steps.reverse().join(" -> ");
  }

  #node(node: Node, isLed: boolean, label: string | undefined): string {
    const op = this.#ops.get(node.op)!;
    const positional: string[] = [];
    const fields: string[] = [];
    let isComplete = true;
    for (const [i, operand] of node.operands.entries()) {
      if (i === 0 && isLed) continue;
      const slot = slotOf(op, i);
      if (operand === undefined) isComplete = false;
      else if (this.#isWeight(op, i, operand)) {
        fields.push(`${slot}: ${this.#operand(operand)}`);
        isComplete = false;
      } else if (isComplete) positional.push(this.#operand(operand));
      else positional.push(`${slot} = ${this.#operand(operand)}`);
    }
    fields.push(...attributesOf(node, op));
    const call = positional.length === 0 ? "" : `(${positional.join(", ")})`;
    const braces = fields.length === 0 ? "" : ` { ${fields.join(", ")} }`;
    return `${label === undefined ? "" : `${printName(label)}: `}${node.op}${call}${braces}`;
  }

  /** Whether an operand is written in the braces: a constant of a slot that is for one. */
  #isWeight(op: OpDef, i: number, { node }: Value): boolean {
    const def = op.operands[i];
    return (
      def !== undefined &&
      !def.variadic &&
      def.role !== "activation" &&
      this.#graph.nodes.get(node)!.op === "Constant"
    );
  }
}

function slotOf({ operands }: OpDef, i: number): string {
  return (operands[i] ?? operands.at(-1)!).name;
}

function attributesOf({ attributes }: Node, op: OpDef): readonly string[] {
  return Object.entries(attributes).flatMap(([name, value]) => {
    const def = op.attributes[name];
    if (JSON.stringify(value) === JSON.stringify(def?.default) || isTensor(value)) return [];
    if (def?.kind === "dtype" || name === "dtype")
      return [`${name}: ${dtypeNotation[value as DType]}`];
    if (typeof value === "number") return [`${name}: ${printNumber(value)}`];
    if (typeof value !== "object") return [`${name}: ${JSON.stringify(value)}`];
    const items = value.map((x) => (typeof x === "number" ? printNumber(x) : JSON.stringify(x)));
    return [`${name}: [${items.join(", ")}]`];
  });
}

function printTyped({ dtype, shape, quant }: TensorType): string {
  const plain = `:: ${dtypeNotation[dtype as DType]}[${shape.join(", ")}]`;
  if (quant === undefined) return plain;
  const list = (values: readonly number[]) =>
    values.length === 1 ? printNumber(values[0]!) : `[${values.map(printNumber).join(", ")}]`;
  const fields = [`scale: ${list(quant.scale)}`, `zeroPoint: ${list(quant.zeroPoint)}`];
  if (quant.axis !== undefined) fields.push(`axis: ${quant.axis}`);
  if (quant.group !== undefined) fields.push(`group: ${quant.group}`);
  return `${plain} { ${fields.join(", ")} }`;
}

/** `[[1, 2], [3, 4]]`; a scalar is a number. */
function nested({ data, shape }: Tensor): string {
  let level = Array.from(data, printNumber);
  for (const size of shape.toReversed()) {
    const lists: string[] = [];
    for (let i = 0; i < level.length; i += size)
      lists.push(`[${level.slice(i, i + size).join(", ")}]`);
    level = lists;
  }
  return level[0]!;
}

/** The shortest decimal number that is `x` once rounded to float32, where `x` is a float32; any other number as it is. */
function printNumber(x: number): string {
  if (Number.isNaN(x)) return "nan";
  if (!Number.isFinite(x)) return x < 0 ? "-inf" : "inf";
  if (Object.is(x, -0)) return "-0";
  for (let digits = 6; digits < 9; digits++) {
    const short = Number(x.toPrecision(digits));
    if (Object.is(Math.fround(short), x)) return `${short}`;
  }
  return `${x}`;
}

function printName(name: string): string {
  const isPlain = /^([a-z][A-Za-z0-9_]*|_[A-Za-z0-9_]+)$/.test(name) && !isReserved(name);
  return isPlain && !["inf", "nan"].includes(name) ? name : JSON.stringify(name);
}
