import type { CstElement, CstNode, IToken } from "chevrotain";
import type {
  Alternative,
  AnyResultItem,
  Argument,
  AttributePattern,
  BinaryOperator,
  Chain,
  Contract,
  DimensionPattern,
  ExpectItem,
  Expression,
  Field,
  GraphChain,
  GraphLiteral,
  GraphNode,
  GraphOperand,
  GraphStep,
  GraphValue,
  ImportItem,
  Name,
  NamePattern,
  NewNode,
  NewOperand,
  NodeStep,
  OperandPattern,
  OpsItem,
  PatternItem,
  PhaseDriver,
  PhaseItem,
  QuantizeClause,
  QuantizerItem,
  ReplacementChain,
  ReplacementStep,
  RequirementItem,
  RewriteClause,
  SetClause,
  SiteReference,
  Step,
  TensorTypePattern,
  TestClause,
  TestItem,
  UsingConfig,
} from "./ast.ts";
import * as report from "./diagnostics.ts";
import { unsupportedIn } from "./name-pattern.ts";
import { precedenceOf } from "./precedence.ts";
import type { Diagnostic } from "./source/diagnostic.ts";
import type { SourceFile, Span } from "./source/source-file.ts";
import { spanOf } from "./tokens.ts";

/** From the parser's tree to the syntax tree. The only file that reads the former; it takes whole trees only. */

/** Where the tree comes from, and what was found wrong while reading it. */
export interface Source {
  readonly file: SourceFile;
  readonly found: Diagnostic[];
}

export type Clause = QuantizeClause | RewriteClause;

export interface Head {
  readonly name: Name;
  readonly override: boolean;
  readonly optional: boolean;
  readonly once: boolean;
  readonly using?: UsingConfig;
  /** The node of the one-line form. */
  readonly on?: Step;
}

// Items.

/** The item of a tree of `importItem`. */
export function buildImport(source: Source, cst: CstNode): ImportItem {
  const names = all(cst, "anyName").map((name) => anyName(source, name));
  return { kind: "import", names, from: stringAt(source, cst), span: spanOfTree(source, cst) };
}

/** The item of a tree of `opsItem`. */
export function buildOps(source: Source, cst: CstNode): OpsItem {
  const alternatives = opAlternatives(source, only(cst, "opAlternatives"));
  const name = nameAt(source, cst, "OpName");
  return { kind: "ops", name, alternatives, span: spanOfTree(source, cst) };
}

/** The item of a tree of `patternItem`. */
export function buildPattern(source: Source, cst: CstNode): PatternItem {
  return {
    kind: "pattern",
    name: nameAt(source, cst, "OpName"),
    parameters: namesAt(source, cst, "Name"),
    chain: chain(source, only(cst, "chain")),
    span: spanOfTree(source, cst),
  };
}

/** The item of a tree of `phaseItem`; of several drivers the last is reported. */
export function buildPhase(source: Source, cst: CstNode): PhaseItem {
  const [first, second] = all(cst, "phaseDriver");
  if (first && second) {
    const wordOf = (driver: CstNode) => spanOf(source.file, tokenAt(driver, "Word_driver")!);
    source.found.push(report.repeatedClause("driver", wordOf(second), wordOf(first)));
  }
  return {
    kind: "phase",
    name: nameAt(source, cst, "Name"),
    driver: first ? driverOf(first) : "fixpoint",
    rules: all(cst, "phaseRules").flatMap((rules) => namesAt(source, rules, "OpName")),
    before: all(cst, "phaseBefore").flatMap((before) => namesAt(source, before, "Name")),
    span: spanOfTree(source, cst),
  };
}

function driverOf(cst: CstNode): PhaseDriver {
  if (tokenAt(cst, "Word_once")) return "once";
  return tokenAt(cst, "Word_walk") ? "walk" : "fixpoint";
}

/** The item of a tree of `requirementItem`. */
export function buildRequirement(source: Source, cst: CstNode): RequirementItem {
  const coverage = tokenAt(cst, "NumberLiteral") === undefined ? 1 : numberAt(source, cst);
  return { kind: "requirement", coverage, span: spanOfTree(source, cst) };
}

/** The item of a tree of `quantizerItem`. */
export function buildQuantizer(source: Source, cst: CstNode): QuantizerItem {
  const value = expression(source, only(cst, "expression"));
  const name = nameAt(source, cst, "Name");
  return { kind: "quantizer", name, value, span: spanOfTree(source, cst) };
}

/** The item of a tree of `expectItem`. */
export function buildExpect(source: Source, cst: CstNode): ExpectItem | AnyResultItem {
  return tokenAt(cst, "Word_any")
    ? { kind: "anyResult", span: spanOfTree(source, cst) }
    : firingOf(source, cst);
}

function firingOf(source: Source, cst: CstNode): ExpectItem {
  return {
    kind: "expect",
    rule: nameAt(source, cst, "OpName"),
    comparison: firstToken(only(cst, "comparisonOperator")).image as ExpectItem["comparison"],
    count: wholeNumberAt(source, cst),
    span: spanOfTree(source, cst),
  };
}

/** The item of a tree of `testItem`. */
export function buildTest(source: Source, cst: CstNode): TestItem {
  const clauses: readonly TestClause[] = [
    ...all(cst, "graphLiteral").map((literal): TestClause => {
      const graph = graphLiteral(source, literal);
      return { kind: "graph", graph, span: graph.span };
    }),
    ...all(cst, "testExpectation").map((e) => testExpectation(source, e)),
  ];
  return {
    kind: "test",
    name: stringAt(source, cst),
    clauses: clauses.toSorted((a, b) => a.span.start - b.span.start),
    span: spanOfTree(source, cst),
  };
}

function testExpectation(source: Source, cst: CstNode): TestClause {
  const span = spanOfTree(source, cst);
  const graph = all(cst, "graphLiteral")[0];
  if (graph) return { kind: "becomes", graph: graphLiteral(source, graph), span };
  if (tokenAt(cst, "OpName")) return { ...firingOf(source, cst), kind: "fires" };
  const value = expression(source, only(cst, "expression"));
  return { kind: "request", sites: sites(source, only(cst, "sites")), value, span };
}

/** What stands before the clauses of a rule. */
export function buildHead(source: Source, cst: CstNode): Head {
  const on = all(cst, "step")[0];
  const using = all(cst, "usingConfig")[0];
  return {
    name: nameAt(source, cst, "OpName"),
    override: tokenAt(cst, "Word_override") !== undefined,
    optional: tokenAt(cst, "Word_optional") !== undefined,
    once: tokenAt(cst, "Word_once") !== undefined,
    ...(using && { using: usingConfig(source, using) }),
    ...(on === undefined ? {} : { on: step(source, on) }),
  };
}

function usingConfig(source: Source, cst: CstNode): UsingConfig {
  const call = all(cst, "callArguments")[0];
  const from = tokenAt(cst, "StringLiteral");
  return {
    config: nameAt(source, cst, "OpName"),
    arguments: call ? all(call, "argument").map((a) => argument(source, a)) : [],
    ...(from && { from: { text: unquoted(from.image), span: spanOf(source.file, from) } }),
    span: spanOfTree(source, cst),
  };
}

// Clauses.

/** One clause; `set` with several braces or values gives one clause too, its sites written out. */
export function buildClause(source: Source, cst: CstNode): Clause {
  const [kind] = Object.keys(cst.children);
  const clause = only(cst, kind!);
  const span = spanOfTree(source, clause);
  switch (kind) {
    case "matchClause":
      return {
        kind: "match",
        chains: all(clause, "chain").map((c) => chain(source, c)),
        shared: tokenAt(clause, "Word_shared") !== undefined,
        span,
      };
    case "unlessClause":
      return { kind: "unless", chains: all(clause, "chain").map((c) => chain(source, c)), span };
    case "everyClause": {
      const who = tokenAt(clause, "Word_user") ? "user" : "operand";
      const type = all(clause, "tensorType")[0];
      const node = only(clause, "nodePattern");
      const is: NodeStep = {
        kind: "node",
        ...nodePattern(source, node),
        ...(type && { type: tensorType(source, type) }),
        span: spanOfTree(source, node),
      };
      return { kind: "every", who, of: nameAt(source, clause, "Name"), is, span };
    }
    case "requireClause":
      return { kind: "require", condition: expression(source, only(clause, "expression")), span };
    case "letClause": {
      const value = expression(source, only(clause, "expression"));
      return { kind: "let", name: nameAt(source, clause, "Name"), value, span };
    }
    case "setClause": {
      const value = expression(source, only(clause, "expression"));
      return { kind: "set", sites: sites(source, only(clause, "sites")), value, span };
    }
    case "tieClause": {
      const value = all(clause, "expression")[0];
      return {
        kind: "tie",
        sites: sites(source, only(clause, "sites")),
        ...(value === undefined ? {} : { value: expression(source, value) }),
        span,
      };
    }
    case "fuseClause":
      return { kind: "fuse", members: namesAt(source, clause, "Name"), span };
    case "deriveClause": {
      const [site, ...factors] = all(clause, "site").flatMap((s) => siteReferences(source, s));
      return { kind: "derive", site: site!, factors, span };
    }
    case "replaceClause":
      return {
        kind: "replace",
        target: nameAt(source, clause, "Name"),
        with: newChain(source, only(clause, "newChain")),
        span,
      };
    case "preserveClause":
      return { kind: "preserve", contract: contract(source, clause), span };
    case "beforeClause":
      return { kind: "before", rules: namesAt(source, clause, "OpName"), span };
    case "decreasesClause": {
      const measure = expression(source, only(clause, "expression"));
      return { kind: "decreases", measure, span };
    }
    default:
      throw new Error(`internal: no clause is built from ${kind}`);
  }
}

/** `set kernel = w8, activation = a8` of the node that `capture` names. */
export function buildShortSets(source: Source, cst: CstNode, capture: Name): readonly SetClause[] {
  return all(cst, "shortSetting").map((setting) => ({
    kind: "set",
    sites: slotReferences(source, only(setting, "slots"), capture),
    value: expression(source, only(setting, "expression")),
    span: spanOfTree(source, setting),
  }));
}

function contract(source: Source, cst: CstNode): Contract {
  if (tokenAt(cst, "Word_bits")) return { kind: "bits" };
  if (tokenAt(cst, "Word_reals")) return { kind: "reals" };
  return tokenAt(cst, "Word_within")
    ? { kind: "within", epsilon: numberAt(source, cst) }
    : { kind: "steps", steps: wholeNumberAt(source, cst) };
}

// Sites.

function sites(source: Source, cst: CstNode): readonly SiteReference[] {
  return all(cst, "site").flatMap((site) => siteReferences(source, site));
}

function siteReferences(source: Source, cst: CstNode): readonly SiteReference[] {
  return slotReferences(source, only(cst, "slots"), nameAt(source, cst, "Name"), cst);
}

function slotReferences(
  source: Source,
  cst: CstNode,
  capture: Name,
  whole: CstNode = cst,
): readonly SiteReference[] {
  if (tokenAt(cst, "Star")) return [{ capture, span: spanOfTree(source, whole) }];
  const slots = all(cst, "slot");
  return slots.map((slot) => ({
    capture,
    slot: nameAt(source, slot, "Name"),
    ...slotIndex(source, slot),
    span: spanOfTree(source, slots.length === 1 ? whole : slot),
  }));
}

function slotIndex(source: Source, slot: CstNode): { readonly index?: number | Name } {
  if (tokenAt(slot, "NumberLiteral")) return { index: wholeNumberAt(source, slot) };
  return tokenAt(slot, "operand") ? { index: nameAt(source, slot, "operand") } : {};
}

// Patterns.

function chain(source: Source, cst: CstNode): Chain {
  const trees = [...all(cst, "step"), ...all(cst, "longArrow")].sort(
    (a, b) => a.location!.startOffset - b.location!.startOffset,
  );
  const steps = trees.map((s) => (s.name === "step" ? step(source, s) : path(source, s)));
  return { steps, span: spanOfTree(source, cst) };
}

function path(source: Source, cst: CstNode): Step {
  const capture = tokenAt(cst, "Name");
  const ops = all(cst, "opAlternatives")[0];
  return {
    kind: "path",
    ...(capture && { capture: nameOf(source, capture) }),
    ops: ops === undefined ? "any" : opAlternatives(source, ops),
    span: spanOfTree(source, cst),
  };
}

function step(source: Source, cst: CstNode): Step {
  const node = all(cst, "nodePattern")[0];
  const type = all(cst, "tensorType")[0];
  const typed = type === undefined ? {} : { type: tensorType(source, type) };
  const span = spanOfTree(source, cst);
  const repeated = all(cst, "repetition")[0];
  if (repeated) return { kind: "repeat", ...repetition(source, repeated), ...typed, span };
  const chosen = all(cst, "choice")[0];
  if (chosen) return { kind: "choice", ...choice(source, chosen), ...typed, span };
  if (node === undefined)
    return { kind: "value", name: nameAt(source, cst, "Name"), ...typed, span };
  const capture = tokenAt(cst, "Name");
  return {
    kind: "node",
    ...(capture === undefined ? {} : { capture: nameOf(source, capture) }),
    ...nodePattern(source, node),
    ...typed,
    span,
  };
}

function repetition(
  source: Source,
  cst: CstNode,
): Pick<Extract<Step, { kind: "repeat" }>, "chain" | "least" | "most"> {
  return {
    chain: chain(source, only(cst, "chain")),
    least: tokenAt(cst, "Plus") ? 1 : 0,
    ...(tokenAt(cst, "Question") && { most: 1 }),
  };
}

function choice(
  source: Source,
  cst: CstNode,
): Pick<Extract<Step, { kind: "choice" }>, "alternatives" | "as"> {
  const as = tokenAt(cst, "Name");
  return {
    alternatives: all(cst, "alternative").map((a) => alternative(source, a)),
    ...(as && { as: nameOf(source, as) }),
  };
}

function alternative(source: Source, cst: CstNode): Alternative {
  const tag = tokenAt(cst, "Name");
  return {
    ...(tag && { tag: nameOf(source, tag) }),
    chain: chain(source, only(cst, "chain")),
    span: spanOfTree(source, cst),
  };
}

function nodePattern(
  source: Source,
  cst: CstNode,
): Pick<NodeStep, "ops" | "optional" | "ordered" | "operands" | "attributes"> {
  const ops = all(cst, "opAlternatives")[0];
  return {
    ops: ops === undefined ? "any" : opAlternatives(source, ops),
    optional: tokenAt(cst, "Question") !== undefined,
    ordered: tokenAt(cst, "Word_ordered") !== undefined,
    ...(tokenAt(cst, "LeftParen") === undefined
      ? {}
      : { operands: all(cst, "operandPattern").map((o) => operandPattern(source, o)) }),
    attributes: all(cst, "attributePattern").map((a) => attributePattern(source, a)),
  };
}

function attributePattern(source: Source, cst: CstNode): AttributePattern {
  const [equal] = all(cst, "expression");
  const bounds = all(cst, "arithmetic").map((a) => arithmetic(source, a));
  const comparison = all(cst, "attributeComparison")[0];
  const [most] = bounds;
  return {
    name: nameAt(source, cst, "Name"),
    value: equal ? expression(source, equal) : bounds[0]!,
    ...(comparison && {
      comparison: firstToken(comparison).image as NonNullable<AttributePattern["comparison"]>,
    }),
    ...(equal && most && { most }),
    span: spanOfTree(source, cst),
  };
}

function opAlternatives(source: Source, cst: CstNode): readonly Name[] {
  return namesAt(source, cst, "OpName");
}

function operandPattern(source: Source, cst: CstNode): OperandPattern {
  return {
    ...operandHead(source, cst),
    optional: tokenAt(cst, "Question") !== undefined,
    pattern: chain(source, only(cst, "chain")),
    span: spanOfTree(source, cst),
  };
}

function operandHead(
  source: Source,
  cst: CstNode,
): { readonly slot?: Name; readonly spread: boolean } {
  const slot = tokenAt(cst, "Name");
  const spread = tokenAt(cst, "Spread") !== undefined;
  return slot === undefined ? { spread } : { slot: nameOf(source, slot), spread };
}

// Graphs.

function graphLiteral(source: Source, cst: CstNode): GraphLiteral {
  const chains = all(cst, "graphChain").map((c) => graphChain(source, c));
  return { chains, span: spanOfTree(source, cst) };
}

function graphChain(source: Source, cst: CstNode): GraphChain {
  const steps = all(cst, "graphStep").map((s) => graphStep(source, s));
  return { steps, span: spanOfTree(source, cst) };
}

function graphStep(source: Source, cst: CstNode): GraphStep {
  const span = spanOfTree(source, cst);
  const value = all(cst, "graphValue")[0];
  if (value) return graphValue(source, value);
  const constant = all(cst, "unary")[0];
  if (constant) return { kind: "constant", value: unary(source, constant), span };
  const name = all(cst, "graphName")[0];
  const node = graphNode(source, only(cst, "graphNode"));
  return { ...node, ...(name && { name: graphName(source, name) }), span };
}

function graphName(source: Source, cst: CstNode): Name {
  return tokenAt(cst, "StringLiteral") ? stringAt(source, cst) : nameAt(source, cst, "Name");
}

function graphValue(source: Source, cst: CstNode): GraphValue {
  const type = all(cst, "tensorType")[0];
  const value = all(cst, "expression")[0];
  return {
    kind: "value",
    name: graphName(source, only(cst, "graphName")),
    ...(tokenAt(cst, "NumberLiteral") && { result: wholeNumberAt(source, cst) }),
    ...(type && { type: tensorType(source, type) }),
    quant: all(cst, "field").map((f) => field(source, f)),
    ...(value && { value: expression(source, value) }),
    span: spanOfTree(source, cst),
  };
}

function graphNode(source: Source, cst: CstNode): GraphNode {
  const type = all(cst, "tensorType")[0];
  return {
    kind: "node",
    op: nameAt(source, cst, "OpName"),
    ...(tokenAt(cst, "LeftParen") && {
      operands: all(cst, "graphOperand").map((o) => graphOperand(source, o)),
    }),
    fields: all(cst, "field").map((f) => field(source, f)),
    ...(type && { type: tensorType(source, type) }),
    span: spanOfTree(source, cst),
  };
}

function graphOperand(source: Source, cst: CstNode): GraphOperand {
  const slot = tokenAt(cst, "Name");
  return {
    ...(slot && { slot: nameOf(source, slot) }),
    value: graphChain(source, only(cst, "graphChain")),
    span: spanOfTree(source, cst),
  };
}

function field(source: Source, cst: CstNode): Field {
  return {
    name: nameAt(source, cst, "Name"),
    value: expression(source, only(cst, "expression")),
    span: spanOfTree(source, cst),
  };
}

function tensorType(source: Source, cst: CstNode): TensorTypePattern {
  const dtype = tokenAt(cst, "Name");
  const dimensions = all(cst, "dimension").map((d) => dimension(source, d));
  const [first, second] = dimensions.filter(({ kind }) => kind === "rest");
  if (first && second) source.found.push(report.secondRest(second.span, first.span));
  return {
    ...(dtype === undefined ? {} : { dtype: nameOf(source, dtype) }),
    ...(tokenAt(cst, "LeftBracket") === undefined ? {} : { dimensions }),
    span: spanOfTree(source, cst),
  };
}

function dimension(source: Source, cst: CstNode): DimensionPattern {
  const token = firstToken(cst);
  const span = spanOf(source.file, token);
  switch (token.image) {
    case "_":
      return { kind: "any", span };
    case "...":
      return { kind: "rest", span };
    default:
      return tokenAt(cst, "Name")
        ? { kind: "variable", name: nameOf(source, token), span }
        : { kind: "size", value: wholeNumberAt(source, cst), span };
  }
}

// Replacements.

function newChain(source: Source, cst: CstNode): ReplacementChain {
  const steps = all(cst, "newStep").map((s) => newStep(source, s));
  return { steps, span: spanOfTree(source, cst) };
}

function newStep(source: Source, cst: CstNode): ReplacementStep {
  const node = all(cst, "newNode")[0];
  if (node !== undefined) return newNode(source, node);
  const value = expression(source, only(cst, "expression"));
  return { kind: "value", value, span: value.span };
}

function newNode(source: Source, cst: CstNode): NewNode {
  const op = tokenAt(cst, "OpName");
  const fields = all(cst, "newField");
  const firstField = fields.findIndex((f) => tokenAt(f, "Spread") === undefined);
  const from = fields.filter((f) => tokenAt(f, "Spread") !== undefined);
  for (const late of from.filter((f) => 0 <= firstField && firstField < fields.indexOf(f)))
    source.found.push(report.lateSpread(nameAt(source, late, "Name")));
  return {
    kind: "new",
    ...(op === undefined ? { same: nameAt(source, cst, "Name") } : { op: nameOf(source, op) }),
    ...(tokenAt(cst, "LeftParen") === undefined
      ? {}
      : { operands: all(cst, "newOperand").map((o) => newOperand(source, o)) }),
    from: from.map((f) => nameAt(source, f, "Name")),
    fields: fields.flatMap((f) => all(f, "field")).map((f) => field(source, f)),
    span: spanOfTree(source, cst),
  };
}

function newOperand(source: Source, cst: CstNode): NewOperand {
  return {
    ...operandHead(source, cst),
    value: newChain(source, only(cst, "newChain")),
    span: spanOfTree(source, cst),
  };
}

// Expressions.

function expression(source: Source, cst: CstNode): Expression {
  const operands = all(cst, "comparison").map((c) => comparison(source, c));
  return byPrecedence(operands, operatorsOf(cst, "AndAnd", "OrOr"));
}

function comparison(source: Source, cst: CstNode): Expression {
  const [left, right] = all(cst, "arithmetic").map((a) => arithmetic(source, a));
  const span = spanOfTree(source, cst);
  const pattern = all(cst, "namePattern")[0];
  if (pattern !== undefined) {
    const token = firstToken(pattern);
    return { kind: "matches", subject: left!, pattern: namePattern(source, token), span };
  }
  if (right === undefined) return left!;
  if (tokenAt(cst, "Near") !== undefined) {
    const tolerance = tokenAt(cst, "NumberLiteral") ? numberAt(source, cst) : 1e-6;
    return { kind: "near", left: left!, right, tolerance, span };
  }
  const operator = firstToken(only(cst, "comparisonOperator")).image as BinaryOperator;
  return { kind: "binary", operator, left: left!, right, span };
}

function namePattern(source: Source, token: IToken): NamePattern {
  const isGlob = token.image.startsWith('"');
  const pattern: NamePattern = isGlob
    ? { kind: "glob", source: unquoted(token.image) }
    : { kind: "regex", source: token.image.slice(1, -1) };
  const fault = invalidIn(pattern);
  const place = spanOf(source.file, token);
  if (fault !== undefined) source.found.push(report.invalidRegex(place, fault));
  else {
    const unsupported = unsupportedIn(pattern);
    if (unsupported) source.found.push(report.unsupportedRegex(place, unsupported));
  }
  return pattern;
}

/** What is no regular expression at all. */
function invalidIn({ kind, source }: NamePattern): string | undefined {
  if (kind === "glob") return undefined;
  try {
    new RegExp(source, "u");
    return undefined;
  } catch (error) {
    return (error as Error).message.replace(/^.*: /, "").toLowerCase();
  }
}

function arithmetic(source: Source, cst: CstNode): Expression {
  const operands = all(cst, "unary").map((u) => unary(source, u));
  return byPrecedence(operands, operatorsOf(cst, "Plus", "Minus", "Star", "Slash", "Percent"));
}

function operatorsOf(cst: CstNode, ...names: readonly string[]): readonly BinaryOperator[] {
  return names
    .flatMap((name) => tokensAt(cst, name))
    .sort((a, b) => a.startOffset - b.startOffset)
    .map((token) => token.image as BinaryOperator);
}

/** `a + b * c`: operands and the operators between them, all of them binding to the left. */
function byPrecedence(
  operands: readonly Expression[],
  operators: readonly BinaryOperator[],
): Expression {
  const done: Expression[] = [operands[0]!];
  const waiting: BinaryOperator[] = [];
  const reduce = () => {
    const right = done.pop()!;
    const left = done.pop()!;
    const span = left.span.file.span(left.span.start, right.span.end);
    done.push({ kind: "binary", operator: waiting.pop()!, left, right, span });
  };
  for (const [i, operator] of operators.entries()) {
    while (waiting.length > 0 && precedenceOf(operator) <= precedenceOf(waiting.at(-1)!)) reduce();
    waiting.push(operator);
    done.push(operands[i + 1]!);
  }
  while (waiting.length > 0) reduce();
  return done[0]!;
}

function unary(source: Source, cst: CstNode): Expression {
  let value = primary(source, only(cst, "primary"));
  for (const suffix of all(cst, "suffix")) {
    const { end } = spanOfTree(source, suffix);
    const span = source.file.span(value.span.start, end);
    const index = all(suffix, "expression")[0];
    value =
      index === undefined
        ? { kind: "member", object: value, name: nameAt(source, suffix, "Name"), span }
        : { kind: "index", object: value, index: expression(source, index), span };
  }
  const signs = [...tokensAt(cst, "Minus"), ...tokensAt(cst, "Bang")];
  for (const sign of signs.sort((a, b) => b.startOffset - a.startOffset)) {
    const span = source.file.span(sign.startOffset, value.span.end);
    value = { kind: "unary", operator: sign.image as "-" | "!", operand: value, span };
  }
  return value;
}

function primary(source: Source, cst: CstNode): Expression {
  const span = spanOfTree(source, cst);
  const name = all(cst, "anyName")[0];
  if (name !== undefined) {
    const call = all(cst, "callArguments")[0];
    if (call === undefined) return { kind: "name", name: anyName(source, name), span };
    const args = all(call, "argument").map((a) => argument(source, a));
    return { kind: "call", callee: anyName(source, name), arguments: args, span };
  }
  if (tokenAt(cst, "NumberLiteral")) return { kind: "number", value: numberAt(source, cst), span };
  if (tokenAt(cst, "LeftBracket")) {
    const items = all(cst, "expression").map((e) => expression(source, e));
    return { kind: "list", items, span };
  }
  const inner = all(cst, "expression")[0];
  if (inner !== undefined) return { ...expression(source, inner), span };
  const foreign = tokenAt(cst, "InlineTypeScript");
  if (foreign !== undefined) {
    const source_ = foreign.image.slice(foreign.image.indexOf("{") + 1, -1);
    return { kind: "typescript", source: source_, span };
  }
  const text = tokenAt(cst, "StringLiteral");
  if (text !== undefined) return { kind: "string", value: unquoted(text.image), span };
  return { kind: "boolean", value: tokenAt(cst, "Word_true") !== undefined, span };
}

function argument(source: Source, cst: CstNode): Argument {
  const name = tokenAt(cst, "Name");
  return {
    ...(name === undefined ? {} : { name: nameOf(source, name) }),
    value: expression(source, only(cst, "expression")),
    span: spanOfTree(source, cst),
  };
}

// Names, numbers and strings.

function anyName(source: Source, cst: CstNode): Name {
  return nameOf(source, firstToken(cst));
}

function nameOf(source: Source, token: IToken): Name {
  return { text: token.image, span: spanOf(source.file, token) };
}

function nameAt(source: Source, cst: CstNode, key: string): Name {
  return nameOf(source, tokenAt(cst, key)!);
}

function namesAt(source: Source, cst: CstNode, key: string): readonly Name[] {
  return tokensAt(cst, key).map((token) => nameOf(source, token));
}

/** The text of a string, at the place of the string. */
function stringAt(source: Source, cst: CstNode): Name {
  const token = tokenAt(cst, "StringLiteral")!;
  return { text: unquoted(token.image), span: spanOf(source.file, token) };
}

function numberAt(source: Source, cst: CstNode): number {
  const token = tokenAt(cst, "NumberLiteral")!;
  const value = Number(token.image);
  if (!Number.isFinite(value))
    source.found.push(report.numberOutOfRange(spanOf(source.file, token)));
  return value;
}

/** Of what is counted. */
function wholeNumberAt(source: Source, cst: CstNode): number {
  const value = numberAt(source, cst);
  if (Number.isFinite(value) && !Number.isInteger(value))
    source.found.push(report.notWhole(spanOf(source.file, tokenAt(cst, "NumberLiteral")!)));
  return value;
}

const escapes: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t" };

/** The characters of a string; a backslash before any but `n`, `r` and `t` stands for that character. */
function unquoted(image: string): string {
  const inner = image.endsWith('"') && image.length > 1 ? image.slice(1, -1) : image.slice(1);
  return inner.replace(/\\(.)/g, (_, character: string) => escapes[character] ?? character);
}

// The parser's tree: children by the name of their rule or token.

function all(cst: CstNode, key: string): readonly CstNode[] {
  return (cst.children[key] ?? []) as CstNode[];
}

function only(cst: CstNode, key: string): CstNode {
  return all(cst, key)[0]!;
}

function tokensAt(cst: CstNode, key: string): IToken[] {
  return (cst.children[key] ?? []) as IToken[];
}

function tokenAt(cst: CstNode, key: string): IToken | undefined {
  return tokensAt(cst, key)[0];
}

function firstToken(cst: CstNode): IToken {
  let element: CstElement = cst;
  while ("children" in element) element = Object.values(element.children)[0]![0]!;
  return element;
}

function spanOfTree({ file }: Source, cst: CstNode): Span {
  const { startOffset, endOffset } = cst.location!;
  return file.span(startOffset, (endOffset ?? startOffset) + 1);
}
