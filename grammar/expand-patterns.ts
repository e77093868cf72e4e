import type {
  AttributePattern,
  Chain,
  ChoiceStep,
  Expression,
  MatchClause,
  Name,
  NodeStep,
  PatternItem,
  QuantizeItem,
  RewriteItem,
  Step,
  TensorTypePattern,
  UnlessClause,
  ValueStep,
} from "./ast.ts";
import * as report from "./diagnostics.ts";
import type { Diagnostic } from "./source/diagnostic.ts";

/**
 * Puts named patterns where rules use them: after this there are none, and nobody who matches or checks has to know of them.
 *
 *     pattern ConvBn(x, conv, bn) = x -> conv: Conv2D -> bn: BatchNorm
 *     match image -> ConvBn(c, b) -> act: ReLU      =>   match image -> c: Conv2D -> b: BatchNorm -> act: ReLU
 *
 * The expansion is hygienic: a name inside that is no parameter becomes one that no file can write.
 */
export interface Expansion {
  readonly patterns: ReadonlyMap<string, PatternItem>;
  /** Lower-case words that are no names, such as `f32`. */
  readonly words: ReadonlySet<string>;
  /** What is wrong with a use. */
  readonly found: Diagnostic[];
  /** All names in uses with a fault: they may be bound there. */
  readonly mentions: Set<string>;
}

/** A rule whose chains mention ops and op sets alone. */
export function expandRule<Rule extends QuantizeItem | RewriteItem>(
  rule: Rule,
  expansion: Expansion,
): Rule {
  if (expansion.patterns.size === 0) return rule;
  const state: State = { ...expansion, open: new Set(), uses: { count: 0 } };
  const clauses = rule.clauses.map((clause) =>
    clause.kind === "match" || clause.kind === "unless" ? expandClause(clause, state) : clause,
  );
  return { ...rule, clauses };
}

/** The chain of a pattern's own definition, expanded; a pattern that leads to itself is left as it is. */
export function expandDefinition({ name, chain }: PatternItem, expansion: Expansion): Chain {
  return expandChain(chain, { ...expansion, open: new Set([name.text]), uses: { count: 0 } });
}

interface State extends Expansion {
  /** Patterns that are being expanded: one that leads to itself stays as it is, which the checker reports. */
  readonly open: ReadonlySet<string>;
  readonly uses: { count: number };
}

function expandClause<Clause extends MatchClause | UnlessClause>(
  clause: Clause,
  state: State,
): Clause {
  return { ...clause, chains: clause.chains.map((chain) => expandChain(chain, state)) };
}

function expandChain(chain: Chain, state: State): Chain {
  const steps: Step[] = [];
  for (const step of chain.steps) {
    const pattern = patternOf(step, state);
    if (pattern === undefined) steps.push(mapChains(step, (inner) => expandChain(inner, state)));
    else steps.push(...expandUse(step as NodeStep, pattern, steps.length > 0, state));
  }
  return { ...chain, steps };
}

function patternOf(step: Step, { patterns, open }: State): PatternItem | undefined {
  if (step.kind !== "node" || step.ops === "any") return undefined;
  const [name] = step.ops;
  const pattern = step.ops.length === 1 ? patterns.get(name!.text) : undefined;
  return pattern && !open.has(pattern.name.text) ? pattern : undefined;
}

/** The steps of one use, after those that lead into it. */
function expandUse(
  step: NodeStep,
  pattern: PatternItem,
  isLed: boolean,
  state: State,
): readonly Step[] {
  const fault = faultOf(step, pattern, isLed);
  if (fault !== undefined) {
    state.found.push(fault);
    for (const name of namesIn(step)) state.mentions.add(name);
    return [
      {
        kind: "node",
        ops: "any",
        optional: false,
        ordered: false,
        attributes: [],
        span: step.span,
      },
    ];
  }
  const use = `_${pattern.name.text}#${++state.uses.count}`;
  const hidden = (text: string, { span }: Name): Name => ({ text: `${use}.${text}`, span });
  const open = new Set([...state.open, pattern.name.text]);
  const args = (step.operands ?? []).map(({ pattern: argument }) => expandChain(argument, state));
  const names = new Map<string, Name>();
  const leading = new Map<string, Chain>();
  const offset = args.length < pattern.parameters.length ? 1 : 0;
  pattern.parameters.forEach((parameter, i) => {
    const [first, ...others] = args[i - offset]?.steps ?? [];
    if (first?.kind === "value" && others.length === 0 && first.type === undefined)
      names.set(parameter.text, first.name);
    else {
      names.set(parameter.text, hidden(parameter.text, parameter));
      if (i >= offset) leading.set(names.get(parameter.text)!.text, args[i - offset]!);
    }
  });
  const inside = expandChain(pattern.chain, { ...state, open });
  const rename = (name: Name): Name => {
    if (state.words.has(name.text) || name.text.includes("#")) return name;
    return names.get(name.text) ?? hidden(name.text, name);
  };
  const renamed = leadInto(renameChain(inside, rename), leading);
  const led: readonly Step[] = offset === 1 ? [valueStep(rename(pattern.parameters[0]!))] : [];
  return labelled([...led, ...renamed.steps], step, hidden);
}

/** Why a pattern cannot be used like this. */
function faultOf(step: NodeStep, pattern: PatternItem, isLed: boolean): Diagnostic | undefined {
  const [name] = step.ops as readonly Name[];
  const { operands = [] } = step;
  const odd = operands.find(({ slot, spread, optional }) => slot || spread || optional);
  if (odd) return report.patternIsNoOp(name!, odd.span, "named, optional or variadic operands");
  if (step.optional) return report.patternIsNoOp(name!, step.span, "a `?`");
  if (step.ordered) return report.patternIsNoOp(name!, step.span, "`ordered`");
  const [attribute] = step.attributes;
  if (attribute) return report.patternIsNoOp(name!, attribute.span, "attributes");
  const missing = pattern.parameters.length - operands.length;
  if (missing !== 0 && !(missing === 1 && isLed))
    return report.wrongPatternArity(name!, operands.length, pattern.parameters);
  const [head] = pattern.chain.steps;
  const [first] = pattern.parameters;
  if (missing === 1 && !(head?.kind === "value" && head.name.text === first!.text))
    return report.notTheHead(name!, first!);
  return undefined;
}

function namesIn({ span }: Step): readonly string[] {
  return span.file.text.slice(span.start, span.end).match(/[a-z_]\w*/g) ?? [];
}

function valueStep(name: Name): ValueStep {
  return { kind: "value", name, span: name.span };
}

/** A pattern that was given for a parameter stands before the first place of that parameter. */
function leadInto(chain: Chain, leading: Map<string, Chain>): Chain {
  const steps = chain.steps.flatMap((step): readonly Step[] => {
    const before = step.kind === "value" ? leading.get(step.name.text) : undefined;
    if (before === undefined) return [mapChains(step, (inner) => leadInto(inner, leading))];
    leading.delete((step as ValueStep).name.text);
    return [...before.steps, step];
  });
  return { ...chain, steps };
}

/** The last step gets the capture and the type of the use. */
function labelled(
  steps: readonly Step[],
  { capture, type }: NodeStep,
  hidden: (text: string, name: Name) => Name,
): readonly Step[] {
  let last = steps.at(-1)!;
  const after: Step[] = [];
  if (capture !== undefined) {
    const isFree = last.kind === "node" && (!last.capture || last.capture.text.includes("#"));
    if (isFree) last = renameCapture(last as NodeStep, capture);
    else after.push(valueStep(capture));
  }
  if (type !== undefined) {
    if (after.length === 0 && last.type === undefined && last.kind !== "path")
      last = { ...last, type };
    else after.push({ ...valueStep(capture ?? hidden("", { text: "", span: type.span })), type });
  }
  return [...steps.slice(0, -1), last, ...after];
}

/** Nothing inside refers to a hidden capture but its own attributes. */
function renameCapture(step: NodeStep, capture: Name): NodeStep {
  const old = step.capture?.text;
  const renamed = renameStep(step, (name) => (name.text === old ? capture : name)) as NodeStep;
  return { ...renamed, capture };
}

/** A step with the chains inside of it replaced. */
function mapChains(step: Step, map: (chain: Chain) => Chain): Step {
  switch (step.kind) {
    case "node":
      return step.operands === undefined
        ? step
        : { ...step, operands: step.operands.map((o) => ({ ...o, pattern: map(o.pattern) })) };
    case "repeat":
      return { ...step, chain: map(step.chain) };
    case "choice":
      return {
        ...step,
        alternatives: step.alternatives.map((a) => ({ ...a, chain: map(a.chain) })),
      };
    default:
      return step;
  }
}

type Rename = (name: Name) => Name;

function renameChain(chain: Chain, rename: Rename): Chain {
  return { ...chain, steps: chain.steps.map((step) => renameStep(step, rename)) };
}

function renameStep(step: Step, rename: Rename): Step {
  const typed = step.type && { type: renameType(step.type, rename) };
  const inner = mapChains(step, (chain) => renameChain(chain, rename));
  switch (inner.kind) {
    case "value":
      return { ...inner, ...typed, name: rename(inner.name) };
    case "node":
      return {
        ...inner,
        ...typed,
        ...(inner.capture && { capture: rename(inner.capture) }),
        attributes: inner.attributes.map((a) => renameAttribute(a, rename)),
      };
    case "path":
      return { ...inner, ...(inner.capture && { capture: rename(inner.capture) }) };
    case "repeat":
      return { ...inner, ...typed };
    case "choice":
      return { ...inner, ...typed, ...renameTag(inner, rename) };
  }
}

function renameTag({ as }: ChoiceStep, rename: Rename): Pick<ChoiceStep, "as"> {
  return as === undefined ? {} : { as: rename(as) };
}

function renameType(type: TensorTypePattern, rename: Rename): TensorTypePattern {
  if (type.dimensions === undefined) return type;
  const dimensions = type.dimensions.map((dimension) =>
    dimension.kind === "variable" ? { ...dimension, name: rename(dimension.name) } : dimension,
  );
  return { ...type, dimensions };
}

function renameAttribute(attribute: AttributePattern, rename: Rename): AttributePattern {
  const { value, most } = attribute;
  return {
    ...attribute,
    value: renameExpression(value, rename),
    ...(most && { most: renameExpression(most, rename) }),
  };
}

function renameExpression(e: Expression, rename: Rename): Expression {
  const inner = (part: Expression) => renameExpression(part, rename);
  switch (e.kind) {
    case "name":
      return /^[a-z_]/.test(e.name.text) ? { ...e, name: rename(e.name) } : e;
    case "list":
      return { ...e, items: e.items.map(inner) };
    case "member":
      return { ...e, object: inner(e.object) };
    case "index":
      return { ...e, object: inner(e.object), index: inner(e.index) };
    case "call":
      return { ...e, arguments: e.arguments.map((a) => ({ ...a, value: inner(a.value) })) };
    case "unary":
      return { ...e, operand: inner(e.operand) };
    case "binary":
    case "near":
      return { ...e, left: inner(e.left), right: inner(e.right) };
    case "matches":
      return { ...e, subject: inner(e.subject) };
    default:
      return e;
  }
}
