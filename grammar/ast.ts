import type { SourceFile, Span } from "./source/source-file.ts";

/** The syntax of a `.qcfg` file as readonly data. Every node knows its span; nothing here knows of graphs. */

export interface RuleFile {
  readonly file: SourceFile;
  readonly items: readonly Item[];
  /** Items with a fault in their syntax, as far as they could be read; absent when there are none. */
  readonly broken?: readonly BrokenItem[];
}

/** Kept out of `items`, so that nobody compiles half a rule; the checker still reads what is left of it. */
export interface BrokenItem {
  /** Absent when not even the head could be read. */
  readonly item?: Item;
  /** All names in the parts that could not be read: they may be bound there. */
  readonly mentions: ReadonlySet<string>;
}

export type Item =
  | ImportItem
  | OpsItem
  | PatternItem
  | QuantizerItem
  | QuantizeItem
  | RewriteItem
  | PhaseItem
  | ExpectItem
  | RequirementItem
  | AnyResultItem
  | TestItem;

export interface Name {
  readonly text: string;
  readonly span: Span;
}

/** `import "std/fold"` or `import { fits } from "./predicates.ts"`. */
export interface ImportItem {
  readonly kind: "import";
  readonly names: readonly Name[];
  readonly from: Name;
  readonly span: Span;
}

/** `ops Linear = Dense | Conv2D`. */
export interface OpsItem {
  readonly kind: "ops";
  readonly doc?: string;
  readonly name: Name;
  readonly alternatives: readonly Name[];
  readonly span: Span;
}

/**
 * `pattern ConvBn(x, conv, bn) = x -> conv: Conv2D -> bn: BatchNorm`: a part of patterns with a name. Where it is used, the
 * parameters are names or patterns of the user's; what else is named inside is nobody else's (`expand-patterns.ts`).
 */
export interface PatternItem {
  readonly kind: "pattern";
  readonly doc?: string;
  readonly name: Name;
  readonly parameters: readonly Name[];
  readonly chain: Chain;
  readonly span: Span;
}

/** `quantizer w8 = LastValue(int8, per: channel, symmetric, narrow)`. */
export interface QuantizerItem {
  readonly kind: "quantizer";
  readonly doc?: string;
  readonly name: Name;
  readonly value: Expression;
  readonly span: Span;
}

/** `expect StemInFloat fires >= 1`: how often a rule must fire on the model that is compiled. */
export interface ExpectItem {
  readonly kind: "expect";
  readonly rule: Name;
  readonly comparison: "==" | "!=" | "<" | "<=" | ">" | ">=";
  readonly count: number;
  readonly span: Span;
}

/** How the rules of a phase are applied; see `PhaseItem`. */
export type PhaseDriver = "fixpoint" | "once" | "walk";

/**
 * `phase cleanup { driver once rules A, B before main }`: rewrite rules that are applied together, apart from all others.
 * `fixpoint` applies them until none matches; `once` lets no rule replace what it built itself; `walk` visits each node of
 * the graph as it was one time, inputs first. Rules of no phase are those of the phase `main`.
 */
export interface PhaseItem {
  readonly kind: "phase";
  readonly doc?: string;
  readonly name: Name;
  readonly driver: PhaseDriver;
  readonly rules: readonly Name[];
  /** Phases that come after this one. */
  readonly before: readonly Name[];
  readonly span: Span;
}

/** `expect any result`: rules of this file may lead to several, as one or the other comes first; `qcfg test` only counts such pairs. */
export interface AnyResultItem {
  readonly kind: "anyResult";
  readonly span: Span;
}

/** `require integer_only` or `require coverage >= 0.9`, outside of all rules: what must hold of the compiled model. */
export interface RequirementItem {
  readonly kind: "requirement";
  /** The least share of the work that is done in integers, 0 to 1: `integer_only` is all of it. */
  readonly coverage: number;
  readonly span: Span;
}

/**
 * `test "folds" { graph { x :: f32[1, 4] -> ReLU -> y } expect DropReLU fires == 1 }`: what the rules of the file do to one
 * graph. Only `qcfg test` looks at it.
 */
export interface TestItem {
  readonly kind: "test";
  readonly doc?: string;
  /** What is written in quotes. */
  readonly name: Name;
  readonly clauses: readonly TestClause[];
  readonly span: Span;
}

export type TestClause = GraphClause | TestExpectation;

/** `graph { … }`: the graph that is given to the rules; once in a test, before what is expected. */
export interface GraphClause {
  readonly kind: "graph";
  readonly graph: GraphLiteral;
  readonly span: Span;
}

export type TestExpectation =
  /** `expect Fold fires == 1`. */
  | (Omit<ExpectItem, "kind"> & { readonly kind: "fires" })
  /** `expect graph { … }`: what the rules make of it. */
  | { readonly kind: "becomes"; readonly graph: GraphLiteral; readonly span: Span }
  /** `expect conv.kernel, dense.kernel = w8`: what the `quantize` rules ask for. */
  | {
      readonly kind: "request";
      readonly sites: readonly SiteReference[];
      readonly value: Expression;
      readonly span: Span;
    };

/**
 * A graph, written as chains: `x :: f32[1, 4], k :: f32[2, 4] = [1, 0, …], x -> d: Dense(k) -> y`. A name is given once, by the step
 * that it stands before or behind; later steps read it. Values that nothing reads are the outputs.
 */
export interface GraphLiteral {
  readonly chains: readonly GraphChain[];
  readonly span: Span;
}

export interface GraphChain {
  readonly steps: readonly GraphStep[];
  readonly span: Span;
}

export type GraphStep = GraphValue | GraphConstant | GraphNode;

/**
 * First in a chain: an input (with a type), a constant (with a value too) or a value that has been named. Later: a name for the value
 * that comes before; where the value has one already, the name is that of an output.
 */
export interface GraphValue {
  readonly kind: "value";
  readonly name: Name;
  /** `top[1]`: which result of the node. */
  readonly result?: number;
  readonly type?: TensorTypePattern;
  /** `:: i8[4] { scale: 0.5, zeroPoint: 3 }`. */
  readonly quant: readonly Field[];
  /** All elements in their order, one number for all, or `exact(SEED)`. */
  readonly value?: Expression;
  readonly span: Span;
}

/** `0.5` or `[1, 2, 3]`: a constant of float32, of the shape of the list. */
export interface GraphConstant {
  readonly kind: "constant";
  readonly value: Expression;
  readonly span: Span;
}

/** `conv: Conv2D(k) { filters: 4 } :: f32[1, 8, 8, 4]`. */
export interface GraphNode {
  readonly kind: "node";
  readonly name?: Name;
  readonly op: Name;
  readonly operands?: readonly GraphOperand[];
  /** Attributes, operands by name, and sizes from which weights follow. */
  readonly fields: readonly Field[];
  readonly type?: TensorTypePattern;
  readonly span: Span;
}

export interface GraphOperand {
  readonly slot?: Name;
  readonly value: GraphChain;
  readonly span: Span;
}

/** A rule of the annotation stratum: requests quantizers, never changes the graph. */
export interface QuantizeItem {
  readonly kind: "quantize";
  readonly doc?: string;
  readonly name: Name;
  readonly override: boolean;
  /** The rule may match nothing without that being an error. */
  readonly optional: boolean;
  /** The requests come from a `QuantizeConfig` in TypeScript. */
  readonly using?: UsingConfig;
  readonly clauses: readonly QuantizeClause[];
  readonly span: Span;
}

/** `using MyConfig(numBits: 4) from "./configs.ts"`; without `from` the config is one of the registry. */
export interface UsingConfig {
  readonly config: Name;
  readonly arguments: readonly Argument[];
  readonly from?: Name;
  readonly span: Span;
}

export type QuantizeClause =
  | MatchClause
  | UnlessClause
  | EveryClause
  | RequireClause
  | LetClause
  | SetClause
  | TieClause
  | FuseClause
  | DeriveClause;

/** A rule of the rewrite stratum: changes the graph and states what it preserves. */
export interface RewriteItem {
  readonly kind: "rewrite";
  readonly doc?: string;
  readonly name: Name;
  readonly optional: boolean;
  /** The rule does not replace what it built itself. */
  readonly once: boolean;
  readonly clauses: readonly RewriteClause[];
  readonly span: Span;
}

export type RewriteClause =
  | MatchClause
  | UnlessClause
  | EveryClause
  | RequireClause
  | LetClause
  | ReplaceClause
  | PreserveClause
  | BeforeClause
  | DecreasesClause;

/** One or more chains that share captures: `match a -> c: Conv2D, b -> add: Add(c, y)`. */
export interface MatchClause {
  readonly kind: "match";
  readonly chains: readonly Chain[];
  /** `match shared …`: interior nodes may have other users. */
  readonly shared: boolean;
  readonly span: Span;
}

/** `unless y -> BatchNorm`: there is no way in which these chains fit too. Names that they bind are their own. */
export interface UnlessClause {
  readonly kind: "unless";
  readonly chains: readonly Chain[];
  readonly span: Span;
}

/**
 * `every user of x is Dense` and `every operand of cat is Conv2D { groups: 1 }`. A value that leaves the model has a user
 * that is no op. An operand that is absent is not looked at.
 */
export interface EveryClause {
  readonly kind: "every";
  readonly who: "user" | "operand";
  readonly of: Name;
  readonly is: NodeStep;
  readonly span: Span;
}

/** `a -> b -> c`: each step is the first operand of the next. */
export interface Chain {
  readonly steps: readonly Step[];
  readonly span: Span;
}

export type Step = ValueStep | NodeStep | RepeatStep | PathStep | ChoiceStep;

/** A lower-case name: a value of the graph; the same name means the same value. */
export interface ValueStep {
  readonly kind: "value";
  readonly name: Name;
  readonly type?: TensorTypePattern;
  readonly span: Span;
}

/** `conv: Conv2D | Dense { padding: "same" } :: f32[_, c]`, or `Add(x, r: ReLU(x))`. */
export interface NodeStep {
  readonly kind: "node";
  readonly capture?: Name;
  /** Op names or op sets; `any` matches every op. */
  readonly ops: readonly Name[] | "any";
  /** `act: ReLU?`: the node may be absent; the value then passes through. */
  readonly optional: boolean;
  /** `ordered`: commutative operands are not tried the other way. */
  readonly ordered: boolean;
  /** Absent: operands are not looked at (beyond the chain). */
  readonly operands?: readonly OperandPattern[];
  readonly attributes: readonly AttributePattern[];
  readonly type?: TensorTypePattern;
  readonly span: Span;
}

/** `(DepthwiseConv2D -> act: ReLU6)+`: the chain, one time after the other. Its names stand for lists, inputs first. */
export interface RepeatStep {
  readonly kind: "repeat";
  readonly chain: Chain;
  /** `+` is at least once, `*` and `?` at least never. */
  readonly least: 0 | 1;
  /** 1 for `?`; absent for any number. */
  readonly most?: 1;
  readonly type?: TensorTypePattern;
  readonly span: Span;
}

/** `a ->>(between: Elementwise) b`, between two steps: any number of nodes of these ops, each an operand of the next. */
export interface PathStep {
  readonly kind: "path";
  /** Stands for the list of these nodes, inputs first. */
  readonly capture?: Name;
  readonly ops: readonly Name[] | "any";
  readonly type?: undefined;
  readonly span: Span;
}

/** `one of { folded = c: Conv2D, plain = c: Conv2D -> BatchNorm } as which`: the first alternative that fits. */
export interface ChoiceStep {
  readonly kind: "choice";
  readonly alternatives: readonly Alternative[];
  /** Stands for the tag of the alternative, a string. */
  readonly as?: Name;
  readonly type?: TensorTypePattern;
  readonly span: Span;
}

/** Names that only other alternatives bind are absent in this one. */
export interface Alternative {
  readonly tag?: Name;
  readonly chain: Chain;
  readonly span: Span;
}

/** An operand in operand form: positional, named (`bias = b?`), or variadic (`...xs: Conv2D`). */
export interface OperandPattern {
  readonly slot?: Name;
  readonly spread: boolean;
  /** `b?`: the operand may be absent; its capture is then unbound, and reads as zeros in arithmetic. */
  readonly optional: boolean;
  readonly pattern: Chain;
  readonly span: Span;
}

/**
 * `activation: "linear"` requires a value; `padding: p` with an unbound lower-case name binds it; `groups: > 1` compares,
 * `alpha: 0 .. 1` is a range with both ends.
 */
export interface AttributePattern {
  readonly name: Name;
  readonly value: Expression;
  /** Absent: the attribute is equal to the value, or at least the value if there is a `most`. */
  readonly comparison?: "==" | "!=" | "<" | "<=" | ">" | ">=";
  readonly most?: Expression;
  readonly span: Span;
}

/** `:: f32[n, _, 3]`. `dtype` absent for `_`; `dimensions` absent when no brackets were written. */
export interface TensorTypePattern {
  readonly dtype?: Name;
  readonly dimensions?: readonly DimensionPattern[];
  readonly span: Span;
}

export type DimensionPattern =
  | { readonly kind: "any"; readonly span: Span }
  /** `...`: any number of dimensions; at most one. */
  | { readonly kind: "rest"; readonly span: Span }
  | { readonly kind: "size"; readonly value: number; readonly span: Span }
  | { readonly kind: "variable"; readonly name: Name; readonly span: Span };

export interface RequireClause {
  readonly kind: "require";
  readonly condition: Expression;
  readonly span: Span;
}

export interface LetClause {
  readonly kind: "let";
  readonly name: Name;
  readonly value: Expression;
  readonly span: Span;
}

/** `set conv.kernel, dense.kernel = w8` and `set layer.{activation, output} = a16`. */
export interface SetClause {
  readonly kind: "set";
  readonly sites: readonly SiteReference[];
  readonly value: Expression;
  readonly span: Span;
}

/** `tie cat.output, xs.output = a8`: one scale for the group. */
export interface TieClause {
  readonly kind: "tie";
  readonly sites: readonly SiteReference[];
  readonly value?: Expression;
  readonly span: Span;
}

/** `fuse conv, act`: values inside the group are not sites. */
export interface FuseClause {
  readonly kind: "fuse";
  readonly members: readonly Name[];
  readonly span: Span;
}

/** `derive b.bias = a.input * a.kernel`: the scale is the product of others. */
export interface DeriveClause {
  readonly kind: "derive";
  readonly site: SiteReference;
  readonly factors: readonly SiteReference[];
  readonly span: Span;
}

/**
 * `layer.kernel`, `layer.input[0]`, `layer.input[x]` (where the layer reads `x`), `layer.*`, `xs.output`. `{a, b}` is
 * expanded into several of these.
 */
export interface SiteReference {
  readonly capture: Name;
  /** Absent for `*`. */
  readonly slot?: Name;
  readonly index?: number | Name;
  readonly span: Span;
}

/** `replace bn with x -> Conv2D { ...conv, kernel: k }`. */
export interface ReplaceClause {
  readonly kind: "replace";
  readonly target: Name;
  readonly with: ReplacementChain;
  readonly span: Span;
}

export interface ReplacementChain {
  readonly steps: readonly ReplacementStep[];
  readonly span: Span;
}

export type ReplacementStep =
  /** A value: a capture, an operand of one (`t.input`), or a constant expression. */
  { readonly kind: "value"; readonly value: Expression; readonly span: Span } | NewNode;

/** A node to build: `Conv2D { ...conv, kernel: k }`, `same conv { kernel: k }`, `Dense(x, k, bias = b)`. */
export interface NewNode {
  readonly kind: "new";
  /** The op to build; absent for `same CAPTURE`, which rebuilds whichever op was matched. */
  readonly op?: Name;
  readonly same?: Name;
  readonly operands?: readonly NewOperand[];
  /** `...conv` in the braces: attributes and operands are carried over from these captures, the later wins. */
  readonly from: readonly Name[];
  /** Operands and attributes by name, later than `from`. */
  readonly fields: readonly Field[];
  readonly span: Span;
}

export interface NewOperand {
  readonly slot?: Name;
  readonly spread: boolean;
  readonly value: ReplacementChain;
  readonly span: Span;
}

export interface Field {
  readonly name: Name;
  readonly value: Expression;
  readonly span: Span;
}

/** The contract of a rewrite; `reals` when a rule states none. */
export interface PreserveClause {
  readonly kind: "preserve";
  readonly contract: Contract;
  readonly span: Span;
}

export type Contract =
  | { readonly kind: "bits" }
  | { readonly kind: "reals" }
  | { readonly kind: "within"; readonly epsilon: number }
  | { readonly kind: "steps"; readonly steps: number };

/** `before OTHER`: where a match of the other shares a node with one of this rule, this one goes first. */
export interface BeforeClause {
  readonly kind: "before";
  readonly rules: readonly Name[];
  readonly span: Span;
}

/** `decreases expr`: a natural number that each application of the rule makes smaller, so that rewriting ends. */
export interface DecreasesClause {
  readonly kind: "decreases";
  readonly measure: Expression;
  readonly span: Span;
}

export type Expression =
  | { readonly kind: "number"; readonly value: number; readonly span: Span }
  | { readonly kind: "string"; readonly value: string; readonly span: Span }
  | { readonly kind: "boolean"; readonly value: boolean; readonly span: Span }
  /** A capture, a `let`, a shape variable, a quantizer, `none`, `float`, or a word such as `symmetric`. */
  | { readonly kind: "name"; readonly name: Name; readonly span: Span }
  | { readonly kind: "list"; readonly items: readonly Expression[]; readonly span: Span }
  | {
      readonly kind: "member";
      readonly object: Expression;
      readonly name: Name;
      readonly span: Span;
    }
  | {
      readonly kind: "index";
      readonly object: Expression;
      readonly index: Expression;
      readonly span: Span;
    }
  | {
      readonly kind: "call";
      readonly callee: Name;
      readonly arguments: readonly Argument[];
      readonly span: Span;
    }
  | {
      readonly kind: "unary";
      readonly operator: "-" | "!";
      readonly operand: Expression;
      readonly span: Span;
    }
  | {
      readonly kind: "binary";
      readonly operator: BinaryOperator;
      readonly left: Expression;
      readonly right: Expression;
      readonly span: Span;
    }
  /** `layer.name ~ /head_.*\/` (whole-name regular expression) or `layer.path ~ "encoder/**"` (glob). */
  | {
      readonly kind: "matches";
      readonly subject: Expression;
      readonly pattern: NamePattern;
      readonly span: Span;
    }
  /** `ts{ d1.kernel.maxAbs() < 8 }`: TypeScript over the rule's captures. `source` is what stands between the braces. */
  | { readonly kind: "typescript"; readonly source: string; readonly span: Span }
  /** `k.value ~= 0.5 within 1e-6`; the default tolerance is 1e-6. */
  | {
      readonly kind: "near";
      readonly left: Expression;
      readonly right: Expression;
      readonly tolerance: number;
      readonly span: Span;
    };

export type BinaryOperator =
  | "+"
  | "-"
  | "*"
  | "/"
  | "%"
  | "=="
  | "!="
  | "<"
  | "<="
  | ">"
  | ">="
  | "&&"
  | "||"
  | "in";

/** Positional, or named as in `per: channel`. */
export interface Argument {
  readonly name?: Name;
  readonly value: Expression;
  readonly span: Span;
}

export type NamePattern =
  | { readonly kind: "regex"; readonly source: string }
  | { readonly kind: "glob"; readonly source: string };
