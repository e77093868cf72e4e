import type { Chain, Expression, LetClause, NodeStep, Step, TensorTypePattern } from "../../ast.ts";
import { printExpression } from "../../print.ts";
import type { Meanings } from "./linear.ts";

/** A step that is there in every match, with the text by which conditions speak of it. */
export interface CertainStep {
  readonly step: Step;
  readonly name: string;
}

/** The steps that every match has: none of optional, repeated or alternative parts. */
export function certainSteps(chains: readonly Chain[]): readonly CertainStep[] {
  const found: CertainStep[] = [];
  const open = [...chains];
  for (let chain = open.pop(); chain !== undefined; chain = open.pop())
    for (const step of chain.steps) {
      if (step.kind === "value") found.push({ step, name: step.name.text });
      if (step.kind !== "node" || step.optional) continue;
      found.push({ step, name: step.capture?.text ?? `#${step.span.start}` });
      for (const operand of step.operands ?? [])
        if (!operand.optional && !operand.spread) open.push(operand.pattern);
    }
  return found;
}

/** What names stand for: dimensions and attributes by the value whose they are, `let`s by their expressions. */
export class RuleMeanings implements Meanings {
  readonly #lets: ReadonlyMap<string, Expression>;
  /** Texts of bound words: `c` is `x.shape[1]`. */
  readonly #words = new Map<string, string>();
  readonly #ranks = new Map<string, number>();

  constructor(steps: readonly CertainStep[], lets: readonly LetClause[]) {
    this.#lets = new Map(lets.map(({ name, value }) => [name.text, value]));
    for (const { step, name } of steps) {
      if (step.type) this.#bindType(step.type, name);
      if (step.kind === "node") this.#bindAttributes(step, name);
    }
  }

  #bindType(type: TensorTypePattern, name: string): void {
    const rank = rankOf(type);
    if (rank !== undefined) this.#ranks.set(name, rank);
    for (const { dimension, text } of dimensionsOf(type, name))
      if (dimension.kind === "variable" && !this.#words.has(dimension.name.text))
        this.#words.set(dimension.name.text, text);
  }

  #bindAttributes({ attributes }: NodeStep, name: string): void {
    for (const { name: attribute, value, comparison, most } of attributes)
      if (value.kind === "name" && !comparison && !most && /^[a-z_]/.test(value.name.text))
        if (!this.#words.has(value.name.text))
          this.#words.set(value.name.text, `${name}.${attribute.text}`);
  }

  meaningOf(expression: Expression): Expression {
    let meaning = expression;
    for (let depth = 0; depth < 16 && meaning.kind === "name"; depth++) {
      const next = this.#lets.get(meaning.name.text);
      if (next === undefined) return meaning;
      meaning = next;
    }
    return meaning;
  }

  /** Equal texts for what is equal: `rank(x)` is `x.rank`, and `x.shape[-1]` of a known rank counts from the front. */
  textOf(written: Expression): string {
    const expression = this.meaningOf(written);
    switch (expression.kind) {
      case "name":
        return this.#words.get(expression.name.text) ?? expression.name.text;
      case "member":
        return `${this.textOf(expression.object)}.${expression.name.text}`;
      case "index":
        return this.#indexed(this.textOf(expression.object), expression.index);
      case "call":
        return this.#called(expression);
      case "binary":
        return `(${this.textOf(expression.left)} ${expression.operator} ${this.textOf(expression.right)})`;
      default:
        return printExpression(expression);
    }
  }

  #indexed(object: string, index: Expression): string {
    const place = this.#constant(index);
    if (place === undefined) return `${object}[${this.textOf(index)}]`;
    const rank = object.endsWith(".shape") ? this.#ranks.get(object.slice(0, -6)) : undefined;
    return `${object}[${place < 0 && rank !== undefined ? rank + place : place}]`;
  }

  #constant(index: Expression): number | undefined {
    if (index.kind === "number") return index.value;
    if (index.kind !== "unary" || index.operand.kind !== "number") return undefined;
    return -index.operand.value;
  }

  #called({ callee, arguments: given }: Expression & { readonly kind: "call" }): string {
    const values = given.map(({ value }) => this.textOf(value));
    if (callee.text === "rank" && values.length === 1) return `${values[0]}.rank`;
    return `${callee.text}(${values.join(", ")})`;
  }
}

/** The rank that a type states. */
export function rankOf({ dimensions }: TensorTypePattern): number | undefined {
  return dimensions?.some(({ kind }) => kind === "rest") ? undefined : dimensions?.length;
}

/** The dimensions of a type with the texts by which conditions speak of them. */
export function dimensionsOf({ dimensions = [] }: TensorTypePattern, name: string) {
  const rest = dimensions.findIndex(({ kind }) => kind === "rest");
  return dimensions.map((dimension, i) => ({
    dimension,
    text: `${name}.shape[${rest >= 0 && i > rest ? i - dimensions.length : i}]`,
  }));
}
