/** The types that names of a rule have in TypeScript. */
import type {
  AttributePattern,
  Chain,
  DimensionPattern,
  NodeStep,
  PathStep,
  QuantizeItem,
  RewriteItem,
  Step,
} from "../../grammar/ast.ts";
import type { OpTable } from "../ir/op.ts";
import { attributeType } from "./attribute-type.ts";

/** A rule as far as types are concerned: without named patterns, which have been put in place. */
export interface TypedRule {
  readonly item: QuantizeItem | RewriteItem;
  /** Op sets that its file knows. */
  readonly sets: ReadonlyMap<string, ReadonlySet<string>>;
}

/** More ops than these are `Layer`s of any op. */
const mostOps = 12;

/** What a name stands for, as far as it is known. */
interface Known {
  /** A type without lists and absence. */
  readonly types: ReadonlySet<string>;
  readonly isList: boolean;
  readonly mayBeAbsent: boolean;
}

/** The TypeScript types of the names that the `match` clauses of a rule bind, in the order of the text. */
export function captureTypes(rule: TypedRule, ops: OpTable): ReadonlyMap<string, string> {
  const found = new Map<string, Known>();
  const walk = walker(rule, ops, found);
  for (const clause of rule.item.clauses)
    if (clause.kind === "match")
      for (const chain of clause.chains) walk(chain, { isList: false, mayBeAbsent: false });
  if (found.size === 0 && rule.item.kind === "quantize" && rule.item.using)
    return new Map([["layer", "Layer"]]);
  // Names inside of named patterns are nobody's.
  const written = [...found].filter(([name]) => /^[A-Za-z_]\w*$/.test(name));
  return new Map(written.map(([name, known]) => [name, printKnown(known)]));
}

type Place = Pick<Known, "isList" | "mayBeAbsent">;

function walker({ sets }: TypedRule, ops: OpTable, found: Map<string, Known>) {
  const bind = (name: string, type: string, place: Place) => {
    const before = found.get(name);
    const isStronger = before !== undefined && type === "Tensor";
    found.set(name, {
      types: new Set([...(before?.types ?? []), ...(isStronger ? [] : [type])]),
      isList: place.isList || (before?.isList ?? false),
      mayBeAbsent: place.mayBeAbsent && (before?.mayBeAbsent ?? true),
    });
  };
  const opsOf = (step: NodeStep | PathStep): readonly string[] | undefined => {
    if (step.ops === "any") return undefined;
    return step.ops.flatMap(({ text }) =>
      text === "Const" ? ["Constant"] : [...(sets.get(text) ?? [text])],
    );
  };
  const walk = ({ steps }: Chain, place: Place): void => {
    for (const step of steps) walkStep(step, place);
  };
  const walkStep = (step: Step, place: Place): void => {
    for (const dimension of step.type?.dimensions ?? []) bindDimension(dimension, place);
    switch (step.kind) {
      case "value":
        bind(step.name.text, "Tensor", place);
        return;
      case "path":
        if (step.capture)
          bind(step.capture.text, layerType(opsOf(step)), { ...place, isList: true });
        return;
      case "repeat":
        walk(step.chain, { ...place, isList: true });
        return;
      case "choice": {
        const tags = step.alternatives.flatMap(({ tag }) =>
          tag ? [JSON.stringify(tag.text)] : [],
        );
        if (step.as) bind(step.as.text, tags.join(" | ") || "string", place);
        for (const { chain } of step.alternatives) walk(chain, { ...place, mayBeAbsent: true });
        return;
      }
      case "node":
        walkNode(step, place);
    }
  };
  const walkNode = (step: NodeStep, place: Place): void => {
    const inside = { ...place, mayBeAbsent: place.mayBeAbsent || step.optional };
    if (step.capture) bind(step.capture.text, layerType(opsOf(step)), inside);
    for (const attribute of step.attributes) bindAttribute(attribute, opsOf(step), inside);
    for (const { pattern, spread, optional } of step.operands ?? [])
      walk(pattern, {
        isList: inside.isList || spread,
        mayBeAbsent: inside.mayBeAbsent || optional,
      });
  };
  const bindDimension = (dimension: DimensionPattern, place: Place): void => {
    if (dimension.kind === "variable") bind(dimension.name.text, "number", place);
  };
  const bindAttribute = (
    { name, value, comparison, most }: AttributePattern,
    stepOps: readonly string[] | undefined,
    place: Place,
  ): void => {
    const isBinding =
      value.kind === "name" && !comparison && !most && /^[a-z_]/.test(value.name.text);
    if (!isBinding || found.has(value.name.text)) return;
    const definitions = (stepOps ?? []).flatMap((op) => ops.get(op)?.attributes[name.text] ?? []);
    const types = new Set(definitions.map(attributeType));
    bind(value.name.text, [...types].join(" | ") || "unknown", place);
  };
  return walk;
}

function layerType(ops: readonly string[] | undefined): string {
  const names = [...new Set(ops)];
  if (names.length === 0 || names.length > mostOps) return "Layer";
  return `Layer<${names.map((name) => JSON.stringify(name)).join(" | ")}>`;
}

function printKnown({ types, isList, mayBeAbsent }: Known): string {
  const union = [...types].join(" | ") || "Tensor";
  if (isList) return `readonly ${union.includes(" | ") ? `(${union})` : union}[]`;
  return mayBeAbsent ? `${union} | undefined` : union;
}
