import type { Item, PatternItem, QuantizeItem, RewriteItem } from "../../grammar/ast.ts";
import type { Span } from "../../grammar/source/source-file.ts";
import type { OpWord } from "../../grammar/vocabulary.ts";
import type { Analysis } from "./analysis.ts";
import { bindingsOf } from "./captures.ts";
import { type Cursor, cursorAt, isClauseWord, type Token } from "./cursor.ts";
import { namesInGraph } from "./names-in-graph.ts";
import * as suggest from "./suggestions.ts";

export type SuggestionKind =
  | ("keyword" | "op" | "opSet" | "pattern" | "quantizer" | "observer" | "rule" | "phase")
  | ("capture" | "value" | "function" | "foreign" | "slot" | "attribute" | "argument" | "word")
  | ("dtype" | "module" | "folder");

/** One thing that may stand where the cursor is. */
export interface Suggestion {
  readonly label: string;
  readonly kind: SuggestionKind;
  readonly detail?: string;
  /** In Markdown. */
  readonly doc?: string | undefined;
  /** What is inserted, if not the label; `$1`, `${2:name}` are holes to be filled in. */
  readonly snippet?: string;
}

export interface Completions {
  readonly suggestions: readonly Suggestion[];
  /** What a suggestion takes the place of. */
  readonly replaces: Span;
}

/** What completion must know of the files around. */
export interface Surroundings {
  /** Rule files, TypeScript and folders that an import which begins so may go on to name. */
  readonly importable: (start: string, importer: string) => readonly string[];
  /** Names that a TypeScript file exports. */
  readonly exportsOf: (specifier: string, importer: string) => readonly string[];
}

/** What may be written at an offset, in a text with any faults. */
export function completionsAt(
  analysis: Analysis,
  offset: number,
  surroundings: Surroundings,
): Completions {
  const cursor = cursorAt(analysis, offset);
  const context: Context = {
    analysis,
    cursor,
    surroundings,
    offset,
    captures: capturesAt(analysis, cursor),
  };
  return { suggestions: suggestionsIn(context), replaces: cursor.word };
}

interface Context {
  readonly analysis: Analysis;
  readonly cursor: Cursor;
  readonly surroundings: Surroundings;
  readonly offset: number;
  readonly captures: suggest.Captures;
}

type Suggestions = readonly Suggestion[];

function suggestionsIn(context: Context): Suggestions {
  const { analysis, cursor } = context;
  if (cursor.inside === "comment" || cursor.inside === "typescript") return [];
  if (cursor.inside === "string") return inString(context);
  const previous = previousOf(cursor);
  if (cursor.outline === undefined)
    return previous === "require" ? requirements : suggest.itemWords;
  if (previous === ".") return afterDot(context);
  const found = inBracket(context) ?? afterMark(context, previous);
  if (found) return found;
  if (cursor.isFresh && !goesOn(previous))
    return isInRule(cursor) ? suggest.clauseWords(ruleKind(cursor)) : suggest.itemWords;
  return inClause(analysis, context);
}

function isInRule({ outline }: Cursor): boolean {
  return ["quantize", "rewrite"].includes(outline?.tokens[0]?.image ?? "");
}

const requirements = suggest.keywords("integer_only", "coverage");

function ruleKind({ outline }: Cursor): "quantize" | "rewrite" {
  return outline!.tokens[0]!.image === "rewrite" ? "rewrite" : "quantize";
}

function previousOf({ before }: Cursor): string {
  return before.at(-1)?.image ?? "";
}

/** What something must follow: the words that begin clauses, and marks but for those that may end a pattern. */
const unfinished: ReadonlySet<string> = new Set([
  ...["=", "|", ",", ":", "::", "(", "[", "{", ".", "...", "->", "->>", "~", "~=", "==", "!="],
  ...["<", "<=", ">", ">=", "&&", "||", "+", "-", "*", "/", "%", "!"],
  ...["match", "require", "unless", "every", "let", "set", "tie", "fuse", "derive", "replace"],
  ...["preserve", "before", "decreases", "with", "same", "in", "is", "of", "as"],
  ...["import", "from", "expect"],
]);

/** A line that begins behind anything else begins a clause or an item. */
function goesOn(previous: string): boolean {
  return unfinished.has(previous);
}

function inString(context: Context): Suggestions {
  const { analysis, cursor, surroundings, offset } = context;
  const { word, before } = cursor;
  const previous = previousOf(cursor);
  const { file } = word;
  if (previous === "import" || previous === "from") {
    const start = file.text.slice(word.start + 1, offset);
    const found = surroundings.importable(start, file.path);
    return suggest.modules(analysis.vocabulary.modules, found);
  }
  const attribute = before.at(-2);
  if (previous !== ":" || attribute === undefined) return [];
  return suggest.attributeWords(nodeOps(context), attribute.image);
}

/** What stands between the innermost open bracket and the word; `undefined` where that decides nothing. */
function inBracket(context: Context): Suggestions | undefined {
  const { analysis, cursor } = context;
  const { before, open } = cursor;
  const at = open.at(-1);
  if (at === undefined) return undefined;
  const bracket = before[at]!.image;
  const owner = before[at - 1]?.image ?? "";
  const clause = clauseOf(cursor);
  if (bracket === "(") {
    if (analysis.vocabulary.quantizers.some(({ name }) => name === owner))
      return inQuantizer(context, owner);
    if (/^[A-Z]/.test(owner)) return inOperands(context);
    if (owner === "->>") return suggest.opWords(analysis);
    return undefined;
  }
  if (bracket === "[") return previousOf(cursor) === "[" ? inIndex(context) : undefined;
  if (owner === ".") return suggest.slots(opsBeforeDot(context, at - 1));
  if (clause === "import") return foreignNames(context);
  if (clause === "phase") return inPhase(context);
  if (owner === "of") return stepWords(context);
  if (clause === "test" && !/^[A-Z)]/.test(owner))
    return owner === "graph" ? inGraph(context) : inTest(context);
  const isNode = /^[A-Za-z)\]?]/.test(owner) && nodeClauses.includes(clause);
  const isNew = /^[A-Za-z)]/.test(owner) && clause === "replace";
  return isNode || isNew ? inBraces(context, isNew) : undefined;
}

const nodeClauses = ["match", "unless", "every", "test"];

/** A step of a graph: a chain begins with a value that is there already, or with one of a new name. */
function inGraph(context: Context): Suggestions | undefined {
  const { captures, cursor } = context;
  return ["{", ","].includes(previousOf(cursor)) ? suggest.captured(captures) : undefined;
}

/** Between the braces of a test: a graph, then what is expected of the rules. */
function inTest({ analysis, cursor, captures }: Context): Suggestions | undefined {
  if (previousOf(cursor) === "expect")
    return [
      ...suggest.rules(analysis),
      ...suggest.keywords("graph"),
      ...suggest.captured(captures),
    ];
  return cursor.isFresh ? suggest.keywords("graph", "expect") : undefined;
}

/** The word that begins the clause, or the item. */
function clauseOf({ before, clause }: Cursor): string {
  return before[clause]?.image ?? "";
}

/** After a mark that says what follows, in any clause. */
function afterMark(context: Context, previous: string): Suggestions | undefined {
  const { analysis, cursor } = context;
  const clause = clauseOf(cursor);
  const inPattern = ["match", "unless", "every", "pattern", "quantize", "test"].includes(clause);
  if (previous === "::" && inPattern) return suggest.dtypes(analysis, ["_"]);
  if (inPattern && (previous === ":" || previous === "|")) return suggest.opWords(analysis);
  if (inPattern && (previous === "->" || previous === "ordered")) return stepWords(context);
  if (clause === "replace" && (previous === "->" || previous === "with"))
    return newSteps(context, previous);
  return undefined;
}

function newSteps({ analysis, captures }: Context, previous: string): Suggestions {
  const same = suggest.keywords("same");
  const values = previous === "with" ? suggest.captured(captures) : [];
  return [...values, ...suggest.onlyOps(analysis), ...same];
}

/** Inside the parentheses of an op: its operands by name, and whatever a pattern can be made of. */
function inOperands(context: Context): Suggestions {
  const isFirst = ["(", ","].includes(previousOf(context.cursor));
  const names = isFirst ? suggest.operandNames(nodeOps(context)) : [];
  const isReplacement = clauseOf(context.cursor) === "replace";
  return [...names, ...(isReplacement ? expressionWords(context) : stepWords(context))];
}

function stepWords({ analysis, captures }: Context): Suggestions {
  return [
    ...suggest.captured(captures),
    ...suggest.opWords(analysis),
    ...suggest.keywords("ordered", "one of"),
  ];
}

function inIndex({ captures }: Context): Suggestions {
  return suggest.captured(captures);
}

/** Inside the braces of a node: names of attributes, and behind a colon their values. */
function inBraces(context: Context, isNew: boolean): Suggestions | undefined {
  const { cursor } = context;
  const { before, open } = cursor;
  const previous = previousOf(cursor);
  const ops = nodeOps(context);
  if (previous === ":") {
    const values = suggest.attributeValues(ops, before.at(-2)?.image ?? "");
    return isNew ? [...values, ...expressionWords(context)] : values;
  }
  if (previous === "...") return suggest.captured(context.captures);
  if (previous !== "{" && previous !== ",") return isNew ? undefined : [];
  const given = new Set(
    before
      .slice(open.at(-1))
      .filter((_, i, all) => all[i + 1]?.image === ":")
      .map(({ image }) => image),
  );
  if (!isNew) return suggest.readables(ops, given);
  const fields = suggest.attributes(ops, given);
  const carried = suggest.captured(context.captures, "node").map((one) => ({
    ...one,
    label: `...${one.label}`,
  }));
  return [...carried, ...suggest.operandFields(ops, given), ...fields];
}

/** Arguments of a quantizer that are not given yet, as words, or behind a colon the values of one. */
function inQuantizer({ analysis, cursor }: Context, quantizer: string): Suggestions {
  const { before, open } = cursor;
  const word = analysis.vocabulary.quantizers.find(({ name }) => name === quantizer)!;
  const given = new Set(before.slice(open.at(-1)).map(({ image }) => image));
  const named = previousOf(cursor) === ":" ? before.at(-2)?.image : undefined;
  return named === undefined
    ? suggest.quantizerArguments(analysis, word, given)
    : suggest.argumentValues(analysis, word, named);
}

function foreignNames({ cursor, surroundings }: Context): Suggestions {
  const { all, word } = cursor;
  const from = all.find(({ image }) => image.startsWith('"'))?.image.slice(1, -1);
  if (from === undefined) return [];
  const given = new Set(all.map(({ image }) => image));
  const typed = word.file.text.slice(word.start, word.end);
  return suggest.foreign(
    surroundings
      .exportsOf(from, word.file.path)
      .filter((name) => name === typed || !given.has(name)),
  );
}

function inPhase({ analysis, cursor }: Context): Suggestions {
  const words = ["driver", "rules", "before"];
  const last = cursor.before.findLast(({ image }) => words.includes(image))?.image;
  const previous = previousOf(cursor);
  if (previous === "driver") return suggest.keywords("fixpoint", "once", "walk");
  if (last === "rules" && (previous === "rules" || previous === ","))
    return suggest.rules(analysis, "rewrite");
  return suggest.keywords(...words);
}

/** By the word of the clause, where no mark or bracket decides. */
function inClause(analysis: Analysis, context: Context): Suggestions {
  const { cursor, captures } = context;
  const previous = previousOf(cursor);
  switch (clauseOf(cursor)) {
    case "match":
      return previous === "match" || previous === "," || previous === "shared"
        ? [...stepWords(context), ...suggest.keywords("shared")]
        : [];
    case "unless":
      return stepWords(context);
    case "every":
      return inEvery(context);
    case "require":
      return isInRule(cursor) ? expressionWords(context) : requirements;
    case "let":
    case "decreases":
      return previous === "let" ? [] : expressionWords(context);
    case "set":
    case "tie":
    case "derive":
      return inRequest(context);
    case "fuse":
      return suggest.captured(captures, "node");
    case "replace":
      return previous === "replace"
        ? suggest.captured(captures, "node")
        : suggest.keywords("with").concat(expressionWords(context));
    case "preserve":
      return previous === "preserve" ? suggest.keywords("bits", "reals", "within", "steps") : [];
    case "before":
      return cursor.item?.kind === "phase" || cursor.all[0]?.image === "phase"
        ? suggest.phases(analysis)
        : suggest.rules(analysis, "rewrite");
    default:
      return inHead(analysis, context);
  }
}

function inEvery(context: Context): Suggestions {
  const { cursor, captures, analysis } = context;
  switch (previousOf(cursor)) {
    case "every":
      return suggest.keywords("user of", "operand of");
    case "of":
      return suggest.captured(captures);
    case "is":
      return suggest.opWords(analysis);
    default:
      return suggest.keywords("is");
  }
}

/** A site on the left of `=`, a quantizer on its right. */
function inRequest(context: Context): Suggestions {
  const { analysis, cursor, captures } = context;
  const { before, clause } = cursor;
  const isRight = before.slice(clause).some(({ image }) => image === "=");
  const isSite = ["set", "tie", "derive", ","].includes(previousOf(cursor));
  if (!isRight) {
    const short = shortNode(context);
    if (short) return suggest.slots(short);
    return isSite ? suggest.captured(captures) : [];
  }
  if (clauseOf(cursor) === "derive") return suggest.captured(captures);
  if (previousOf(cursor) === ",") return suggest.slots(shortNode(context) ?? []);
  return suggest.quantizers(analysis);
}

/** The ops of the node of the one-line form, whose slots are named without it. */
function shortNode({ analysis, cursor: { before } }: Context): readonly OpWord[] | undefined {
  const on = before.findIndex(({ image }) => image === "on");
  const brace = before.findIndex(({ image }) => image === "{");
  if (on < 0 || (0 <= brace && brace < on)) return undefined;
  const isNamed = before[on + 2]?.image === ":";
  const { ops, opSets } = analysis.scope();
  const found: OpWord[] = [];
  for (let at = on + (isNamed ? 3 : 1); at < before.length; at += 2) {
    const { image } = before[at]!;
    if (image === "any") return [...ops.values()];
    found.push(...(ops.has(image) ? [ops.get(image)!] : (opSets.get(image) ?? [])));
    if (before[at + 1]?.image !== "|") break;
  }
  return found;
}

function inHead(analysis: Analysis, context: Context): Suggestions {
  const { cursor } = context;
  const previous = previousOf(cursor);
  switch (clauseOf(cursor)) {
    case "quantizer":
      return cursor.before.some(({ image }) => image === "=") ? suggest.quantizers(analysis) : [];
    case "ops":
      return previous === "=" || previous === "|" ? suggest.opWords(analysis) : [];
    case "pattern":
      return cursor.before.some(({ image }) => image === "=") ? stepWords(context) : [];
    case "expect":
      return previous === "expect" ? suggest.rules(analysis) : suggest.keywords("fires >= 1");
    case "import":
      return suggest.keywords("from");
    case "quantize":
    case "rewrite":
      return previous === "{" ? suggest.clauseWords(ruleKind(cursor)) : ruleHead(context);
    default:
      return [];
  }
}

function ruleHead({ analysis, cursor }: Context): Suggestions {
  const { before } = cursor;
  if (previousOf(cursor) === "on" || before.length < 2) return [];
  if (previousOf(cursor) === "using") return suggest.foreign([...analysis.scope().foreign]);
  return ruleKind(cursor) === "rewrite"
    ? suggest.keywords("optional", "once")
    : suggest.keywords("override", "optional", "on", "using", "from");
}

/** What an expression can be made of. */
function expressionWords({ analysis, captures }: Context): Suggestions {
  return [
    ...suggest.captured(captures),
    ...suggest.functions(analysis),
    ...suggest.foreign([...analysis.scope().foreign]),
    ...suggest.onlyOps(analysis),
    ...suggest.words("true", "false"),
  ];
}

/** Slots where something is requested; all members in expressions. */
function afterDot(context: Context): Suggestions {
  const { analysis, cursor, captures } = context;
  const { before } = cursor;
  const clause = clauseOf(cursor);
  const owner = before.at(-2)?.image ?? "";
  const isSite = ["set", "tie", "derive", "test"].includes(clause);
  if (!isSite) return suggest.members(analysis, captures.get(owner));
  const binding = captures.get(owner);
  if (binding?.what === "value") return suggest.slots([]);
  return suggest.slots(binding?.ops ?? [], clause === "set" ? ["*"] : []);
}

/** The ops of the name before a dot; several sites are named in braces behind it. */
function opsBeforeDot({ cursor, captures }: Context, dot: number): readonly OpWord[] {
  return captures.get(cursor.before[dot - 1]?.image ?? "")?.ops ?? [];
}

/** The ops of the node whose parentheses or braces are open. */
function nodeOps({ analysis, cursor, captures }: Context): readonly OpWord[] {
  const { before, open, clause } = cursor;
  let at = (open.at(-1) ?? before.length) - 1;
  // `Conv2D(x) { … }`: the name stands before the parentheses.
  if (before[at]?.image === ")") at = openingOf(before, at) - 1;
  if (before[at]?.image === "?") at--;
  const { ops, opSets } = analysis.scope();
  const found: OpWord[] = [];
  for (; at > clause; at--) {
    const { image } = before[at]!;
    if (image === "any") return [...ops.values()];
    const words = ops.get(image) ? [ops.get(image)!] : opSets.get(image);
    const captured = before[at - 1]?.image === "same" ? captures.get(image)?.ops : undefined;
    found.push(...(words ?? captured ?? []));
    if (before[at - 1]?.image !== "|") return found;
    at--;
  }
  return found;
}

function openingOf(before: readonly Token[], close: number): number {
  let depth = 0;
  for (let i = close; i >= 0; i--) {
    if (before[i]!.image === ")") depth++;
    else if (before[i]!.image === "(" && --depth === 0) return i;
  }
  return 0;
}

/** What is bound where the cursor is: in what could be read of the rule, and in the clause that could not. */
function capturesAt(analysis: Analysis, { item, all, word, before }: Cursor): suggest.Captures {
  if (all[0]?.image === "test") return namesInGraph(analysis, before);
  const found = new Map<string, suggest.Captured>();
  if (isRule(item))
    for (const [name, { what, ops }] of bindingsOf(analysis, item))
      found.set(name, { what: what === "node" ? "node" : "value", ...(ops && { ops }) });
  for (const [name, captured] of namesWritten(analysis, all, word))
    if (!found.has(name)) found.set(name, captured);
  return found;
}

/** Names in the patterns of an item as its tokens have them, but for the word that is being written. */
function namesWritten(analysis: Analysis, all: readonly Token[], word: Span): suggest.Captures {
  const found = new Map<string, suggest.Captured>();
  const { ops, opSets } = analysis.scope();
  let clause = "";
  for (const [i, token] of all.entries()) {
    const { image, startOffset } = token;
    if (isClauseWord(token)) clause = image;
    if (clause !== "match" || !/^[a-z_]/.test(image) || isClauseWord(token)) continue;
    if (startOffset === word.start) continue;
    const [before, next, afterNext] = [all[i - 1]!.image, all[i + 1]?.image, all[i + 2]?.image];
    if (next === ":" && /^[A-Z]/.test(afterNext ?? "")) {
      const op = ops.get(afterNext!);
      found.set(image, { what: "node", ops: op ? [op] : (opSets.get(afterNext!) ?? []) });
    } else if (next !== ":" && ["match", "->", "(", ","].includes(before) && !found.has(image))
      found.set(image, { what: "value" });
  }
  return found;
}

function isRule(item: Item | undefined): item is PatternItem | QuantizeItem | RewriteItem {
  return item !== undefined && ["pattern", "quantize", "rewrite"].includes(item.kind);
}
