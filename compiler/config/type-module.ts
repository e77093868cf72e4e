/** A rule file's use of TypeScript as a module that TypeScript checks, and where each part of it was written. */
import type {
  Argument,
  Expression,
  Name,
  NewNode,
  QuantizeClause,
  ReplacementChain,
  RewriteClause,
  RuleFile,
} from "../../grammar/ast.ts";
import { expressionParts } from "../../grammar/index.ts";
import type { Span } from "../../grammar/source/source-file.ts";
import type { OpTable } from "../ir/op.ts";
import { captureTypes, type TypedRule } from "./capture-types.ts";
import { typeScriptImports } from "./load-modules.ts";

/** A piece of the module. */
interface Piece {
  readonly text: string;
  /** Where it was written; absent for what holds the others together. */
  readonly span?: Span;
  /** The piece is what is written at its span, letter by letter. */
  readonly isVerbatim?: boolean;
  /** The imported name that is called there. */
  readonly callee?: string;
}

export interface TypeModule {
  readonly text: string;
  /** What is written in the rule file at a place of the text; `undefined` for what is not written there. */
  readonly originAt: (start: number, length: number) => Origin | undefined;
  /** The nearest before a place that was written there: where an expression ends too early, what follows it is at fault. */
  readonly originBefore: (start: number) => Origin | undefined;
  /** The `ts{ … }` of the file. */
  readonly inline: readonly Inline[];
  /** The module without some of these, so that what is said of the others does not depend on them. */
  readonly without: (unread: ReadonlySet<Inline>) => TypeModule;
}

/** What stands between the braces of a `ts{ … }`. */
export interface Inline {
  readonly text: string;
  readonly span: Span;
}

export interface Origin {
  readonly span: Span;
  readonly callee?: string;
}

const prelude = `import type { Layer, QuantizeConfig, Quantizer, Tensor, Term } from "qcfg/config";
declare function $<T>(): T;
declare function $condition(x: boolean): void;
declare function $term(x: Term): void;
declare function $number(x: Exclude<Term, string | boolean>): void;
declare function $like<T>(x: (T extends string ? string : T extends boolean ? boolean : Exclude<Term, string | boolean>) | undefined, y: T): void;
declare function $given<T>(x: 0 extends 1 & T ? any : Tensor extends T ? Tensor | Layer | number : T): void;
declare function $quantizer(x: Quantizer | (new () => Quantizer)): void;
declare function $config(x: QuantizeConfig | (new () => QuantizeConfig)): void;
declare function $make<A extends unknown[], T>(make: new (...values: A) => T): (...values: A) => T;
declare function $make<A extends unknown[], T>(make: (...values: A) => T): (...values: A) => T;
`;

/** The module for one rule file; `undefined` where the file uses no TypeScript. */
export function typeModule(
  file: RuleFile,
  rules: readonly TypedRule[],
  ops: OpTable,
): TypeModule | undefined {
  const imports = typeScriptImports(file);
  const names = new Set(imports.flatMap((item) => item.names.map(({ text }) => text)));
  const context: Context = { names, pieces: [] };
  // A config that several rules use is imported by each of them.
  const told = new Set<string>();
  for (const { names: imported, from } of imports)
    for (const name of imported) {
      const line = ` } from ${JSON.stringify(from.text)};\n`;
      if (told.has(name.text + line)) continue;
      told.add(name.text + line);
      add(context, "import { ", named(name), line);
    }
  for (const item of file.items) if (item.kind === "quantizer") addQuantizer(context, item.value);
  for (const rule of rules) addRule(context, rule, ops);
  if (context.pieces.length === 0) return undefined;
  return joined([{ text: prelude }, ...context.pieces]);
}

interface Context {
  /** Imported from TypeScript. */
  readonly names: ReadonlySet<string>;
  readonly pieces: Piece[];
}

function add({ pieces }: Context, ...parts: readonly (Piece | string)[]): void {
  for (const part of parts) pieces.push(typeof part === "string" ? { text: part } : part);
}

const named = ({ text, span }: Name): Piece => ({ text, span, callee: text });

function isInline(piece: Piece): piece is Piece & Inline {
  return piece.isVerbatim === true && piece.span !== undefined;
}

function joined(pieces: readonly Piece[]): TypeModule {
  const starts: number[] = [];
  let length = 0;
  for (const { text } of pieces) {
    starts.push(length);
    length += text.length;
  }
  const originAt = (start: number, size: number): Origin | undefined => {
    const first = starts.findLastIndex((begin) => begin <= start);
    // What spans several pieces was written where the first of them was that was written at all.
    for (
      let i = Math.max(0, first);
      i < pieces.length && starts[i]! < start + Math.max(1, size);
      i++
    ) {
      const { span, isVerbatim, callee } = pieces[i]!;
      if (span === undefined) continue;
      const from = span.start + (isVerbatim && i === first ? start - starts[i]! : 0);
      const end = isVerbatim && i === first ? Math.min(span.end, from + size) : span.end;
      const place = span.file.span(from, Math.max(from + 1, end));
      return { span: place, ...(callee !== undefined && { callee }) };
    }
    return undefined;
  };
  const originBefore = (start: number): Origin | undefined => {
    const i = starts.findLastIndex((begin, at) => begin <= start && pieces[at]!.span);
    return i < 0 ? undefined : { span: pieces[i]!.span! };
  };
  return {
    text: pieces.map(({ text }) => text).join(""),
    originAt,
    originBefore,
    inline: pieces.filter(isInline),
    without: (unread) =>
      joined(pieces.map((one) => (isInline(one) && unread.has(one) ? { text: anything } : one))),
  };
}

/** Of whatever type is asked for. */
const anything = "$<any>()";

/** Words of TypeScript that rules may use as names: they cannot be parameters there. */
const reserved =
  /^(?:break|case|catch|class|const|continue|debugger|default|delete|do|else|enum|export|extends|false|finally|for|function|if|import|in|instanceof|new|null|return|super|switch|this|throw|true|try|typeof|var|void|while|with|yield|let|static|await|arguments|eval)$/;

function addRule(context: Context, rule: TypedRule, ops: OpTable): void {
  const body: Context = { names: context.names, pieces: [] };
  const { item } = rule;
  if (item.kind === "quantize" && item.using) {
    const { config, arguments: given } = item.using;
    if (context.names.has(config.text)) addMade(body, "$config", config, given);
  }
  for (const clause of item.clauses) addClause(body, clause);
  // A `let` alone is nothing for TypeScript, and a rule without any costs no check.
  if (!body.pieces.some(({ span }) => span)) return;
  const parameters = [...captureTypes(rule, ops)].filter(([name]) => !reserved.test(name));
  const list = parameters.map(([name, type]) => `${name}: ${type}`).join(", ");
  add(context, `(${list}) => {\n`, ...body.pieces, "};\n");
}

function addClause(body: Context, clause: QuantizeClause | RewriteClause): void {
  switch (clause.kind) {
    case "require":
      addCondition(body, clause.condition);
      return;
    case "let":
      addLet(body, clause.name, clause.value);
      return;
    case "set":
    case "tie":
      if (clause.value) addQuantizer(body, clause.value);
      return;
    case "decreases":
      addTerms(body, clause.measure);
      return;
    case "replace":
      addReplacement(body, clause.with, "Tensor");
  }
}

/** Checks the TypeScript in a condition: calls in its place are true or false. */
function addCondition(body: Context, e: Expression): void {
  if (isForeign(e, body)) {
    addInner(body, e);
    add(body, "$condition(");
    addForeign(body, e);
    add(body, ");\n");
  } else if (e.kind === "unary" && e.operator === "!") addCondition(body, e.operand);
  else if (e.kind === "binary" && (e.operator === "&&" || e.operator === "||")) {
    addCondition(body, e.left);
    addCondition(body, e.right);
  } else addTerms(body, e);
}

/** A `let` is a constant of what it is set to, so that other calls see its type. */
function addLet(body: Context, { text }: Name, value: Expression): void {
  if (isForeign(value, body)) addInner(body, value);
  else addTerms(body, value);
  if (reserved.test(text)) return;
  add(body, `const ${text} = `);
  if (isForeign(value, body)) {
    addForeign(body, value);
    add(body, `;\n$term(`, { text, span: value.span }, ");\n");
  } else add(body, `${placeholder(value)};\n`);
}

/** Checks the TypeScript that is somewhere in an expression; `wanted` is the call that says what is asked for there. */
function addTerms(body: Context, e: Expression, wanted: Wanted = { before: "$term(" }): void {
  if (isForeign(e, body)) {
    addInner(body, e);
    add(body, wanted.before);
    addForeign(body, e);
    add(body, `${wanted.after ?? ""});\n`);
  } else if (e.kind === "binary") {
    addTerms(body, e.left, wantedBeside(e.operator, e.right));
    addTerms(body, e.right, wantedBeside(e.operator, e.left));
  } else for (const part of expressionParts(e)) addTerms(body, part);
}

interface Wanted {
  readonly before: string;
  readonly after?: string;
}

/** What an operator asks for on one side. */
function wantedBeside(operator: string, other: Expression): Wanted | undefined {
  if (operator === "&&" || operator === "||") return { before: "$condition(" };
  if (["+", "-", "*", "/", "%", "<", "<=", ">", ">="].includes(operator))
    return { before: "$number(" };
  const isEquation = operator === "==" || operator === "!=";
  if (isEquation && isConstant(other) && other.kind !== "list")
    return { before: "$like(", after: `, ${constantText(other)}` };
  return undefined;
}

/** `type` is that of the operand which the last value of the chain becomes. */
function addReplacement(body: Context, { steps }: ReplacementChain, type: string): void {
  for (const step of steps) {
    if (step.kind === "value") addTerms(body, step.value, { before: `$given<${type}>(` });
    else addNewNode(body, step);
  }
}

function addNewNode(body: Context, { op, same, operands = [], fields }: NewNode): void {
  const isPlain = same !== undefined && !reserved.test(same.text);
  const layer = op ? `Layer<${JSON.stringify(op.text)}>` : isPlain ? `typeof ${same.text}` : "any";
  for (const { value } of operands) addReplacement(body, value, "Tensor");
  for (const { name, value } of fields) {
    const member = JSON.stringify(name.text);
    const type = `${layer} extends { readonly [_ in ${member}]?: infer T } ? T : any`;
    addTerms(body, value, { before: `$given<${type}>(` });
  }
}

function addQuantizer(body: Context, e: Expression): void {
  const isNamed = e.kind === "name" && body.names.has(e.name.text);
  const isCalled = e.kind === "call" && body.names.has(e.callee.text);
  if (isNamed) add(body, "$quantizer(", named(e.name), ");\n");
  if (isCalled) addMade(body, "$quantizer", e.callee, e.arguments);
}

/** A class, or a function, with arguments: the named ones are one object behind the others. */
function addMade(body: Context, wanted: string, callee: Name, given: readonly Argument[]): void {
  add(body, `${wanted}(`);
  if (given.length === 0) add(body, named(callee));
  else {
    add(body, "$make(", named(callee), ")(");
    const ofCallee = { callee: callee.text };
    for (const { name, value } of given)
      if (!name) add(body, { text: constantText(value), span: value.span, ...ofCallee }, ", ");
    const options = given.filter(({ name }) => name !== undefined);
    if (options.length > 0) add(body, "{ ");
    for (const { name, value } of options) {
      add(body, { text: name!.text, span: name!.span, ...ofCallee }, ": ");
      add(body, { text: constantText(value), span: value.span, ...ofCallee }, ", ");
    }
    add(body, options.length > 0 ? "})" : ")");
  }
  add(body, ");\n");
}

type Foreign = Extract<Expression, { readonly kind: "call" | "typescript" }>;

function isForeign(e: Expression, { names }: Context): e is Foreign {
  return e.kind === "typescript" || (e.kind === "call" && names.has(e.callee.text));
}

/** The call as TypeScript has it. */
function addForeign(body: Context, e: Foreign): void {
  if (e.kind === "typescript") {
    const start = e.span.file.text.indexOf(e.source, e.span.start);
    const span = e.span.file.span(start, start + e.source.length);
    add(body, "(", { text: e.source, span, isVerbatim: true }, "\n)");
    return;
  }
  add(body, named(e.callee), "(");
  for (const [i, { value }] of e.arguments.entries()) {
    if (i > 0) add(body, ", ");
    if (isForeign(value, body)) addForeign(body, value);
    else add(body, { text: argumentText(value), span: value.span, callee: e.callee.text });
  }
  add(body, { text: ")", span: e.span, callee: e.callee.text });
}

/** Calls inside of arguments that are no calls themselves, `f(g(x) + 1)`: statements of their own, before. */
function addInner(body: Context, e: Foreign): void {
  if (e.kind === "typescript") return;
  for (const { value } of e.arguments) {
    if (isForeign(value, body)) addInner(body, value);
    else addTerms(body, value);
  }
}

/** An argument: names and constants as they are, all else as something of its type. */
function argumentText(e: Expression): string {
  if (e.kind === "name" && /^[a-z_]\w*$/.test(e.name.text) && !reserved.test(e.name.text))
    return e.name.text;
  if (e.kind === "list") return `[${e.items.map(argumentText).join(", ")}]`;
  return isConstant(e) ? constantText(e) : placeholder(e);
}

function isConstant(e: Expression): boolean {
  if (e.kind === "unary") return e.operator === "-" && isConstant(e.operand);
  if (e.kind === "list") return e.items.every(isConstant);
  return e.kind === "number" || e.kind === "string" || e.kind === "boolean";
}

function constantText(e: Expression): string {
  switch (e.kind) {
    case "number":
    case "string":
    case "boolean":
      return JSON.stringify(e.value);
    case "list":
      return `[${e.items.map(constantText).join(", ")}]`;
    case "unary":
      return `-${constantText(e.operand)}`;
    default:
      return "$<any>()";
  }
}

/** Something of the type of an expression; of any type where that is not plain. */
function placeholder(e: Expression): string {
  switch (e.kind) {
    case "matches":
    case "near":
      return "$<boolean>()";
    case "binary":
      return ["+", "-", "*", "/", "%"].includes(e.operator) ? "$<any>()" : "$<boolean>()";
    case "unary":
      return e.operator === "!" ? "$<boolean>()" : "$<any>()";
    case "member":
      return memberText(e) ?? "$<any>()";
    default:
      return isConstant(e) ? constantText(e) : "$<any>()";
  }
}

/** What every value has; operands and attributes of a layer are what `Layer` says of them. */
function memberText(e: Extract<Expression, { readonly kind: "member" }>): string | undefined {
  const { object, name } = e;
  const types: Readonly<Record<string, string>> = {
    shape: "readonly number[]",
    rank: "number",
    name: "string",
    path: "string",
    op: "string",
    depth: "number",
  };
  if (Object.hasOwn(types, name.text)) return `$<${types[name.text]}>()`;
  const isPlain = object.kind === "name" && /^[a-z_]\w*$/.test(object.name.text);
  if (!isPlain || reserved.test(object.name.text)) return undefined;
  const of = `typeof ${object.name.text}`;
  const member = JSON.stringify(name.text);
  return `$<${of} extends { readonly [_ in ${member}]?: infer T } ? Exclude<T, undefined> : any>()`;
}
