import type {
  Expression,
  Field,
  GraphChain,
  GraphLiteral,
  GraphNode,
  GraphStep,
  GraphValue,
  TensorTypePattern,
} from "../../grammar/ast.ts";
import { type Checked, Rejected } from "../../grammar/source/diagnostic.ts";
import type { Span } from "../../grammar/source/source-file.ts";
import { GraphEditor } from "../ir/edit.ts";
import type { Attributes, AttributeValue, Graph, NodeId, Value } from "../ir/graph.ts";
import { InferenceError, type OpDef, type OpTable, type WeightDef } from "../ir/op.ts";
import { dtypeNotation, printType, sizeOf, type TensorType, tensor } from "../ir/types.ts";
import {
  constantOfList,
  constantOfType,
  faultOfShape,
  numbersOf,
  typeOfLiteral,
} from "./constants.ts";
import { nodeDoesNotFit, statedTypeDisagrees } from "./diagnostics.ts";
import { exactNumbers, exactSquares } from "./exact-numbers.ts";

/** A graph that was written out in a rule file. */
export interface BuiltGraph {
  readonly graph: Graph;
  /** What the names of the text stand for. */
  readonly names: ReadonlyMap<string, Value>;
  /** Constants that the text left out: their numbers are anybody's. */
  readonly filled: ReadonlySet<NodeId>;
}

/**
 * The graph of a text that the checker of the language has found to be without faults. Weights that are left out are small exact numbers, the
 * same each time. What does not fit is a diagnostic; there is a value if there is none.
 */
export function buildLiteral(
  literal: GraphLiteral,
  name: string,
  ops: OpTable,
): Checked<BuiltGraph> {
  const builder = new Builder(name, ops);
  try {
    for (const chain of literal.chains) builder.chain(chain);
    return { value: builder.finish(), diagnostics: [] };
  } catch (error) {
    if (error instanceof Rejected) return { diagnostics: error.diagnostics };
    throw error;
  }
}

/** The end of a chain: an output if nothing reads it. */
interface End {
  readonly value: Value;
  readonly name: string;
  /** The value had a name before: it is an output whoever else reads it. */
  readonly isAlias: boolean;
}

/** Collects nodes and names. A class for what is open: the graph under construction. */
class Builder {
  readonly #ops: OpTable;
  readonly #editor: GraphEditor;
  readonly #names = new Map<string, Value>();
  readonly #read = new Set<NodeId>();
  readonly #filled = new Set<NodeId>();
  readonly #ends: End[] = [];

  constructor(name: string, ops: OpTable) {
    this.#ops = ops;
    this.#editor = new GraphEditor(ops, name);
  }

  finish(): BuiltGraph {
    for (const { value, name, isAlias } of this.#ends)
      if (isAlias || !this.#read.has(value.node)) this.#editor.output({ name, value });
    return { graph: this.#editor.finish(), names: this.#names, filled: this.#filled };
  }

  chain(chain: GraphChain): void {
    const [only, second] = chain.steps;
    if (second === undefined && only!.kind === "value" && only!.type === undefined) return;
    const { value, isAlias, label } = this.#steps(chain);
    const node = this.#editor.node(value.node);
    if (isAlias) this.#read.add(value.node);
    if (!isAlias && (node.op === "Input" || node.op === "Constant")) return;
    if (isAlias || chain.steps.at(-1)!.kind !== "constant")
      this.#ends.push({ value, name: label ?? node.name, isAlias });
  }

  /** The value of a chain; `label` is the name behind its last arrow. */
  #steps({ steps }: GraphChain): {
    readonly value: Value;
    readonly isAlias: boolean;
    readonly label?: string;
  } {
    let value: Value | undefined;
    let isAlias = false;
    let label: string | undefined;
    for (const [i, step] of steps.entries()) {
      if (step.kind === "value" && value !== undefined) {
        // A name that a node has not been given yet became its own.
        isAlias = this.#isNamed(value, step.name.text);
        label = step.name.text;
        this.#checkType(step.type, value);
        this.#names.set(label, value);
        continue;
      }
      const next = steps[i + 1];
      isAlias = false;
      label = undefined;
      value = this.#step(step, value, next?.kind === "value" ? next.name.text : undefined);
    }
    return { value: value!, isAlias, ...(label !== undefined && { label }) };
  }

  /** Whether a value has another name than this. */
  #isNamed(value: Value, name: string): boolean {
    return this.#editor.node(value.node).name !== name;
  }

  #step(step: GraphStep, before: Value | undefined, label: string | undefined): Value {
    if (step.kind === "constant") return this.#editor.constant(constantOfList(step.value));
    if (step.kind === "node") return this.#node(step, before, label);
    if (this.#names.has(step.name.text)) return this.#named(step);
    return this.#define(step);
  }

  #named({ name, result, span, type }: GraphValue): Value {
    const first = this.#names.get(name.text)!;
    const value = result === undefined ? first : { node: first.node, output: result };
    const { types, op } = this.#editor.node(value.node);
    if (types[value.output] === undefined)
      reject(span, op, `it has ${types.length === 1 ? "one result" : `${types.length} results`}`);
    this.#checkType(type, value);
    return value;
  }

  #define(step: GraphValue): Value {
    const type = typeOfLiteral(step);
    const { text } = step.name;
    const value = step.value
      ? this.#editor.constant(constantOfType(type, step.value), text)
      : this.#editor.input(text, type);
    this.#names.set(text, value);
    return value;
  }

  #node(step: GraphNode, before: Value | undefined, label: string | undefined): Value {
    const op = this.#ops.get(step.op.text)!;
    const operands = this.#operands(step, op, before);
    const attributes: Record<string, AttributeValue> = {};
    for (const field of step.fields) {
      const slot = op.operands.findIndex(({ name }) => name === field.name.text);
      if (slot < 0) attributes[field.name.text] = attributeOf(field, op);
      else operands[slot] = this.#operandOf(field.value);
    }
    try {
      const stated = this.#fillWeights(op, operands, attributes);
      // Only an operand at the end may be missing as a whole.
      while (operands.length > 0 && operands.at(-1) === undefined) operands.pop();
      const name = step.name?.text ?? label ?? op.name;
      const node = this.#editor.add({ op: op.name, operands, attributes: stated, name });
      for (const operand of operands) if (operand) this.#read.add(operand.node);
      const value = { node: node.id, output: 0 };
      if (step.name) this.#names.set(step.name.text, value);
      this.#checkType(step.type, value);
      return value;
    } catch (error) {
      if (!(error instanceof InferenceError)) throw error;
      return reject(step.op.span, op.name, error.message);
    }
  }

  #operands(
    { operands = [] }: GraphNode,
    op: OpDef,
    before: Value | undefined,
  ): (Value | undefined)[] {
    const given: (Value | undefined)[] = before === undefined ? [] : [before];
    const positional = operands.filter(({ slot }) => slot === undefined);
    for (const { value } of positional) given.push(this.#steps(value).value);
    for (const { slot, value } of operands)
      if (slot) given[slotOf(op, slot.text)] = this.#steps(value).value;
    return Array.from(given);
  }

  #operandOf(e: Expression): Value {
    const owner = e.kind === "index" ? e.object : e;
    const name =
      owner.kind === "name" ? owner.name.text : owner.kind === "string" ? owner.value : "";
    const value = this.#names.get(name);
    if (value === undefined) return this.#editor.constant(constantOfList(e));
    return e.kind === "index" ? { node: value.node, output: numbersOf(e.index)[0]! } : value;
  }

  /** Adds the weights that are left out; gives the attributes without the sizes. */
  #fillWeights(op: OpDef, operands: (Value | undefined)[], fields: Attributes): Attributes {
    if (op.weights === undefined) return fields;
    const { sizes, of } = op.weights;
    const stated = Object.entries(fields).filter(([name]) => !Object.hasOwn(sizes, name));
    const isMissing = op.operands.some(
      ({ optional }, i) => operands[i] === undefined && (!optional || fields.useBias === true),
    );
    if (!isMissing || operands[0] === undefined) return Object.fromEntries(stated);
    const complete: Record<string, AttributeValue> = { ...fields };
    for (const [name, { default: value }] of Object.entries({ ...op.attributes, ...sizes })) {
      if (complete[name] !== undefined) continue;
      if (value === undefined && Object.hasOwn(sizes, name))
        throw new InferenceError(`without its weights it needs \`${name}\``);
      if (value !== undefined) complete[name] = value;
    }
    const weights = of(this.#editor.typeOf(operands[0]).shape, complete);
    for (const [i, { name }] of op.operands.entries()) {
      const weight = weights[name];
      if (weight !== undefined && operands[i] === undefined) operands[i] = this.#fill(weight);
    }
    return Object.fromEntries(stated);
  }

  #fill({ shape, squareLess }: WeightDef): Value {
    const fault = faultOfShape(shape);
    if (fault !== undefined) throw new InferenceError(`of its weights, ${fault}`);
    const seed = this.#filled.size + 1;
    const values =
      squareLess === undefined
        ? exactNumbers(seed, sizeOf(shape))
        : exactSquares(seed, sizeOf(shape)).map((square) => square - squareLess);
    const value = this.#editor.constant(tensor("float32", shape, values));
    this.#filled.add(value.node);
    return value;
  }

  #checkType(type: TensorTypePattern | undefined, value: Value): void {
    const actual = this.#editor.typeOf(value);
    if (type && !agrees(type, actual))
      throw new Rejected([statedTypeDisagrees(type.span, printType(actual))]);
  }
}

function reject(place: Span, op: string, reason: string): never {
  throw new Rejected([nodeDoesNotFit(place, op, reason)]);
}

function slotOf(op: OpDef, slot: string): number {
  return op.operands.findIndex(({ name }) => name === slot);
}

/** An attribute or a size; `kernelSize: 3` is that for both sides. */
function attributeOf({ name, value }: Field, op: OpDef): AttributeValue {
  const def = op.attributes[name.text] ?? op.weights?.sizes[name.text];
  if (def?.kind === "numbers" && value.kind === "number") return [value.value, value.value];
  return literalOf(value);
}

function literalOf(e: Expression): AttributeValue {
  switch (e.kind) {
    case "string":
    case "boolean":
      return e.value;
    case "list":
      return e.items.map(literalOf) as readonly number[] | readonly string[];
    case "name":
      return ["inf", "nan"].includes(e.name.text) ? numbersOf(e)[0]! : dtypeNamed(e.name.text);
    default:
      return numbersOf(e)[0]!;
  }
}

/** `i8` and `int8` are one element type. */
function dtypeNamed(word: string): string {
  const known = Object.entries(dtypeNotation).find(([, notation]) => notation === word);
  return known?.[0] ?? word;
}

/** Whether a type has what was stated of it. */
function agrees({ dtype, dimensions }: TensorTypePattern, actual: TensorType): boolean {
  if (dtype && dtypeNamed(dtype.text) !== actual.dtype) return false;
  if (dimensions === undefined) return true;
  const rest = dimensions.findIndex(({ kind }) => kind === "rest");
  const after = rest < 0 ? 0 : dimensions.length - rest - 1;
  const before = rest < 0 ? dimensions.length : rest;
  if (rest < 0 ? actual.shape.length !== before : actual.shape.length < before + after)
    return false;
  const pairs = [
    ...dimensions.slice(0, before).map((d, i) => [d, actual.shape[i]!] as const),
    ...dimensions
      .slice(dimensions.length - after)
      .map((d, i) => [d, actual.shape.at(i - after)!] as const),
  ];
  return pairs.every(([d, size]) => d.kind !== "size" || d.value === size);
}
