import type { Argument, Expression, Name } from "../ast.ts";
import * as report from "../diagnostics.ts";
import type {
  AttributeWord,
  FunctionWord,
  Kind,
  QuantizerArgument,
  QuantizerWord,
} from "../vocabulary.ts";
import { closest } from "./closest.ts";
import {
  type Binding,
  type FileScope,
  type RuleScope,
  requestWords,
  resolveBinding,
  resolveOps,
} from "./scope.ts";

type Call = Extract<Expression, { readonly kind: "call" }>;
type Member = Extract<Expression, { readonly kind: "member" }>;
type Binary = Extract<Expression, { readonly kind: "binary" }>;

/** The kind of an expression. Reports unknown names, wrong arity and what cannot be computed on the way. */
export function kindOf(scope: RuleScope, e: Expression): Kind {
  switch (e.kind) {
    case "number":
    case "string":
    case "boolean":
      return e.kind;
    case "typescript":
      // What it mentions counts as used; TypeScript itself checks the rest.
      for (const [word] of e.source.matchAll(/[A-Za-z_]\w*/g)) scope.used.add(word);
      return "any";
    case "name":
      return kindOfName(scope, e.name);
    case "list":
      return kindOfList(e.items.map((item) => kindOf(scope, item)));
    case "member":
      return kindOfMember(scope, e);
    case "index": {
      expectKind(scope, e.index, "number");
      const object = kindOf(scope, e.object);
      return object === "numbers" ? "number" : object === "strings" ? "string" : "any";
    }
    case "call":
      return kindOfCall(scope, e);
    case "unary":
      if (e.operator === "-") return expectKind(scope, e.operand, "tensor");
      expectKind(scope, e.operand, "boolean");
      return "boolean";
    case "binary":
      return kindOfBinary(scope, e);
    case "matches":
      expectKind(scope, e.subject, "string");
      return "boolean";
    case "near":
      expectKind(scope, e.left, "tensor");
      expectKind(scope, e.right, "tensor");
      return "boolean";
  }
}

/** `kindOf`, with a diagnostic if it is surely not `expected`. */
export function expectKind(scope: RuleScope, e: Expression, expected: Kind): Kind {
  const actual = kindOf(scope, e);
  if (!fits(expected, actual))
    scope.found.push(report.wrongType(e.span, describe(expected), describe(actual)));
  return actual;
}

const numeric: ReadonlySet<Kind> = new Set(["number", "numbers", "tensor", "value", "node"]);

/** Numbers, lists of them and constants mix freely in arithmetic; a node stands for its value. */
function fits(expected: Kind, actual: Kind): boolean {
  if (expected === "any" || actual === "any" || expected === actual) return true;
  switch (expected) {
    case "tensor":
    case "value":
      return numeric.has(actual);
    case "number":
      return ["tensor", "value", "node"].includes(actual);
    case "numbers":
      return ["tensor", "value"].includes(actual);
    case "dtype":
      return actual === "string";
    default:
      return false;
  }
}

const descriptions: Readonly<Record<Kind, string>> = {
  number: "a number",
  string: "a string",
  boolean: "a condition",
  numbers: "a list of numbers",
  strings: "a list of strings",
  tensor: "a number or a tensor",
  dtype: "an element type",
  node: "a node",
  value: "a value",
  op: "an op",
  quantizer: "a quantizer",
  any: "anything",
};

/** A kind as messages call it. */
export function describe(kind: Kind): string {
  return descriptions[kind];
}

function kindOfName(scope: RuleScope, name: Name): Kind {
  if (scope.bindings.has(name.text)) return resolveBinding(scope, name)!.kind;
  if (scope.quantizers.has(name.text) || requestWords.includes(name.text)) return "quantizer";
  if (scope.vocabulary.dtypes.includes(name.text)) return "dtype";
  if (scope.foreign.has(name.text)) return "any";
  if (/^[A-Z]/.test(name.text)) return resolveOps(scope, name) === undefined ? "any" : "op";
  return resolveBinding(scope, name)?.kind ?? "any";
}

function kindOfList(items: readonly Kind[]): Kind {
  if (items.length > 0 && items.every((item) => item === "number")) return "numbers";
  return items.length > 0 && items.every((item) => item === "string") ? "strings" : "any";
}

function kindOfBinary(scope: RuleScope, { operator, left, right }: Binary): Kind {
  switch (operator) {
    case "&&":
    case "||":
      expectKind(scope, left, "boolean");
      expectKind(scope, right, "boolean");
      return "boolean";
    case "<":
    case "<=":
    case ">":
    case ">=":
      expectKind(scope, left, "tensor");
      expectKind(scope, right, "tensor");
      return "boolean";
    case "==":
    case "!=":
    case "in": {
      const kind = kindOf(scope, left);
      const other = kindOf(scope, right);
      if (operator !== "in" && !fits(kind, other) && !fits(other, kind))
        scope.found.push(report.wrongType(right.span, describe(kind), describe(other)));
      if (operator === "in" && !["numbers", "strings", "op", "any"].includes(other))
        scope.found.push(report.wrongType(right.span, "a list", describe(other)));
      return "boolean";
    }
    default: {
      const kinds = [expectKind(scope, left, "tensor"), expectKind(scope, right, "tensor")];
      if (kinds.some((kind) => kind !== "number" && kind !== "numbers")) return "tensor";
      return kinds.includes("numbers") ? "numbers" : "number";
    }
  }
}

function kindOfMember(scope: RuleScope, e: Member): Kind {
  const { object, name } = e;
  const binding =
    object.kind === "name" && scope.bindings.has(object.name.text)
      ? resolveBinding(scope, object.name)
      : undefined;
  if (binding?.what === "node") return kindOfNodeMember(scope, binding, name);
  const kind = binding?.kind ?? kindOf(scope, object);
  if (kind === "any" || kind === "node") return "any";
  const members =
    kind === "value" || kind === "tensor"
      ? new Map<string, Kind>([["output", "value"], ...byName(scope.vocabulary.valueMembers)])
      : new Map<string, Kind>();
  return memberKind(scope, members, name, nameOfExpression(object, describe(kind)));
}

function kindOfNodeMember(scope: RuleScope, { name: node, ops }: Binding, member: Name): Kind {
  if (ops === undefined) return "any";
  const { nodeMembers, valueMembers } = scope.vocabulary;
  const members = new Map<string, Kind>([
    ...byName(valueMembers),
    ...ops.flatMap(({ slots }) => slots.map((slot) => [slot, "value"] as const)),
    ...ops.flatMap(({ operands }) => operands.map((o) => [o.name, "value"] as const)),
    ...ops.flatMap(({ attributes, sizes = [] }) => byName([...attributes, ...sizes])),
    ...byName(nodeMembers),
  ]);
  const isPosition = member.text === "depth" && members.get("depth") === "number";
  if (isPosition && scope.changesGraph) scope.found.push(report.positionInRewrite(member.span));
  return memberKind(scope, members, member, ops.length === 1 ? ops[0]!.name : node.text);
}

function byName<W extends { readonly name: string; readonly kind: Kind }>(words: readonly W[]) {
  return words.map(({ name, kind }) => [name, kind] as const);
}

function memberKind(
  scope: RuleScope,
  members: ReadonlyMap<string, Kind>,
  name: Name,
  owner: string,
): Kind {
  const kind = members.get(name.text);
  if (kind === undefined)
    scope.found.push(report.unknownMember(name, owner, closest(name.text, members.keys())));
  return kind ?? "any";
}

function nameOfExpression(e: Expression, otherwise: string): string {
  return e.kind === "name" || e.kind === "member" ? e.name.text : otherwise;
}

function kindOfCall(scope: RuleScope, call: Call): Kind {
  const { callee } = call;
  const quantizer = scope.vocabulary.quantizers.find(({ name }) => name === callee.text);
  if (quantizer !== undefined) {
    checkQuantizerCall(scope, quantizer, call);
    return "quantizer";
  }
  const known = scope.vocabulary.functions.find(({ name }) => name === callee.text);
  if (known !== undefined && !scope.foreign.has(callee.text))
    return kindOfKnownCall(scope, known, call);
  for (const { value } of call.arguments) kindOf(scope, value);
  if (!scope.foreign.has(callee.text) && !scope.forgiven.has(callee.text)) {
    const candidates = [...scope.vocabulary.functions.map(({ name }) => name), ...scope.foreign];
    scope.found.push(report.unknownFunction(callee, closest(callee.text, candidates)));
  }
  return "any";
}

function kindOfKnownCall(scope: RuleScope, known: FunctionWord, call: Call): Kind {
  const { parameters, optional = 0, variadic = false, result } = known;
  const given = call.arguments.length;
  const least = parameters.length - optional;
  const most = variadic ? Number.POSITIVE_INFINITY : parameters.length;
  if (given < least || given > most)
    scope.found.push(report.wrongArity(call.callee, given, { least, most }));
  for (const [i, argument] of call.arguments.entries()) {
    if (argument.name)
      scope.found.push(report.unknownArgument(argument.name, known.name, [], undefined));
    const expected = parameters[i] ?? (variadic ? parameters.at(-1)! : "any");
    const kind = expectKind(scope, argument.value, expected);
    if (kind === "op" && scope.changesGraph) scope.found.push(report.positionInRewrite(call.span));
  }
  return result;
}

// Quantizers.

/** The right side of `set`, `tie` and `quantizer`. */
export function checkRequest(scope: RuleScope, e: Expression): void {
  if (e.kind === "name" && !scope.bindings.has(e.name.text)) {
    checkQuantizerName(scope, e.name);
    return;
  }
  if (e.kind === "call" && isUnknownCallee(scope, e.callee)) {
    const similar = closest(e.callee.text, constructorNames(scope));
    scope.found.push(report.unknownQuantizer(e.callee, similar));
    return;
  }
  expectKind(scope, e, "quantizer");
}

function checkQuantizerName(scope: RuleScope, name: Name): void {
  const { text } = name;
  if (scope.quantizers.has(text) || requestWords.includes(text)) return;
  if (scope.foreign.has(text) || scope.forgiven.has(text)) return;
  if (scope.laterLets.has(text)) {
    resolveBinding(scope, name);
    return;
  }
  if (scope.reported.has(text)) return;
  scope.reported.add(text);
  const candidates = [...scope.quantizers, ...requestWords, ...constructorNames(scope)];
  scope.found.push(report.unknownQuantizer(name, closest(text, candidates)));
}

function isUnknownCallee({ vocabulary, foreign, forgiven }: FileScope, { text }: Name): boolean {
  const isKnown = [...vocabulary.quantizers, ...vocabulary.functions].some(
    ({ name }) => name === text,
  );
  return !isKnown && !foreign.has(text) && !forgiven.has(text);
}

function constructorNames({ vocabulary }: FileScope): readonly string[] {
  return vocabulary.quantizers.map(({ name }) => name);
}

function checkQuantizerCall(scope: RuleScope, quantizer: QuantizerWord, call: Call): void {
  const given = new Map<QuantizerArgument, Argument>();
  let isUnderstood = true;
  for (const argument of call.arguments) {
    const parameter = parameterOf(scope, quantizer, argument, given);
    if (parameter === undefined) {
      isUnderstood = false;
      continue;
    }
    const first = given.get(parameter);
    if (first !== undefined)
      scope.found.push(report.repeatedArgument(argument.span, parameter.name, first.span));
    given.set(parameter, argument);
  }
  const missing = quantizer.arguments.filter((a) => a.required && !given.has(a));
  // What is missing may be what was not understood.
  if (isUnderstood && missing.length > 0)
    scope.found.push(
      report.missingArguments(
        call.callee,
        missing.map(({ name }) => name),
      ),
    );
}

/** Which argument of the quantizer is given; reports one that it does not take, or a wrong value for it. */
function parameterOf(
  scope: RuleScope,
  quantizer: QuantizerWord,
  { name, value }: Argument,
  given: ReadonlyMap<QuantizerArgument, Argument>,
): QuantizerArgument | undefined {
  const parameters = quantizer.arguments;
  if (name !== undefined) {
    const parameter = parameters.find((p) => p.name === name.text);
    if (parameter === undefined) {
      const names = parameters.map((p) => p.name);
      scope.found.push(
        report.unknownArgument(name, quantizer.name, names, closest(name.text, names)),
      );
    } else checkQuantizerValue(scope, parameter, value);
    return parameter;
  }
  if (value.kind !== "name") {
    const parameter = parameters.find((p) => p.isNumber && !given.has(p));
    if (parameter === undefined)
      scope.found.push(report.surplusArgument(value.span, quantizer.name));
    else expectKind(scope, value, "number");
    return parameter;
  }
  const bare = parameters.filter((p) => p.isBare);
  const parameter = bare.find((p) => p.words?.includes(value.name.text));
  if (parameter === undefined && !scope.forgiven.has(value.name.text)) {
    const words = bare.flatMap((p) => p.words ?? []);
    // `channel` without its `per:` is better told what is missing than what it resembles.
    const owner = parameters.find((p) => p.words?.includes(value.name.text));
    const similar = owner ? `${owner.name}: ${value.name.text}` : closest(value.name.text, words);
    scope.found.push(report.unknownArgument(value.name, quantizer.name, words, similar));
  }
  return parameter;
}

function checkQuantizerValue(scope: RuleScope, parameter: QuantizerArgument, e: Expression): void {
  const { name, isNumber, words = [], functions = [] } = parameter;
  const allowed = [...words, ...functions.map((f) => `${f}(…)`)];
  if (e.kind === "name" && !isNumber) {
    if (!words.includes(e.name.text))
      scope.found.push(
        report.unknownWord(`a value of \`${name}\``, e.name, allowed, closest(e.name.text, words)),
      );
  } else if (e.kind === "call" && !isNumber) {
    if (!functions.includes(e.callee.text))
      scope.found.push(
        report.unknownWord(
          `a value of \`${name}\``,
          e.callee,
          allowed,
          closest(e.callee.text, functions),
        ),
      );
    for (const { value } of e.arguments) expectKind(scope, value, "number");
  } else if (isNumber) expectKind(scope, e, "number");
  else {
    const actual = kindOf(scope, e);
    scope.found.push(report.wrongType(e.span, `a word such as \`${words[0]}\``, describe(actual)));
  }
}

/** The value of an attribute, in a pattern or of a new node. */
export function checkAttributeValue(
  scope: RuleScope,
  attributes: readonly AttributeWord[],
  e: Expression,
): void {
  const [first] = attributes;
  if (first === undefined) return;
  const actual = kindOf(scope, e);
  if (!attributes.some(({ kind }) => fits(kind, actual))) {
    scope.found.push(report.wrongType(e.span, describe(first.kind), describe(actual)));
    return;
  }
  if (e.kind !== "string" || attributes.some(({ oneOf }) => oneOf === undefined)) return;
  const words = attributes.flatMap(({ oneOf }) => oneOf ?? []);
  if (words.includes(e.value)) return;
  const word = { text: e.value, span: e.span };
  const similar = closest(e.value, words);
  scope.found.push(report.unknownWord(`a value of \`${first.name}\``, word, words, similar));
}
