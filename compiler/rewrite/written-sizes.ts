import type {
  AttributePattern,
  Chain,
  DimensionPattern,
  Expression,
  Name,
  NodeStep,
  OperandPattern,
  QuantizeItem,
  RewriteItem,
  Step,
  TensorTypePattern,
} from "../../grammar/ast.ts";
import { stepsOf } from "../../grammar/check/steps.ts";
import type { Span } from "../../grammar/source/source-file.ts";
import { sizeNames } from "./weight-sizes.ts";

type Item = RewriteItem | QuantizeItem;
type Added = Extract<Item["clauses"][number], { readonly kind: "require" | "let" }>;

const anySize = new RegExp(`\\b(${[...sizeNames].join("|")})\\b`);

/**
 * A rule that speaks of weights where it spoke of their sizes, which graphs have no attributes for:
 *
 *     match c: Conv2D { filters: 8, kernelSize: [3, 3] }     =>   match c: Conv2D(kernel = k :: _[8, 3, 3, _])
 *     require c.filters % 4 == 0                             =>   require c.kernel.shape[-4] % 4 == 0
 *
 * So whoever matches, generates or analyses patterns knows of shapes alone.
 */
export function withoutSizes<Rule extends Item>(rule: Rule): Rule {
  if (!mentionsSizes(rule)) return rule;
  const clauses: Item["clauses"][number][] = [];
  for (const clause of rule.clauses) {
    // Their nodes are none of the rule's.
    if (clause.kind === "unless" || clause.kind === "every") {
      clauses.push(clause);
      continue;
    }
    const added: Added[] = [];
    clauses.push(rewritten(clause, added), ...added.map((one) => rewritten(one, [])));
  }
  return { ...rule, clauses };
}

/** By its text; a named pattern that was put into it is written elsewhere. */
function mentionsSizes({ clauses, span }: Item): boolean {
  if (anySize.test(span.file.text.slice(span.start, span.end))) return true;
  const isElsewhere = clauses.some(
    (clause) => clause.kind === "match" && clause.chains.some((chain) => hasForeign(chain, span)),
  );
  return isElsewhere && anySize.test(JSON.stringify(clauses, withoutSpans));
}

function hasForeign(chain: Chain, { file, start, end }: Span): boolean {
  return [...stepsOf(chain)].some(
    ({ step: { span } }) => span.file !== file || span.start < start || span.end > end,
  );
}

function withoutSpans(key: string, value: unknown): unknown {
  return key === "span" ? undefined : value;
}

/**
 * A part of a rule without sizes; what patterns need besides goes to `added`. A condition of the rule says nothing of a node that need
 * not be there, nor of one that stands for several: there the matcher looks at sizes itself, and `added` is `undefined`.
 */
function rewritten<T>(part: T, added: Added[] | undefined): T {
  if (Array.isArray(part)) return part.map((each) => rewritten(each, added)) as T;
  if (typeof part !== "object" || part === null) return part;
  if (isElsewhere(part)) return rewrittenInside(part, undefined);
  return rewrittenInside(part, added);
}

/** Where a node may be absent, or there several times. */
function isElsewhere(part: object): boolean {
  const { kind, optional } = part as { readonly kind?: string; readonly optional?: unknown };
  const isRule = kind === "quantize" || kind === "rewrite";
  return ["choice", "repeat"].includes(kind ?? "") || (!isRule && optional === true);
}

function rewrittenInside<T extends object>(part: T, added: Added[] | undefined): T {
  const inside = Object.fromEntries(
    Object.entries(part).map(([key, value]) => [
      key,
      key === "span" ? value : rewritten(value, added),
    ]),
  ) as T;
  if (isPatternNode(inside)) return nodeWithout(inside, added) as T;
  return (isSize(inside) ? sizeOf(inside) : inside) as T;
}

function isPatternNode(part: unknown): part is NodeStep {
  return (part as Partial<NodeStep>).kind === "node" && "ordered" in (part as object);
}

type Member = Expression & { readonly kind: "member" };

function isSize(part: unknown): part is Member {
  const member = part as Partial<Member>;
  return member.kind === "member" && sizeNames.has(member.name!.text);
}

/** What a size is of the shape of the kernel. */
function sizeOf({ object, name, span }: Member): Expression {
  const kernel = dimensionsOf(memberOf(object, "kernel", span), span);
  switch (name.text) {
    case "kernelSize":
      return { kind: "list", items: [kernel(-3), kernel(-2)], span };
    case "depthMultiplier": {
      const channels = dimensionsOf(memberOf(object, "input", span), span)(-1);
      return { kind: "binary", operator: "/", left: kernel(-1), right: channels, span };
    }
    case "useBias": {
      const value = memberOf(object, "bias", span);
      return {
        kind: "call",
        callee: { text: "present", span },
        arguments: [{ value, span }],
        span,
      };
    }
    // From the end, so that a kernel of another rank has none.
    case "filters":
      return kernel(-4);
    default:
      return kernel(0);
  }
}

function memberOf(object: Expression, text: string, span: Span): Expression {
  return { kind: "member", object, name: { text, span }, span };
}

function dimensionsOf(value: Expression, span: Span) {
  const object = memberOf(value, "shape", span);
  return (place: number): Expression => {
    const number: Expression = { kind: "number", value: Math.abs(place), span };
    const index: Expression =
      place < 0 ? { kind: "unary", operator: "-", operand: number, span } : number;
    return { kind: "index", object, index, span };
  };
}

function nodeWithout(step: NodeStep, added: Added[] | undefined): NodeStep {
  const sizes = step.attributes.filter(
    (one) => sizeNames.has(one.name.text) && (added || dimensionsFrom(one).length > 0),
  );
  if (sizes.length === 0) return step;
  const attributes = step.attributes.filter((one) => !sizes.includes(one));
  const conditions = sizes.filter((one) => dimensionsFrom(one).length === 0);
  const needed = conditions.length > 0 ? hidden("node", step.span) : undefined;
  const capture = step.capture ?? needed;
  const dimensions = new Map<number, DimensionPattern>();
  for (const size of sizes) {
    const known = dimensionsFrom(size);
    if (known.length > 0) for (const [place, one] of known) dimensions.set(place, one);
    else added!.push(conditionFrom(size, capture!));
  }
  const rank = sizes.some(({ name }) => name.text === "units") ? 2 : 4;
  const operands = dimensions.size === 0 ? step.operands : operandsWith(step, dimensions, rank);
  return { ...step, attributes, ...(capture && { capture }), ...(operands && { operands }) };
}

function hidden(text: string, span: Span): Name {
  return { text: `_${text}#${span.start}`, span };
}

/** The dimensions of the kernel that a size states or names. */
function dimensionsFrom(size: AttributePattern): readonly (readonly [number, DimensionPattern])[] {
  const { name, value, comparison = "==", most, span } = size;
  if (comparison !== "==" || most) return [];
  if (name.text === "filters" || name.text === "units") {
    if (value.kind === "number") return [[0, { kind: "size", value: value.value, span }]];
    return value.kind === "name" && /^[a-z_]/.test(value.name.text)
      ? [[0, { kind: "variable", name: value.name, span }]]
      : [];
  }
  if (name.text !== "kernelSize" || value.kind !== "list" || value.items.length !== 2) return [];
  return value.items.every((item) => item.kind === "number")
    ? value.items.map((item, i) => [i + 1, { kind: "size", value: item.value, span }] as const)
    : [];
}

/** What no type says: comparisons, ranges, and names of lists. */
function conditionFrom(size: AttributePattern, capture: Name): Added {
  const { name, value, comparison = "==", most, span } = size;
  const object: Expression = { kind: "name", name: capture, span };
  const left: Expression = { kind: "member", object, name, span };
  const isName = value.kind === "name" && /^[a-z_]/.test(value.name.text);
  if (isName && comparison === "==" && !most)
    return { kind: "let", name: value.name, value: left, span };
  const compare = (operator: NonNullable<typeof comparison>, right: Expression): Expression => ({
    kind: "binary",
    operator,
    left,
    right,
    span,
  });
  const condition: Expression = most
    ? {
        kind: "binary",
        operator: "&&",
        left: compare(">=", value),
        right: compare("<=", most),
        span,
      }
    : compare(comparison, value);
  return { kind: "require", condition, span };
}

/** The operands with the type of the kernel: of the one that is there, or of one that is added. */
function operandsWith(
  { operands = [], span }: NodeStep,
  known: ReadonlyMap<number, DimensionPattern>,
  rank: number,
): readonly OperandPattern[] {
  const dimensions = Array.from(
    { length: rank },
    (_, i) => known.get(i) ?? ({ kind: "any", span } as const),
  );
  const type: TensorTypePattern = { dimensions, span };
  const at = operands.findIndex(
    ({ slot, pattern }) => slot?.text === "kernel" && !pattern.steps.at(-1)?.type,
  );
  if (at >= 0) return operands.map((one, i) => (i === at ? typed(one, type) : one));
  const step: Step = { kind: "value", name: hidden("kernel", span), type, span };
  const pattern = { steps: [step], span };
  const slot = { text: "kernel", span };
  return [...operands, { slot, spread: false, optional: false, pattern, span }];
}

function typed(operand: OperandPattern, type: TensorTypePattern): OperandPattern {
  const steps = [...operand.pattern.steps];
  steps.push({ ...steps.pop()!, type } as Step);
  return { ...operand, pattern: { ...operand.pattern, steps } };
}
