import { type Checked, type Diagnostic, Rejected } from "../../grammar/source/diagnostic.ts";
import type { SourceFile, Span } from "../../grammar/source/source-file.ts";
import {
  duplicateNode,
  syntaxError,
  typeDisagrees,
  unfitNode,
  unknownOp,
  unknownValue,
} from "./diagnostics.ts";
import type { Attributes, AttributeValue, Graph, Node, NodeId, Port, Value } from "./graph.ts";
import { completeAttributes, inferTypes } from "./infer.ts";
import { InferenceError, type OpTable } from "./op.ts";
import {
  allocate,
  bytesPerElement,
  type DType,
  dtypeNotation,
  printType,
  type QuantParams,
  sameType,
  sizeOf,
  type Tensor,
  type TensorType,
} from "./types.ts";

/**
 * Reads the text form of `print.ts`. Types are inferred; a stated one is checked, and may be left out but for inputs
 * and constants. Comments begin with `//` or `;` and run to the end of the line. Every faulty line is reported.
 */
export function parseGraph(file: SourceFile, ops: OpTable): Checked<Graph> {
  const reader = new Reader(file);
  const diagnostics: Diagnostic[] = [];
  const attempt = (read: () => void) => {
    const start = reader.position();
    try {
      read();
    } catch (error) {
      if (!(error instanceof Rejected)) throw error;
      diagnostics.push(...error.diagnostics);
      reader.skipLine(start);
    }
  };
  const building: Building = { reader, ops, nodes: new Map(), byName: new Map() };
  const inputs: Port[] = [];
  const outputs: Port[] = [];
  const laterInputs: (() => void)[] = [];
  let name = "";
  attempt(() => {
    reader.expect("graph");
    name = reader.string("the graph's name");
    reader.expect("{");
  });
  while (!reader.atEnd() && !reader.peek("}")) {
    attempt(() => {
      if (reader.take("input")) {
        const { port, place, value } = parsePort(reader);
        // Input lines stand before the nodes that they name.
        laterInputs.push(() => inputs.push({ ...port, value: resolve(building, value, place) }));
      } else if (reader.take("output")) {
        const { port, place, value } = parsePort(reader);
        outputs.push({ ...port, value: resolve(building, value, place) });
      } else parseNode(building);
    });
  }
  attempt(() => reader.expect("}"));
  for (const input of laterInputs) attempt(input);
  if (diagnostics.length > 0) return { diagnostics };
  return { value: { name, inputs, outputs, nodes: building.nodes }, diagnostics };
}

interface Building {
  readonly reader: Reader;
  readonly ops: OpTable;
  readonly nodes: Map<NodeId, Node>;
  readonly byName: Map<string, Node>;
}

interface ValueName {
  readonly name: string;
  readonly output: number;
}

function resolve({ byName }: Building, { name, output }: ValueName, place: Span): Value {
  const node = byName.get(name);
  if (node?.types[output] === undefined) throw new Rejected([unknownValue(place, name)]);
  return { node: node.id, output };
}

/** `"name" = %value as wire`; without the first part the port is called like the value. */
function parsePort(reader: Reader) {
  const named = reader.peek('"') ? reader.string("a name") : undefined;
  if (named !== undefined) reader.expect("=");
  const start = reader.position();
  const value = parseValueName(reader);
  const place = reader.spanFrom(start);
  const wire = reader.take("as") ? reader.word("an element type") : undefined;
  const port = { name: named ?? value.name, ...(wire !== undefined && { wire }) };
  return { port, place, value };
}

function parseValueName(reader: Reader): ValueName {
  const name = reader.valueName();
  return { name, output: reader.take("#") ? reader.number() : 0 };
}

/** `%name: type, … = Op(operands) { attributes }`. */
function parseNode(building: Building): void {
  const { reader, ops, nodes, byName } = building;
  const start = reader.position();
  const name = reader.valueName();
  const nameSpan = reader.spanFrom(start);
  const typesStart = reader.position();
  const stated = reader.take(":") ? parseTypes(reader) : undefined;
  const typesSpan = reader.spanFrom(typesStart);
  reader.expect("=");
  const opStart = reader.position();
  const op = reader.word("an op");
  const opSpan = reader.spanFrom(opStart);
  const def = ops.get(op);
  if (def === undefined) throw new Rejected([unknownOp(opSpan, op)]);
  if (byName.has(name)) throw new Rejected([duplicateNode(nameSpan, name)]);
  const base = { id: nodes.size, op, name, provenance: { sources: [name], rules: [] } };
  const add = (node: Node) => {
    nodes.set(node.id, node);
    byName.set(name, node);
  };
  if (op === "Constant" || op === "Input") {
    const type = stated?.[0] ?? reader.fail("the type", typesSpan);
    const attributes: Attributes = op === "Input" ? {} : { value: parseElements(reader, type) };
    add({ ...base, operands: [], attributes, types: [type] });
    return;
  }
  const operands = reader.take("(") ? parseOperands(building) : [];
  const given = reader.take("{") ? parseAttributes(reader) : {};
  const span = reader.spanFrom(opStart);
  try {
    const attributes = completeAttributes(def, given);
    const operandTypes = operands.map((v) => v && nodes.get(v.node)!.types[v.output]!);
    const types = inferTypes(def, operandTypes, attributes);
    const agree =
      stated === undefined ||
      (types.length === stated.length && types.every((type, i) => sameType(type, stated[i]!)));
    const list = (all: readonly TensorType[]) => all.map(printType).join(", ");
    if (!agree) throw new Rejected([typeDisagrees(typesSpan, list(stated!), list(types))]);
    add({ ...base, operands, attributes, types });
  } catch (error) {
    if (error instanceof InferenceError) throw new Rejected([unfitNode(span, op, error.message)]);
    throw error;
  }
}

function parseOperands(building: Building): readonly (Value | undefined)[] {
  const { reader } = building;
  return reader.list(")", () => {
    if (reader.take("_")) return undefined;
    const start = reader.position();
    const value = parseValueName(reader);
    return resolve(building, value, reader.spanFrom(start));
  });
}

function parseAttributes(reader: Reader): Attributes {
  const entries = reader.list("}", () => {
    const name = reader.word("an attribute");
    reader.expect(":");
    return [name, parseAttribute(reader)] as const;
  });
  return Object.fromEntries(entries);
}

function parseAttribute(reader: Reader): AttributeValue {
  if (reader.peek('"')) return reader.string("a text");
  if (reader.take("true")) return true;
  if (reader.take("false")) return false;
  if (reader.take("[")) {
    const item = () => (reader.peek('"') ? reader.string("a text") : reader.number());
    return reader.list("]", item) as readonly number[];
  }
  if (reader.peekType()) return parseElements(reader, parseType(reader));
  return reader.number();
}

function parseTypes(reader: Reader): readonly TensorType[] {
  const types = [parseType(reader)];
  while (reader.take(",")) types.push(parseType(reader));
  return types;
}

const dtypeOf = new Map(
  Object.entries(dtypeNotation).map(([dtype, word]) => [word as string, dtype as DType]),
);

/** `f32[1, 8]`, `i8[8]{[0.5, …], [0, …], axis 0}`, and `group 4` behind the axis. */
function parseType(reader: Reader): TensorType {
  const start = reader.position();
  const dtype = dtypeOf.get(reader.word("a type"));
  if (dtype === undefined) return reader.fail("a type", reader.spanFrom(start));
  reader.expect("[");
  const shape = reader.list("]", () => reader.number());
  if (!reader.take("{")) return { dtype, shape };
  const numbers = () =>
    reader.take("[") ? reader.list("]", () => reader.number()) : [reader.number()];
  const scale = numbers();
  reader.expect(",");
  const zeroPoint = numbers();
  const quant: QuantParams = { scale, zeroPoint, ...parseLayout(reader) };
  reader.expect("}");
  return { dtype, shape, quant };
}

function parseLayout(reader: Reader): Pick<QuantParams, "axis" | "group"> {
  if (!reader.take(",")) return {};
  reader.expect("axis");
  const axis = reader.number();
  if (!reader.take(",")) return { axis };
  reader.expect("group");
  return { axis, group: reader.number() };
}

/** `[1, 2, 3]` or `base64 "…"`, as many elements as the type has. */
function parseElements(reader: Reader, type: TensorType): Tensor {
  const start = reader.position();
  const length = sizeOf(type.shape);
  if (reader.take("base64")) {
    const bytes = fromBase64(reader.string("base64 text"));
    if (bytes?.length !== length * bytesPerElement(type.dtype))
      return reader.fail(`base64 text of ${length} elements`, reader.spanFrom(start));
    const data = allocate(type.dtype, length);
    new Uint8Array(data.buffer).set(bytes);
    return { ...type, data };
  }
  reader.expect("[");
  const values = reader.list("]", () => reader.number());
  if (values.length !== length) reader.fail(`${length} elements`, reader.spanFrom(start));
  const data = allocate(type.dtype, length);
  data.set(values);
  return { ...type, data };
}

function fromBase64(text: string): Uint8Array | undefined {
  try {
    return Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  } catch {
    return undefined;
  }
}

const whiteSpace = /\s*/y;
const wordToken = /[A-Za-z_]\w*/y;
const bareName = /%[\w./-]+/y;
const numberToken = /-?(?:inf|nan|\d+(?:\.\d+)?(?:e[+-]?\d+)?)/y;

/** A place in the text and the small things that can be read there. Throws `Rejected`. */
class Reader {
  readonly #file: SourceFile;
  #at = 0;
  /** Where the last thing that was read ends. */
  #end = 0;

  constructor(file: SourceFile) {
    this.#file = file;
    this.#skipBlank();
  }

  /** Where the next thing begins. */
  position(): number {
    return this.#at;
  }

  /** From `start` to the end of the last thing that was read. */
  spanFrom(start: number): Span {
    return this.#file.span(start, Math.max(this.#end, start + 1));
  }

  atEnd(): boolean {
    return this.#at >= this.#file.text.length;
  }

  peek(symbol: string): boolean {
    if (!this.#file.text.startsWith(symbol, this.#at)) return false;
    // A word ends where its letters end.
    return !/^\w+$/.test(symbol) || this.#match(wordToken) === symbol || symbol === "_";
  }

  peekType(): boolean {
    return dtypeOf.has(this.#match(wordToken) ?? "");
  }

  take(symbol: string): boolean {
    if (!this.peek(symbol)) return false;
    this.#advance(symbol.length);
    return true;
  }

  expect(symbol: string): void {
    if (!this.take(symbol)) this.fail(`\`${symbol}\``);
  }

  word(what: string): string {
    return this.#token(wordToken, what);
  }

  string(what: string): string {
    const start = this.#at;
    const length = stringLength(this.#file.text, start);
    if (length === undefined) return this.fail(what);
    this.#advance(length);
    try {
      return JSON.parse(this.#file.text.slice(start, start + length)) as string;
    } catch {
      return this.fail(what, this.spanFrom(start));
    }
  }

  valueName(): string {
    const what = "a value (`%name`)";
    if (!this.peek('%"')) return this.#token(bareName, what).slice(1);
    this.#at++;
    return this.string(what);
  }

  number(): number {
    const token = this.#token(numberToken, "a number");
    return Number(token.replace("inf", "Infinity").replace("nan", "NaN"));
  }

  /** Items with commas between them, up to and with `close`. */
  list<T>(close: string, item: () => T): T[] {
    const items: T[] = [];
    if (this.take(close)) return items;
    do items.push(item());
    while (this.take(","));
    this.expect(close);
    return items;
  }

  /** Goes on after the line of `start`, where something begins that could not be read. */
  skipLine(start: number): void {
    const end = this.#file.text.indexOf("\n", start);
    this.#at = end < 0 ? this.#file.text.length : end;
    this.#skipBlank();
  }

  fail(expected: string, place = this.#here()): never {
    const found = this.atEnd()
      ? "the end of the text"
      : `\`${this.#file.text.slice(place.start, place.end)}\``;
    throw new Rejected([syntaxError(place, expected, found)]);
  }

  #here(): Span {
    const rest = /^(?:\w+|\S)/.exec(this.#file.text.slice(this.#at, this.#at + 40))?.[0] ?? "";
    return this.#file.span(this.#at, this.#at + rest.length);
  }

  #token(pattern: RegExp, what: string): string {
    const token = this.#match(pattern);
    if (token === undefined) return this.fail(what);
    this.#advance(token.length);
    return token;
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    return pattern.exec(this.#file.text)?.[0];
  }

  #advance(length: number): void {
    this.#at += length;
    this.#end = this.#at;
    this.#skipBlank();
  }

  /** Skips white space and comments. */
  #skipBlank(): void {
    const { text } = this.#file;
    for (;;) {
      this.#at += this.#match(whiteSpace)!.length;
      if (!text.startsWith("//", this.#at) && !text.startsWith(";", this.#at)) return;
      const end = text.indexOf("\n", this.#at);
      this.#at = end < 0 ? text.length : end;
    }
  }
}

/**
 * The length of the string that begins at `start`, or `undefined` if none ends on its line. Strings hold whole
 * constants: a regular expression would run out of stack.
 */
function stringLength(text: string, start: number): number | undefined {
  if (text[start] !== '"') return undefined;
  for (let at = start + 1; at < text.length; at++) {
    const c = text[at];
    if (c === '"') return at + 1 - start;
    if (c === "\n") return undefined;
    if (c === "\\") at++;
  }
  return undefined;
}
