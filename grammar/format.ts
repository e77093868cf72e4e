import type {
  Chain,
  Expression,
  GraphLiteral,
  Item,
  MatchClause,
  OpsItem,
  PatternItem,
  PhaseItem,
  QuantizeClause,
  QuantizeItem,
  ReplaceClause,
  RewriteClause,
  RewriteItem,
  RuleFile,
  SetClause,
  Step,
  TestClause,
  TestItem,
  UnlessClause,
  UsingConfig,
} from "./ast.ts";
import { type Comment, commentsOf } from "./comments.ts";
import { precedenceOf } from "./precedence.ts";
import {
  linkSteps,
  printArgument,
  printChain,
  printContract,
  printExpression,
  printGraphChain,
  printGraphStep,
  printNewChain,
  printNewStep,
  printNode,
  printNumber,
  printOpenedChain,
  printOpenedStep,
  printSites,
  printSlots,
  printStep,
  printString,
  printType,
} from "./print.ts";
import { lex } from "./tokens.ts";

const width = 100;
const indent = "  ";

/**
 * The file in its one canonical form: `format(parse(format(f))) = format(f)`. Comments stay with the clause or
 * item that they stand before or beside; at most one blank line stays between clauses. A file with faults in
 * its syntax is returned as it is, since what could not be read would be lost.
 */
export function format(file: RuleFile): string {
  const { text } = file.file;
  if (file.broken !== undefined) return text;
  const comments = commentsOf(file.file, lex(file.file).comments);
  const pieces = file.items.flatMap((item, i) => piecesOf(item, file.items[i - 1]));
  const lines = attach(comments, pieces).flatMap((placed, i) => linesOf(text, placed, i === 0));
  return lines.length === 0 ? "" : `${lines.join("\n")}\n`;
}

type Clause = QuantizeClause | RewriteClause;
type Rule = QuantizeItem | RewriteItem;

/** What is printed on lines of its own: a short item; the head, a clause and the closing brace of a rule. */
interface Piece {
  readonly start: number;
  readonly end: number;
  readonly text: string;
  readonly indent: string;
  /** A blank line stands before it: always, never, or as it was written. */
  readonly blank: "always" | "never" | "kept";
}

interface Placed extends Piece {
  readonly leading: readonly Comment[];
  readonly trailing?: Comment | undefined;
}

function piecesOf(item: Item, previous: Item | undefined): readonly Piece[] {
  const { start, end } = item.span;
  const blank = previous === undefined || !belongTogether(previous, item) ? "always" : "kept";
  if (item.kind === "test") return piecesOfTest(item, blank);
  if (!isRule(item) || isShort(item))
    return [{ start, end, text: printItem(item), indent: "", blank }];
  const [head, ...clauses] = [item, ...item.clauses];
  return [
    {
      start,
      end: start,
      text: `${[printHead(head as Rule), ...printUsing(head as Rule)].join(" ")} {`,
      indent: "",
      blank,
    },
    ...(clauses as readonly Clause[]).map(
      (clause, i): Piece => ({
        start: clause.span.start,
        end: clause.span.end,
        text: printClause(clause),
        indent,
        blank: i === 0 ? "never" : "kept",
      }),
    ),
    { start: end - 1, end, text: "}", indent: "", blank: "never" },
  ];
}

function piecesOfTest({ name, clauses, span }: TestItem, blank: Piece["blank"]): readonly Piece[] {
  const { start, end } = span;
  return [
    { start, end: start, text: `test ${printString(name.text)} {`, indent: "", blank },
    ...clauses.flatMap((clause, i) => piecesOfTestClause(clause, i === 0 ? "never" : "kept")),
    { start: end - 1, end, text: "}", indent: "", blank: "never" },
  ];
}

/** A graph that is too long for a line has a line, or several, for each of its chains. */
function piecesOfTestClause(clause: TestClause, blank: Piece["blank"]): readonly Piece[] {
  const { start, end } = clause.span;
  const whole = (text: string): readonly Piece[] => [{ start, end, text, indent, blank }];
  switch (clause.kind) {
    case "graph":
    case "becomes": {
      const head = clause.kind === "graph" ? "graph" : "expect graph";
      const line = `${head} { ${clause.graph.chains.map(printGraphChain).join(", ")} }`;
      if (indent.length + line.length <= width) return whole(line);
      return [
        { start, end: start, text: `${head} {`, indent, blank },
        ...piecesOfChains(clause.graph),
        { start: end - 1, end, text: "}", indent, blank: "never" },
      ];
    }
    case "fires":
      return whole(`expect ${clause.rule.text} fires ${clause.comparison} ${clause.count}`);
    case "request":
      return whole(`expect ${printSites(clause.sites)} = ${printExpression(clause.value)}`);
  }
}

function piecesOfChains({ chains }: GraphLiteral): readonly Piece[] {
  return chains.map(({ steps, span }, i): Piece => {
    const parts = linked(steps.map(printGraphStep));
    const text = `${filled(parts, chainWidth - 1)}${i < chains.length - 1 ? "," : ""}`;
    return {
      start: span.start,
      end: span.end,
      text,
      indent: indent + indent,
      blank: i === 0 ? "never" : "kept",
    };
  });
}

function belongTogether(a: Item, b: Item): boolean {
  return a.kind === b.kind && !isBlock(a) && !isBlock(b);
}

/** Whether an item is written over several lines, with a closing brace. */
function isBlock(item: Item): boolean {
  return item.kind === "phase" || item.kind === "test" || (isRule(item) && !isShort(item));
}

function isRule(item: Item): item is Rule {
  return item.kind === "quantize" || item.kind === "rewrite";
}

/** Whether the rule was written on one line: then its match has no word of its own. */
function isShort(rule: Rule): boolean {
  if (rule.kind !== "quantize") return false;
  const [first] = rule.clauses;
  if (first === undefined) return rule.using !== undefined;
  return first.kind === "match" && !first.span.file.text.startsWith("match", first.span.start);
}

/** Gives each comment to the piece after it or, beside something, to the piece before it. */
function attach(comments: readonly Comment[], pieces: readonly Piece[]): readonly Placed[] {
  const leading: Comment[][] = pieces.map(() => []);
  const trailing: (Comment | undefined)[] = [];
  const last: Comment[] = [];
  let next = 0;
  for (const comment of comments) {
    while (next < pieces.length && pieces[next]!.start <= comment.start) next++;
    const before = next - 1;
    const isInside = 0 <= before && comment.start < pieces[before]!.end;
    if (comment.isTrailing && 0 <= before) {
      // Only the last comment beside a clause of several lines can stay beside it.
      const earlier = trailing[before];
      if (earlier !== undefined) leading[before]!.push(earlier);
      trailing[before] = comment;
    } else (isInside ? leading[before]! : (leading[next] ?? last)).push(comment);
  }
  const placed: Placed[] = pieces.map((piece, i) => ({
    ...piece,
    leading: leading[i]!,
    trailing: trailing[i],
  }));
  const end = { start: Number.POSITIVE_INFINITY, end: Number.POSITIVE_INFINITY, text: "" };
  return last.length === 0
    ? placed
    : [...placed, { ...end, indent: "", blank: "kept", leading: last }];
}

function linesOf(text: string, piece: Placed, isFirst: boolean): readonly string[] {
  const { leading, trailing } = piece;
  // Comments before a closing brace belong to the body.
  const commentIndent = piece.text === "}" ? piece.indent + indent : piece.indent;
  const lines = leading.flatMap((comment, i) => [
    ...(wantsBlank(piece, i === 0, hasBlankBefore(text, comment.start)) ? [""] : []),
    commentIndent + comment.text,
  ]);
  if (piece.text !== "") {
    const isBlank = hasBlankBefore(text, piece.start) && piece.text !== "}";
    if (wantsBlank(piece, leading.length === 0, isBlank)) lines.push("");
    lines.push(...piece.text.split("\n").map((line) => piece.indent + line));
    if (trailing !== undefined) lines.push(`${lines.pop()} ${trailing.text}`);
  }
  return isFirst && lines[0] === "" ? lines.slice(1) : lines;
}

function wantsBlank({ blank }: Piece, isFirst: boolean, isBlank: boolean): boolean {
  return isFirst ? blank === "always" || (blank === "kept" && isBlank) : isBlank;
}

/** Whether the line above the one of `offset` is blank. */
function hasBlankBefore(text: string, offset: number): boolean {
  let breaks = 0;
  for (let i = offset - 1; 0 <= i && /\s/.test(text[i]!); i--) if (text[i] === "\n") breaks++;
  return breaks > 1;
}

function printItem(item: Exclude<Item, TestItem>): string {
  switch (item.kind) {
    case "import": {
      const names = item.names.map(({ text }) => text).join(", ");
      return `import ${names === "" ? "" : `{ ${names} } from `}${printString(item.from.text)}`;
    }
    case "ops":
      return printOps(item);
    case "quantizer":
      return `quantizer ${item.name.text} = ${printExpression(item.value)}`;
    case "pattern":
      return printPatternItem(item);
    case "phase":
      return printPhase(item);
    case "requirement":
      return item.coverage === 1 && isNamed(item.span)
        ? "require integer_only"
        : `require coverage >= ${printNumber(item.coverage)}`;
    case "anyResult":
      return "expect any result";
    case "expect":
      return `expect ${item.rule.text} fires ${item.comparison} ${item.count}`;
    default:
      return printShort(item);
  }
}

/** Whether all of the work was asked for by its name. */
function isNamed({ file, start, end }: Item["span"]): boolean {
  return file.text.slice(start, end).includes("integer_only");
}

function printPatternItem({ name, parameters, chain }: PatternItem): string {
  const list = parameters.length === 0 ? "" : `(${parameters.map(({ text }) => text).join(", ")})`;
  return printChains(`pattern ${name.text}${list} =`, [chain]);
}

function printPhase({ name, driver, rules, before }: PhaseItem): string {
  const list = (word: string, names: PhaseItem["rules"]) =>
    names.length === 0
      ? []
      : [indented(filled([word, ...separated(names.map(({ text }) => text))], chainWidth))];
  const lines = [`driver ${driver}`, ...list("rules", rules), ...list("before", before)];
  return [
    `phase ${name.text} {`,
    ...lines.map((line) => `${indent}${line.replaceAll("\n", `\n${indent}`)}`),
    "}",
  ].join("\n");
}

const separated = (words: readonly string[]): readonly string[] =>
  words.map((word, i) => (i < words.length - 1 ? `${word},` : word));

function printOps({ name, alternatives }: OpsItem): string {
  const words = alternatives.map(({ text }, i) => (i === 0 ? text : `| ${text}`));
  return filled([`ops ${name.text} =`, ...words], width);
}

/** As many parts on a line as fit; the lines after the first are indented. */
function filled(parts: readonly string[], available: number): string {
  const lines: string[] = [];
  for (const part of parts) {
    const line = lines.at(-1);
    if (line === undefined) lines.push(part);
    else if (line.length + 1 + part.length <= available)
      lines[lines.length - 1] = `${line} ${part}`;
    else lines.push(`${indent}${part}`);
  }
  return lines.join("\n");
}

/** The steps of a chain, as parts for `filled`. */
function linked(steps: readonly string[]): readonly string[] {
  return steps.map((step, i) => (i === 0 ? step : `-> ${step}`));
}

function printHead(rule: Rule): string {
  const override = rule.kind === "quantize" && rule.override ? " override" : "";
  const once = rule.kind === "rewrite" && rule.once ? " once" : "";
  return `${rule.kind} ${rule.name.text}${override}${rule.optional ? " optional" : ""}${once}`;
}

function printUsing(rule: Rule): readonly string[] {
  if (rule.kind !== "quantize" || rule.using === undefined) return [];
  const { config, arguments: list, from }: UsingConfig = rule.using;
  const call = list.length === 0 ? "" : `(${list.map(printArgument).join(", ")})`;
  return [
    `using ${config.text}${call}${from === undefined ? "" : ` from ${printString(from.text)}`}`,
  ];
}

/** `quantize NAME on NODE set kernel = w8`, over several lines if it is long. */
function printShort(rule: Rule): string {
  const [on, ...clauses] = rule.clauses;
  const node = on === undefined ? "" : ` on ${printStep((on as MatchClause).chains[0]!.steps[0]!)}`;
  const head = `${printHead(rule)}${node}`;
  const parts: string[] = [...printUsing(rule)];
  for (const [i, clause] of clauses.entries()) {
    const joins = clause.kind === "set" && clauses[i - 1]?.kind === "set";
    const text = clause.kind === "set" ? printSetting(clause) : printClause(clause);
    if (joins) parts.push(`${parts.pop()}, ${text}`);
    else parts.push(clause.kind === "set" ? `set ${text}` : text);
  }
  const line = [head, ...parts].join(" ");
  return line.length <= width ? line : indented([head, ...parts].join("\n"));
}

function printSetting({ sites, value }: SetClause): string {
  return `${printSlots(sites)} = ${printExpression(value)}`;
}

function printClause(clause: Clause): string {
  switch (clause.kind) {
    case "match":
      return printMatch(clause);
    case "unless":
      return printUnless(clause);
    case "every": {
      const { who, of, is } = clause;
      const type = is.type === undefined ? "" : ` ${printType(is.type)}`;
      return `every ${who} of ${of.text} is ${printNode(is)}${type}`;
    }
    case "decreases":
      return `decreases ${printExpression(clause.measure)}`;
    case "require":
      return printRequire(clause.condition);
    case "let":
      return `let ${clause.name.text} = ${printExpression(clause.value)}`;
    case "set":
      return `set ${printSites(clause.sites)} = ${printExpression(clause.value)}`;
    case "tie": {
      const value = clause.value === undefined ? "" : ` = ${printExpression(clause.value)}`;
      return `tie ${printSites(clause.sites)}${value}`;
    }
    case "fuse":
      return `fuse ${clause.members.map(({ text }) => text).join(", ")}`;
    case "derive": {
      const factors = clause.factors.map((factor) => printSites([factor]));
      return `derive ${printSites([clause.site])} = ${factors.join(" * ")}`;
    }
    case "replace":
      return printReplace(clause);
    case "preserve":
      return `preserve ${printContract(clause.contract)}`;
    case "before":
      return `before ${clause.rules.map(({ text }) => text).join(", ")}`;
  }
}

/** What is left of a line inside a rule, on the second level of a clause. */
const chainWidth = width - 2 * indent.length;

function printMatch({ chains, shared }: MatchClause): string {
  return printChains(shared ? "match shared" : "match", chains);
}

function printUnless({ chains }: UnlessClause): string {
  return printChains("unless", chains);
}

/** A word and chains: on one line, with lines within the chains, with lines within their choices. */
function printChains(word: string, chains: readonly Chain[]): string {
  const broken = (print: (step: Step) => string) =>
    chains.map(({ steps }) => filled(linkSteps(steps, print), chainWidth - 1)).join(",\n");
  return firstThatFits(
    `${word} ${chains.map(printChain).join(", ")}`,
    indented(`${word}\n${broken(printStep)}`),
    indented(`${word}\n${broken((step) => printOpenedStep(step, indent))}`),
  );
}

function printReplace({ target, with: chain }: ReplaceClause): string {
  const head = `replace ${target.text} with`;
  const opened = printOpenedChain(chain, indent);
  return firstThatFits(
    `${head} ${printNewChain(chain)}`,
    indented(`${head}\n${printNewChain(chain)}`),
    ...(opened === undefined ? [] : [indented(`${head}\n${opened}`)]),
    indented(`${head}\n${filled(linked(chain.steps.map(printNewStep)), chainWidth)}`),
  );
}

/** With all lines but the first indented. */
function indented(lines: string): string {
  return lines.replaceAll("\n", `\n${indent}`);
}

function printRequire(condition: Expression): string {
  const line = `require ${printExpression(condition)}`;
  if (condition.kind !== "binary") return line;
  const { operator } = condition;
  if (operator !== "&&" && operator !== "||") return line;
  const level = precedenceOf(operator);
  const operands: string[] = [];
  let left: Expression = condition;
  while (left.kind === "binary" && left.operator === operator) {
    operands.unshift(`${operator} ${printExpression(left.right, level + 1)}`);
    left = left.left;
  }
  const first = `require ${printExpression(left, level)}`;
  return firstThatFits(line, indented([first, ...operands].join("\n")));
}

/** The first form whose lines all fit inside a rule, or the last. */
function firstThatFits(...forms: readonly string[]): string {
  const fits = (form: string) =>
    form.split("\n").every((line) => indent.length + line.length <= width);
  return forms.find(fits) ?? forms.at(-1)!;
}
