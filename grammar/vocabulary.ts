import type { PatternItem } from "./ast.ts";

/** What the checker must be told of the world outside the language: the compiler derives it from its definitions. */

/** What an expression is. `value` is a tensor of the graph, `any` is not known before run time. */
export type Kind =
  | "number"
  | "string"
  | "boolean"
  | "numbers"
  | "strings"
  | "tensor"
  | "dtype"
  | "node"
  | "value"
  | "op"
  | "quantizer"
  | "any";

export interface Vocabulary {
  readonly ops: readonly OpWord[];
  /** Sets of ops by trait: `Elementwise`, `Movement`. */
  readonly opSets: readonly OpSetWord[];
  /** Constructors of quantizers: `LastValue`, `MovingAverage`. */
  readonly quantizers: readonly QuantizerWord[];
  readonly functions: readonly FunctionWord[];
  /** Libraries that can be imported by name: `std/default8bit`. Paths that begin with a dot are not checked. */
  readonly modules: readonly string[];
  /** Element types in tensor types and quantizers: `f32`, `int8`. */
  readonly dtypes: readonly string[];
  /** What every node has: `name`, `path`, `op`. */
  readonly nodeMembers: readonly MemberWord[];
  /** What every value has: `shape`, `rank`, `dtype`, `value`. */
  readonly valueMembers: readonly MemberWord[];
}

export interface OpWord {
  readonly name: string;
  /** In their order; only the last can be variadic. */
  readonly operands: readonly OperandWord[];
  readonly attributes: readonly AttributeWord[];
  /** What `set` can speak of: names of operands, `input`, `activation`, `output`. */
  readonly slots: readonly string[];
  /** How many operands `input[i]` counts, if there are not as many as a node has. */
  readonly inputs?: number;
  /** Numbers from which the shapes of its weights follow, for graphs that leave these out: `filters`, `kernelSize`. */
  readonly sizes?: readonly AttributeWord[];
  /** What model files call it, which is what some will write: `Gemm`, `FULLY_CONNECTED`. */
  readonly operators?: readonly string[];
}

export interface OperandWord {
  readonly name: string;
  readonly optional?: boolean;
  readonly variadic?: boolean;
  /** A graph that is written out may leave it out: its shape follows from `sizes` and the input. */
  readonly isWeight?: boolean;
}

export interface AttributeWord {
  readonly name: string;
  readonly kind: Kind;
  /** The closed list of allowed words, for strings that have one. */
  readonly oneOf?: readonly string[];
}

export interface OpSetWord {
  readonly name: string;
  readonly ops: readonly string[];
}

export interface QuantizerWord {
  readonly name: string;
  readonly arguments: readonly QuantizerArgument[];
}

/**
 * One argument of a quantizer. In `LastValue(int8, per: channel, symmetric)` the word `int8` is a bare value of
 * the argument `dtype`, `channel` a named value of `per`; a bare number belongs to the next numeric argument.
 */
export interface QuantizerArgument {
  readonly name: string;
  /** It takes a number. */
  readonly isNumber?: boolean;
  /** The words that it takes; with `isBare` also without the name. */
  readonly words?: readonly string[];
  readonly isBare?: boolean;
  /** Functions of numbers that it takes: `group(32)`. */
  readonly functions?: readonly string[];
  readonly required?: boolean;
}

export interface FunctionWord {
  readonly name: string;
  readonly parameters: readonly Kind[];
  /** How many of the last parameters may be left out. */
  readonly optional?: number;
  /** The last parameter may be repeated. */
  readonly variadic?: boolean;
  readonly result: Kind;
}

export interface MemberWord {
  readonly name: string;
  readonly kind: Kind;
}

/** What a file gets from the rule files that it imports. */
export interface ImportedNames {
  readonly quantizers: readonly string[];
  readonly ops: readonly OpSetWord[];
  readonly rules: readonly string[];
  /** Nearest last: of two with one name it is the one that is meant. */
  readonly patterns: readonly PatternItem[];
  readonly phases: readonly string[];
}

export const noImports: ImportedNames = {
  quantizers: [],
  ops: [],
  rules: [],
  patterns: [],
  phases: [],
};
