import type { Choices } from "../generate/choices.ts";
import { generateMatch } from "../generate/generate-match.ts";
import type { OpTable } from "../ir/op.ts";
import { applyRules } from "../rewrite/driver.ts";
import type { PatternRule } from "../rewrite/rule.ts";
import type { Effort } from "./overlaps.ts";
import type { RewriteTerms } from "./replacement-terms.ts";
import { termsOf } from "./termination.ts";
import type { TermId } from "./terms.ts";

/** Whether a rule keeps the type of what it replaces, and how that is known. */
export type KeptTypes =
  /** In every graph: what is replaced and what takes its place have the type of one value. */
  | { readonly kind: "proved"; readonly rule: PatternRule }
  /** In so many graphs that were made for it. */
  | { readonly kind: "tried"; readonly rule: PatternRule; readonly graphs: number }
  /** Not in one of them, or what is built there is not possible. */
  | {
      readonly kind: "changed" | "impossible";
      readonly rule: PatternRule;
      readonly graphs: number;
      /** What the driver says of it. */
      readonly reason: string;
    };

const draws: readonly Choices[] = [[0], [1], [2]];

/** Whether rules keep types: by the shapes of the pattern where they are enough, else by trying. */
export function keptTypes(
  rules: readonly PatternRule[],
  ops: OpTable,
  effort: Effort,
): readonly KeptTypes[] {
  return rules.map((rule) => {
    const { rewrites, isComplete } = termsOf(rule, ops);
    if (isComplete && rewrites.every(keepsType)) return { kind: "proved", rule };
    return tried(rule, ops, effort);
  });
}

/** Whether what is replaced and what takes its place have the type of the same value. */
function keepsType(rewrite: RewriteTerms): boolean {
  return rewrite.replaced.every(
    ({ target, result }) => typedLike(rewrite, target) === typedLike(rewrite, result),
  );
}

/** The value whose type a value has: functions of one operand, element by element, give the type that they take. */
function typedLike({ terms }: RewriteTerms, start: TermId): TermId {
  let id = terms.find(start);
  for (let depth = 0; depth < 64; depth++) {
    const { ops } = terms.term(id);
    if (!ops || ![...ops].every((name) => keepsOperandType(terms.ops, name))) return id;
    id = terms.find(terms.operand(id, 0));
  }
  return id;
}

function keepsOperandType(ops: OpTable, name: string): boolean {
  const op = ops.get(name);
  const isUnary = op?.operands.length === 1 && op.traits.includes("elementwise");
  return isUnary === true && op?.lowerInteger !== undefined && !borders.has(name);
}

/** Functions whose result has another element type. */
const borders: ReadonlySet<string> = new Set(["Cast", "Quantize", "Dequantize", "Requantize"]);

/** What the driver may say of a replacement. */
const faults: ReadonlyMap<string, "changed" | "impossible"> = new Map([
  ["QC2102", "changed"],
  ["QC2104", "impossible"],
]);

function tried(rule: PatternRule, ops: OpTable, effort: Effort): KeptTypes {
  let graphs = 0;
  for (const choices of draws) {
    if (effort.graphs-- <= 0) break;
    const match = generateMatch(rule, choices, { ops, attempts: 4 });
    if (match === undefined) continue;
    graphs++;
    const { diagnostics } = applyRules(match.graph, [rule], { ops, onlyAt: match.place.root });
    for (const { code, message } of diagnostics) {
      const kind = faults.get(code);
      if (kind) return { kind, rule, graphs, reason: message };
    }
  }
  return { kind: "tried", rule, graphs };
}
