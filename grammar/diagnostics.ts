import type { Name } from "./ast.ts";
import type { Diagnostic, Fix, Label } from "./source/diagnostic.ts";
import type { Span } from "./source/source-file.ts";

/** The catalogue of the language's diagnostics: 10xx syntax, 12xx names, 13xx arity and types. */

type Facts = Omit<Diagnostic, "severity" | "labels" | "help" | "fixes"> & {
  readonly labels: readonly Label[];
  readonly help?: string | undefined;
  readonly fixes?: readonly Fix[] | undefined;
};

function error({ help, fixes, ...facts }: Facts): Diagnostic {
  return {
    severity: "error",
    ...facts,
    ...(help === undefined ? {} : { help }),
    ...(fixes === undefined ? {} : { fixes }),
  };
}

const at = (place: Span, text: string): Label => ({ place, text });
const quoted = (word: string): string => `\`${word}\``;
const listed = (words: readonly string[]): string => words.map(quoted).join(", ");
const didYouMean = (similar: string | undefined): string | undefined =>
  similar === undefined ? undefined : `did you mean ${quoted(similar)}?`;
const edit = (title: string, place: Span, text: string): readonly Fix[] => [
  { title, edits: [{ place, text }] },
];
const deletion = (place: Span): readonly Fix[] =>
  edit(`delete ${quoted(sourceOf(place))}`, place, "");
const insertion = (text: string, { file, start }: Span): readonly Fix[] =>
  edit(`insert ${quoted(text)}`, file.span(start, start), text);
/** The word that was probably meant in place of what stands there. */
const correction = (
  { span }: Name,
  similar: string | undefined,
  written = similar,
): readonly Fix[] | undefined =>
  similar === undefined || written === undefined
    ? undefined
    : edit(`replace by ${quoted(similar)}`, span, written);
const counted = (count: number, noun: string): string =>
  `${count} ${noun}${count === 1 ? "" : "s"}`;
const sourceOf = (span: Span): string => span.file.text.slice(span.start, span.end);

// Syntax.

/** Where it is plain what was meant. */
function fixesOfText(text: string, span: Span): readonly Fix[] | undefined {
  if (text === ";") return deletion(span);
  return text === "&" ? edit("replace by `&&`", span, "&&") : undefined;
}

/** Characters that are no token: a semicolon, a `#` comment, a quote of the wrong kind. */
export function unexpectedText(span: Span): Diagnostic {
  const [text = ""] = sourceOf(span).split(/\s/);
  const help: Readonly<Record<string, string>> = {
    ";": "nothing separates clauses: each begins with a word of its own",
    "#": "comments begin with `//`",
    "/": "comments begin with `//` and end with the line",
    "'": "strings are written in double quotes",
    "&": "the logical operator is `&&`",
    "“": 'strings are written in double quotes: "',
    "”": 'strings are written in double quotes: "',
    "„": 'strings are written in double quotes: "',
    "→": "data flow is written `->`",
  };
  return error({
    code: "QC1001",
    message: `unexpected ${quoted(text)}`,
    labels: [at(span, "not part of the language")],
    help: help[text.charAt(0)],
    fixes: fixesOfText(text, span),
  });
}

/** A word with letters that names do not have. */
export function notAName(place: Span): Diagnostic {
  return error({
    code: "QC1021",
    message: `${quoted(sourceOf(place))} cannot be a name`,
    labels: [at(place, "has other characters than names have")],
    help: "names are made of letters a–z, A–Z, digits and `_`",
  });
}

export function unterminatedString(span: Span): Diagnostic {
  return error({
    code: "QC1002",
    message: "a string without its closing quote",
    labels: [at(span, 'no `"` until the end of the line')],
  });
}

/** `expected` and `found` are phrases: "`=`", "an op or a value", "the end of the file". */
export function unexpectedToken(
  place: Span,
  expected: string,
  found: string,
  help?: string,
): Diagnostic {
  return error({
    code: "QC1003",
    message: `expected ${expected}, found ${found}`,
    labels: [at(place, `expected ${expected}`)],
    help,
  });
}

export function unclosedRule(place: Span, open: Span): Diagnostic {
  return error({
    code: "QC1004",
    message: "a rule without its closing brace",
    labels: [at(place, "expected `}`"), at(open, "to close this")],
    fixes: insertion("\n}", place),
  });
}

export function unexpectedClosingBrace(place: Span): Diagnostic {
  return error({
    code: "QC1005",
    message: "unexpected `}`",
    labels: [at(place, "closes nothing")],
    fixes: deletion(place),
  });
}

export function misplacedClause(word: Name, rule: "quantize" | "rewrite"): Diagnostic {
  const other = rule === "quantize" ? "rewrite" : "quantize";
  return error({
    code: "QC1006",
    message: `${quoted(word.text)} cannot stand in a ${quoted(rule)} rule`,
    labels: [at(word.span, `belongs in a ${quoted(other)} rule`)],
    help:
      rule === "quantize"
        ? "a `quantize` rule requests quantizers and never changes the graph"
        : "a `rewrite` rule changes the graph and requests no quantizers",
  });
}

export function nestedTooDeeply(place: Span): Diagnostic {
  return error({
    code: "QC1007",
    message: "nested too deeply",
    labels: [at(place, "too many brackets or operators within one another")],
    help: "name a part of it with `let`",
  });
}

export function lateSpread(capture: Name): Diagnostic {
  return error({
    code: "QC1008",
    message: `\`...${capture.text}\` must come before the fields`,
    labels: [at(capture.span, "after a field")],
    help: "what is carried over comes first, what replaces parts of it later",
  });
}

export function testWithoutGraph(place: Span, test: string): Diagnostic {
  return error({
    code: "QC1017",
    message: `the test ${quoted(test)} has no graph`,
    labels: [at(place, "on what?")],
    help: "give it one: `graph { x :: f32[1, 8] -> ReLU -> y }`",
  });
}

export function incompleteType(place: Span): Diagnostic {
  return error({
    code: "QC1018",
    message: "the type of an input or a constant has to be complete",
    labels: [at(place, "an element type and a size for each dimension")],
    help: "write for example `:: f32[1, 8, 8, 3]`",
  });
}

export function notALiteral(place: Span): Diagnostic {
  return error({
    code: "QC1019",
    message: "a graph is written with plain values",
    labels: [at(place, "numbers, lists of numbers, strings, `true` or `false`")],
    help: "a constant of another element type has a name: `k :: i32[2] = [0, 1]`; `exact(7)` draws small numbers from a seed",
  });
}

export function notAValueHere(place: Span): Diagnostic {
  return error({
    code: "QC1020",
    message: "only the beginning of a chain can be an input, a constant or one of several results",
    labels: [at(place, "names what comes before it")],
    help: "define it before, in a chain of its own",
  });
}

export function invalidRegex(place: Span, reason: string): Diagnostic {
  return error({
    code: "QC1010",
    message: "an invalid regular expression",
    labels: [at(place, reason)],
  });
}

export function strayText(place: Span): Diagnostic {
  return error({
    code: "QC1011",
    message: `expected an item, found ${quoted(sourceOf(place))}`,
    labels: [at(place, "outside all items")],
    help: "items begin with `import`, `ops`, `pattern`, `quantizer`, `quantize`, `rewrite`, `phase`, `test`, `expect` or `require`",
  });
}

/** `clauses` are those of which one is needed. */
export function missingClause(rule: Name, clauses: readonly string[]): Diagnostic {
  return error({
    code: "QC1012",
    message: `${quoted(rule.text)} has no ${clauses.map(quoted).join(" or ")}`,
    labels: [at(rule.span, "a rule says what it matches and what it does")],
  });
}

/** What has clauses and is no rule. */
const owners: Readonly<Record<string, string>> = { driver: "phase", graph: "test" };

export function repeatedClause(word: string, again: Span, first: Span): Diagnostic {
  return error({
    code: "QC1013",
    message: `a second ${quoted(word)} in one ${owners[word] ?? "rule"}`,
    labels: [at(again, "written again here"), at(first, "the first one")],
    help: word === "match" ? "separate the chains of one pattern by commas" : undefined,
  });
}

export function numberOutOfRange(place: Span): Diagnostic {
  return error({
    code: "QC1014",
    message: `${quoted(sourceOf(place))} is out of range`,
    labels: [at(place, "not a finite number")],
  });
}

export function notWhole(place: Span): Diagnostic {
  return error({
    code: "QC1022",
    message: `expected a whole number, found ${quoted(sourceOf(place))}`,
    labels: [at(place, "counts something")],
  });
}

export function secondRest(again: Span, first: Span): Diagnostic {
  return error({
    code: "QC1015",
    message: "two `...` in one shape",
    labels: [at(again, "which dimensions these are is not determined"), at(first, "the first one")],
  });
}

/** `part` is a phrase: "looking ahead or behind". */
export function unsupportedRegex(place: Span, part: string): Diagnostic {
  return error({
    code: "QC1016",
    message: `a name pattern cannot have ${part}`,
    labels: [at(place, "names are matched in one go, without going back")],
    help: "join simpler patterns: `n.name ~ /head.*/ && !(n.name ~ /.*bias/)`",
  });
}

// Names.

/** @param operator what model files call the op that was probably meant, where it is that name that was written */
export function unknownOp(
  name: Name,
  similar: string | undefined,
  operator?: string | undefined,
): Diagnostic {
  return error({
    code: "QC1201",
    message: `no op or op set is called ${quoted(name.text)}`,
    labels: [at(name.span, "unknown op")],
    help:
      operator === undefined || similar === undefined
        ? didYouMean(similar)
        : `${quoted(operator)} of model files is ${quoted(similar)} in rules`,
    fixes: correction(name, similar),
  });
}

export function unknownSlot(
  slot: Name,
  owner: string,
  slots: readonly string[],
  similar: string | undefined,
): Diagnostic {
  return error({
    code: "QC1202",
    message: `${quoted(owner)} has no slot ${quoted(slot.text)}`,
    labels: [at(slot.span, "unknown slot")],
    help: didYouMean(similar) ?? (slots.length === 0 ? undefined : `it has ${listed(slots)}`),
    fixes: correction(slot, similar),
  });
}

/** `input[3]` of an op that reads two values. */
export function noSuchInput(place: Span, owner: string, index: number, inputs: number): Diagnostic {
  const known = Array.from({ length: inputs }, (_, i) => `input[${i}]`);
  return error({
    code: "QC1312",
    message: `${quoted(owner)} has no slot ${quoted(`input[${index}]`)}`,
    labels: [at(place, "counts from 0")],
    help: known.length === 0 ? undefined : `it has ${listed(known)}`,
  });
}

/** `fuse a` or `tie a.output`: a group needs others. */
export function groupOfOne(word: string, place: Span): Diagnostic {
  return {
    ...error({
      code: "QC1242",
      message: `this ${quoted(word)} does nothing: it names one thing alone`,
      labels: [at(place, "says nothing")],
      help: `name what else belongs to the group, or leave the ${quoted(word)} out`,
    }),
    severity: "warning",
  };
}

export function unknownAttribute(
  name: Name,
  owner: string,
  known: readonly string[],
  similar: string | undefined,
): Diagnostic {
  return error({
    code: "QC1203",
    message: `${quoted(owner)} has no attribute ${quoted(name.text)}`,
    labels: [at(name.span, "unknown attribute")],
    help: didYouMean(similar) ?? (known.length === 0 ? undefined : `it has ${listed(known)}`),
    fixes: correction(name, similar),
  });
}

/** `lookalike` is a name of the rule that may have been meant, where it is bound. */
export function unboundName(
  name: Name,
  lookalike: Name | undefined,
  similar?: string | undefined,
): Diagnostic {
  return error({
    code: "QC1204",
    message: `${quoted(name.text)} is not bound by the pattern`,
    labels: [
      at(name.span, "used here"),
      ...(lookalike === undefined ? [] : [at(lookalike.span, "did you mean this one?")]),
    ],
    help: didYouMean(similar) ?? "a rule can only use names that its `match` or a `let` has bound",
    fixes: correction(name, lookalike?.text ?? similar),
  });
}

export function usedBeforeLet(name: Name, binding: Name): Diagnostic {
  return error({
    code: "QC1216",
    message: `${quoted(name.text)} is used before its \`let\``,
    labels: [at(name.span, "used here"), at(binding.span, "bound only here")],
  });
}

export function unknownQuantizer(name: Name, similar: string | undefined): Diagnostic {
  return error({
    code: "QC1205",
    message: `no quantizer is called ${quoted(name.text)}`,
    labels: [at(name.span, "unknown quantizer")],
    help: didYouMean(similar) ?? "define it with `quantizer`, or write `none` or `float`",
    fixes: correction(name, similar),
  });
}

export function unknownFunction(name: Name, similar: string | undefined): Diagnostic {
  return error({
    code: "QC1206",
    message: `no function is called ${quoted(name.text)}`,
    labels: [at(name.span, "unknown function")],
    help: didYouMean(similar),
    fixes: correction(name, similar),
  });
}

export function unknownModule(from: Name, similar: string | undefined): Diagnostic {
  return error({
    code: "QC1207",
    message: `no library is called ${quoted(from.text)}`,
    labels: [at(from.span, "cannot be imported")],
    help: didYouMean(similar) ?? "the path of a file begins with `./` or `../`",
    fixes: correction(from, similar, JSON.stringify(similar)),
  });
}

export function duplicateItem(what: string, again: Name, first: Name): Diagnostic {
  return error({
    code: "QC1208",
    message: `a second ${what} is called ${quoted(again.text)}`,
    labels: [at(again.span, "defined again here"), at(first.span, "first defined here")],
  });
}

export function duplicateBinding(again: Name, first: Name): Diagnostic {
  return error({
    code: "QC1209",
    message: `${quoted(again.text)} is bound twice`,
    labels: [at(again.span, "bound again here"), at(first.span, "first bound here")],
    help: "a name stands for one node; to say that two values are the same, write the bare name",
  });
}

export function unusedName(name: Name, help: string | undefined): Diagnostic {
  return {
    ...error({
      code: "QC1210",
      message: `${quoted(name.text)} is never used`,
      labels: [at(name.span, "bound here")],
      help: help ?? `leave the name out, or begin it with an underscore: \`_${name.text}\``,
      fixes: insertion("_", name.span),
    }),
    severity: "warning",
  };
}

export function disconnectedPattern(part: Span, rest: Span): Diagnostic {
  return error({
    code: "QC1211",
    message: "the pattern has parts that nothing connects",
    labels: [at(part, "shares no name with the other part"), at(rest, "the other part")],
    help: "chains of one pattern must share a value or a node",
  });
}

export function untaggedAlternative(place: Span, as: Name): Diagnostic {
  return error({
    code: "QC1218",
    message: "an alternative without a tag",
    labels: [at(place, "which one is it?"), at(as.span, "this is to be its tag")],
    help: "give each alternative a name: `one of { plain = …, folded = … } as which`",
  });
}

export function endsInNothing(place: Span): Diagnostic {
  return error({
    code: "QC1219",
    message: "a chain cannot end in what may be absent as a whole",
    labels: [at(place, "may match nothing")],
    help: "patterns are matched from their end: write `(…)+`, or `act: ReLU?` for one node that may be absent",
  });
}

export function wrongPatternArity(
  use: Name,
  given: number,
  parameters: readonly Name[],
): Diagnostic {
  const names = parameters.map(({ text }) => quoted(text)).join(", ");
  return error({
    code: "QC1220",
    message: `the pattern ${quoted(use.text)} takes ${parameters.length} operands, not ${given}`,
    labels: [at(use.span, names === "" ? "it has no parameters" : `its parameters are ${names}`)],
    help: "what the chain gives counts as the first one if one is missing",
  });
}

/** `what` is a phrase: "attributes". */
export function patternIsNoOp(use: Name, place: Span, what: string): Diagnostic {
  return error({
    code: "QC1221",
    message: `${quoted(use.text)} is a pattern and cannot have ${what}`,
    labels: [at(place, "for ops only")],
    help: "write it in the definition of the pattern",
  });
}

export function notTheHead(use: Name, parameter: Name): Diagnostic {
  return error({
    code: "QC1222",
    message: `the chain leads into ${quoted(use.text)}, which does not begin with its first parameter`,
    labels: [at(use.span, "used here"), at(parameter.span, "this does not begin the pattern")],
    help: "give all its parameters, and the chain leads into what the pattern begins with",
  });
}

export function unusedParameter(parameter: Name): Diagnostic {
  return error({
    code: "QC1223",
    message: `the parameter ${quoted(parameter.text)} is not in the pattern`,
    labels: [at(parameter.span, "stands for nothing")],
  });
}

export function patternInTheWrongPlace(use: Name): Diagnostic {
  return error({
    code: "QC1224",
    message: `${quoted(use.text)} is a pattern, not an op`,
    labels: [at(use.span, "an op or a set of ops is expected here")],
    help: "a pattern is a step of a chain by itself; for alternatives of patterns write `one of { …, … }`",
  });
}

export function unknownPhase(name: Name, similar: string | undefined): Diagnostic {
  return error({
    code: "QC1225",
    message: `no phase is called ${quoted(name.text)}`,
    labels: [at(name.span, "unknown phase")],
    help: didYouMean(similar) ?? "the rules of no phase are in `main`",
    fixes: correction(name, similar),
  });
}

export function ruleInTwoPhases(again: Name, first: Name): Diagnostic {
  return error({
    code: "QC1226",
    message: `${quoted(again.text)} is in two phases`,
    labels: [at(again.span, "listed again here"), at(first.span, "first listed here")],
    help: "a rule belongs to one phase",
  });
}

export function coverageOutOfRange(place: Span): Diagnostic {
  return error({
    code: "QC1227",
    message: "a coverage is a share from 0 to 1",
    labels: [at(place, "more than everything")],
    help: "for 90 % write `require coverage >= 0.9`",
  });
}

/** Clauses that contradict each other: at least one place. */
export function cannotHold(places: readonly Span[]): Diagnostic {
  const [first, ...others] = places.toReversed();
  return error({
    code: "QC1240",
    message:
      others.length === 0
        ? "this can hold nowhere"
        : "the clauses of this rule contradict each other, so it can match nowhere",
    labels: [
      at(first!, others.length === 0 ? "is never true" : "cannot hold"),
      ...others.map((place) =>
        at(place, others.length === 1 ? "where this does" : "where these do"),
      ),
    ],
    help: "a rule matches where all of its clauses hold: change one of them, or make two rules of it",
  });
}

/** An op among alternatives that lacks what is asked of the node. */
export function deadAlternative(
  op: Name,
  missing: string,
  asked: Span,
  matches: boolean,
): Diagnostic {
  const fault = matches ? "gets nothing here" : "can never match here";
  return {
    ...error({
      code: "QC1241",
      message: `${quoted(op.text)} ${fault}: it has no ${missing}`,
      labels: [at(op.span, "leave it out"), at(asked, "asked for here")],
    }),
    severity: "warning",
  };
}

export function positionInRewrite(place: Span): Diagnostic {
  return error({
    code: "QC1228",
    message: "a `rewrite` rule cannot ask where in the model a node is",
    labels: [at(place, "a position in the whole graph")],
    help: "rewriting moves nodes, so the answer would depend on what was rewritten before: ask for names, or for neighbours",
  });
}

/** A name in a graph that is written out. */
export function unknownValue(name: Name, similar: string | undefined): Diagnostic {
  return error({
    code: "QC1229",
    message: `no value before this is called ${quoted(name.text)}`,
    labels: [at(name.span, "unknown value")],
    help: didYouMean(similar) ?? `an input has a type: \`${name.text} :: f32[1, 8]\``,
    fixes: correction(name, similar),
  });
}

/** A name in a graph that stands before the step that gives it. */
export function laterValue(name: Name): Diagnostic {
  return error({
    code: "QC1230",
    message: `${quoted(name.text)} is only named further on`,
    labels: [at(name.span, "read here, before it is made")],
    help: "write the chain that makes it before those that read it",
  });
}

export function unknownRule(name: Name, similar: string | undefined): Diagnostic {
  return error({
    code: "QC1212",
    message: `no rule is called ${quoted(name.text)}`,
    labels: [at(name.span, "unknown rule")],
    help: didYouMean(similar),
    fixes: correction(name, similar),
  });
}

export function hasNoOrder(name: Name): Diagnostic {
  return error({
    code: "QC1244",
    message: `${quoted(name.text)} is no \`rewrite\` rule, so it has no order`,
    labels: [at(name.span, "a `quantize` rule")],
    help: "requests are joined whatever their order: leave the name out, or write `override` for one that is to win",
  });
}

/** `what` is what it should be: "an element type", "a value of `per`". */
export function unknownWord(
  what: string,
  word: Name,
  allowed: readonly string[],
  similar: string | undefined,
): Diagnostic {
  return error({
    code: "QC1213",
    message: `${quoted(word.text)} is not ${what}`,
    labels: [at(word.span, "unknown word")],
    help: didYouMean(similar) ?? `possible are ${listed(allowed)}`,
    fixes: correction(word, similar),
  });
}

export function unknownMember(
  member: Name,
  owner: string,
  similar: string | undefined,
): Diagnostic {
  return error({
    code: "QC1214",
    message: `${quoted(owner)} has no member ${quoted(member.text)}`,
    labels: [at(member.span, "neither an operand nor an attribute nor a property")],
    help: didYouMean(similar),
    fixes: correction(member, similar),
  });
}

export function unknownArgument(
  name: Name,
  callee: string,
  known: readonly string[],
  similar: string | undefined,
): Diagnostic {
  return error({
    code: "QC1215",
    message: `${quoted(callee)} takes no argument ${quoted(name.text)}`,
    labels: [at(name.span, "unknown argument")],
    help: didYouMean(similar) ?? (known.length === 0 ? undefined : `it takes ${listed(known)}`),
    fixes: correction(name, similar),
  });
}

/** `uses` are the names that lead from one definition to the next and back to the first. */
export function circularDefinition(uses: readonly Name[]): Diagnostic {
  const names = [uses.at(-1)!, ...uses.slice(0, -1)].map(({ text }) => text);
  const fault = names.length === 1 ? "is defined by itself" : "are defined by one another";
  return error({
    code: "QC1217",
    message: `${listed(names)} ${fault}`,
    labels: uses.map(({ text, span }) => at(span, `needs the definition of ${quoted(text)}`)),
    help: "one of them must say what it stands for: ops, or a quantizer such as `LastValue(int8)`",
  });
}

// Arity and types.

export function wrongArity(
  callee: Name,
  given: number,
  { least, most }: { readonly least: number; readonly most: number },
): Diagnostic {
  const range =
    least === most
      ? counted(least, "argument")
      : most === Number.POSITIVE_INFINITY
        ? `at least ${counted(least, "argument")}`
        : `${least} to ${counted(most, "argument")}`;
  return error({
    code: "QC1301",
    message: `${quoted(callee.text)} takes ${range}, not ${given}`,
    labels: [at(callee.span, `called with ${counted(given, "argument")}`)],
  });
}

export function tooManyOperands(op: Name, surplus: Span, operands: readonly string[]): Diagnostic {
  return error({
    code: "QC1302",
    message: `${quoted(op.text)} takes ${counted(operands.length, "operand")}`,
    labels: [at(surplus, "one too many")],
    help: operands.length === 0 ? undefined : `its operands are ${listed(operands)}`,
  });
}

export function missingOperand(op: Name, operand: string): Diagnostic {
  return error({
    code: "QC1303",
    message: `the new ${quoted(op.text)} has no ${quoted(operand)}`,
    labels: [at(op.span, `needs the operand ${quoted(operand)}`)],
    help: `carry it over with \`...\` from a captured node, or give it: \`${operand}: …\``,
  });
}

export function wrongType(place: Span, expected: string, actual: string): Diagnostic {
  return error({
    code: "QC1304",
    message: `expected ${expected}, found ${actual}`,
    labels: [at(place, `this is ${actual}`)],
  });
}

export function notVariadic(op: Name, spread: Span): Diagnostic {
  return error({
    code: "QC1305",
    message: `${quoted(op.text)} has a fixed number of operands`,
    labels: [at(spread, "`...` stands for any number of them")],
  });
}

/** Two parts of an operand list that both take what is left. */
export function secondSpread(again: Span, first: Span): Diagnostic {
  return error({
    code: "QC1311",
    message: "a second `...` among the operands of one node",
    labels: [
      at(again, "stands for any number of them"),
      at(first, "and so does this: which are which?"),
    ],
  });
}

/** An argument without a name that none of the parameters takes. */
export function surplusArgument(place: Span, callee: string): Diagnostic {
  return error({
    code: "QC1309",
    message: `${quoted(callee)} takes no further argument`,
    labels: [at(place, "one too many")],
  });
}

export function missingArguments(callee: Name, missing: readonly string[]): Diagnostic {
  return error({
    code: "QC1308",
    message: `${quoted(callee.text)} needs ${listed(missing)}`,
    labels: [at(callee.span, "an argument is missing")],
  });
}

/** A node where only a value will do, or the other way round. */
export function wrongCapture(use: Name, expected: "node" | "value", binding: Name): Diagnostic {
  const actual = expected === "node" ? "value" : "node";
  return error({
    code: "QC1306",
    message: `${quoted(use.text)} is a ${actual}, not a ${expected}`,
    labels: [
      at(use.span, `expected a ${expected}`),
      at(binding.span, `a ${actual} is captured here`),
    ],
    help:
      expected === "node"
        ? `capture a node with \`name: Op\`, as in \`-> ${use.text}: Conv2D\``
        : undefined,
  });
}

/** A name that stands for several nodes where one is replaced or rebuilt. */
export function listOfNodes(use: Name, binding: Name): Diagnostic {
  return error({
    code: "QC1310",
    message: `${quoted(use.text)} stands for a list of nodes, not for one`,
    labels: [at(use.span, "expected a node"), at(binding.span, "can match several times")],
    help: "replace the node that comes after the repeated part, and nothing of that part stays",
  });
}

/** A measure in which nothing depends on the place where a rule matches. */
export function constantMeasure(place: Span): Diagnostic {
  return error({
    code: "QC1313",
    message: "what `decreases` is the same wherever the rule matches: it never becomes smaller",
    labels: [at(place, "says nothing of what is matched")],
    help: "name a number of the match that the rule makes smaller, as in `decreases n.rank`, or write `once` after the rule's name",
  });
}

export function repeatedArgument(again: Span, name: string, first: Span): Diagnostic {
  return error({
    code: "QC1307",
    message: `${quoted(name)} is given twice`,
    labels: [at(again, "given again here"), at(first, "first given here")],
  });
}
