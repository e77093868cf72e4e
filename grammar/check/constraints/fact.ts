import type { NamePattern } from "../../ast.ts";
import type { Span } from "../../source/source-file.ts";

/** A comparison of two numbers. */
export type Comparison = "==" | "!=" | "<" | "<=" | ">" | ">=";

/** A word, a truth, or a list that is written out, as its text. */
export type Word = { readonly kind: "string" | "boolean" | "list"; readonly text: string };

/** What one clause says of one unknown. */
export type Fact = { readonly subject: string; readonly span: Span } & (
  | { readonly kind: "compare"; readonly comparison: Comparison; readonly value: number }
  /** `(subject + offset) % divisor` compares with a number. */
  | {
      readonly kind: "remainder";
      readonly offset: number;
      readonly divisor: number;
      readonly comparison: Comparison;
      readonly value: number;
    }
  | { readonly kind: "word"; readonly isEqual: boolean; readonly word: Word }
  | { readonly kind: "oneOf"; readonly words: ReadonlySet<string>; readonly isIn: boolean }
  | { readonly kind: "matches"; readonly pattern: NamePattern; readonly isMatch: boolean }
);

/** Compares two numbers. */
export function holds(comparison: Comparison, a: number, b: number): boolean {
  switch (comparison) {
    case "==":
      return a === b;
    case "!=":
      return a !== b;
    case "<":
      return a < b;
    case "<=":
      return a <= b;
    case ">":
      return a > b;
    case ">=":
      return a >= b;
  }
}

/** The comparison with its sides changed over. */
export const flipped: Readonly<Record<Comparison, Comparison>> = {
  "==": "==",
  "!=": "!=",
  "<": ">",
  "<=": ">=",
  ">": "<",
  ">=": "<=",
};

/** The comparison that holds where this one does not. */
export const opposite: Readonly<Record<Comparison, Comparison>> = {
  "==": "!=",
  "!=": "==",
  "<": ">=",
  "<=": ">",
  ">": "<=",
  ">=": "<",
};
