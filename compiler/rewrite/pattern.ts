import type {
  AttributePattern,
  Chain,
  MatchClause,
  NodeStep,
  OperandPattern,
  TensorTypePattern,
} from "../../grammar/ast.ts";
import type { OpDef, OpTable } from "../ir/op.ts";

/**
 * Patterns as the matcher reads them: a tree that grows from the last node of a chain towards its operands, because
 * an operand has one producer but a value has any number of users.
 */
export interface Pattern {
  /** Every name that the clauses bind (captures, shape variables, `let`s), with its place among the bindings. */
  readonly slots: ReadonlyMap<string, number>;
  readonly slotCount: number;
  /** In the order in which they are matched; the first one is tried at every node of its root ops. */
  readonly chains: readonly ChainPattern[];
  /** Interior nodes may have users outside of the match. */
  readonly shared: boolean;
  /** How far from its root a match can reach, in edges: towards operands, and towards users. */
  readonly reach: { readonly up: number; readonly down: number };
}

export interface ChainPattern {
  readonly start: ChainStart;
  readonly root: ValuePattern;
  /** What follows the root: optional nodes and names, each after the one before. */
  readonly below: readonly (NodePattern | ValuePattern)[];
}

export type ChainStart =
  | { readonly kind: "root" }
  /** The root is this capture. */
  | { readonly kind: "bound"; readonly slot: number }
  /** The root is found by going from this capture to its users, `least` to `most` times. */
  | {
      readonly kind: "users";
      readonly slot: number;
      readonly least: number;
      readonly most: number;
    };

export interface ValuePattern {
  readonly kind: "value";
  /** Names of the value. */
  readonly slots: readonly number[];
  readonly types: readonly TensorTypePattern[];
  /** What computes it; absent: anything. */
  readonly node?: NodePattern;
}

export interface NodePattern {
  readonly kind: "node";
  readonly slot?: number;
  /** Op names; absent for `any`. */
  readonly ops?: ReadonlySet<string>;
  readonly optional: boolean;
  readonly ordered: boolean;
  /** The step before it in its chain: the first operand. */
  readonly input?: ValuePattern;
  readonly operands?: readonly OperandSpec[];
  readonly attributes: readonly AttributePattern[];
}

export interface OperandSpec {
  readonly slot?: string;
  readonly spread: boolean;
  readonly optional: boolean;
  readonly pattern: ValuePattern;
  /** Slots bound inside the pattern; those of a spread one become lists. */
  readonly bound: readonly number[];
}

/** Op sets by name: those of the files and of the op table's traits. */
export type OpSets = ReadonlyMap<string, ReadonlySet<string>>;

/** Compiles the `match` clauses of one rule. `lets` are further names that get a slot. */
export function compilePattern(
  clauses: readonly MatchClause[],
  lets: readonly string[],
  ops: OpTable,
  sets: OpSets,
): Pattern {
  const names = new Slots();
  const chains = clauses.flatMap((clause) => clause.chains);
  const compiled = chains.map((chain) => compileChain(chain, { names, ops, sets }));
  for (const name of lets) names.of(name);
  const ordered = orderChains(compiled);
  return {
    slots: names.all,
    slotCount: names.count,
    chains: ordered,
    shared: clauses.some((clause) => clause.shared),
    reach: reachOf(ordered),
  };
}

/** The op names behind an op's, an alias' or a set's name; `undefined` if there is none such. */
export function opsNamed(
  name: string,
  ops: OpTable,
  sets: OpSets,
): ReadonlySet<string> | undefined {
  if (name === "Const") return new Set(["Constant"]);
  return sets.get(name) ?? (ops.has(name) ? new Set([name]) : undefined);
}

class Slots {
  readonly all = new Map<string, number>();
  count = 0;

  of(name: string): number {
    const known = this.all.get(name);
    if (known !== undefined) return known;
    const slot = this.hidden();
    this.all.set(name, slot);
    return slot;
  }

  /** A slot that no name refers to. */
  hidden(): number {
    return this.count++;
  }
}

interface Context {
  readonly names: Slots;
  readonly ops: OpTable;
  readonly sets: OpSets;
}

type UnplacedChain = Omit<ChainPattern, "start">;

function compileChain(chain: Chain, context: Context): UnplacedChain {
  const { steps } = chain;
  const rootStep = steps.findLastIndex((step) => step.kind === "node" && !step.optional);
  const last = rootStep < 0 ? steps.length - 1 : rootStep;
  let root = compileSteps({ ...chain, steps: steps.slice(0, last + 1) }, context);
  const below: (NodePattern | ValuePattern)[] = [];
  for (const step of steps.slice(last + 1)) {
    if (step.kind === "node") {
      const before: ValuePattern = { kind: "value", slots: [context.names.hidden()], types: [] };
      below.push(compileNode(step, before, context));
    } else {
      const named = compileSteps({ steps: [step], span: step.span }, context);
      if (below.length === 0) root = merge(root, named);
      else below.push(named);
    }
  }
  return { root, below };
}

function compileSteps({ steps }: Chain, context: Context): ValuePattern {
  let value: ValuePattern | undefined;
  for (const step of steps) {
    const types = step.type ? [step.type] : [];
    if (step.type) bindDimensions(step.type, context.names);
    const next: ValuePattern =
      step.kind === "value"
        ? { kind: "value", slots: [context.names.of(step.name.text)], types }
        : { kind: "value", slots: [], types, node: compileNode(step, value, context) };
    // A name after a node is another name of the node's result.
    value = step.kind === "value" && value ? merge(value, next) : next;
  }
  return value!;
}

function merge(value: ValuePattern, name: ValuePattern): ValuePattern {
  return {
    ...value,
    slots: [...value.slots, ...name.slots],
    types: [...value.types, ...name.types],
  };
}

function compileNode(
  step: NodeStep,
  input: ValuePattern | undefined,
  context: Context,
): NodePattern {
  const { names, ops, sets } = context;
  const opNames =
    step.ops === "any"
      ? undefined
      : new Set(step.ops.flatMap(({ text }) => [...(opsNamed(text, ops, sets) ?? [])]));
  const slot = step.capture && names.of(step.capture.text);
  const operands = step.operands?.map((operand) => compileOperand(operand, context));
  for (const { value } of step.attributes) {
    if (value.kind === "name") names.of(value.name.text);
  }
  return {
    kind: "node",
    ...(slot !== undefined && { slot }),
    ...(opNames && { ops: opNames }),
    optional: step.optional,
    ordered: step.ordered,
    ...(input && { input }),
    ...(operands && { operands }),
    attributes: step.attributes,
  };
}

/** `b?` and `db: Dequantize?` as a whole operand: it may be absent; if it is there, it is that. */
function compileOperand(operand: OperandPattern, context: Context): OperandSpec {
  const [first] = operand.pattern.steps;
  const alone = operand.pattern.steps.length === 1 && first?.kind === "node" && first.optional;
  const chain = alone
    ? { ...operand.pattern, steps: [{ ...first, optional: false }] }
    : operand.pattern;
  const pattern = compileSteps(chain, context);
  return {
    ...(operand.slot && { slot: operand.slot.text }),
    spread: operand.spread,
    optional: operand.optional || alone,
    pattern,
    bound: [...slotsIn(pattern)],
  };
}

function bindDimensions(type: TensorTypePattern, names: Slots): void {
  for (const dimension of type.dimensions ?? []) {
    if (dimension.kind === "variable") names.of(dimension.name.text);
  }
}

function slotsIn(value: ValuePattern): ReadonlySet<number> {
  const { node } = value;
  return new Set([
    ...value.slots,
    ...(node?.slot === undefined ? [] : [node.slot]),
    ...(node?.input ? slotsIn(node.input) : []),
    ...(node?.operands ?? []).flatMap(({ bound }) => bound),
  ]);
}

/**
 * Where each operand pattern of a node of `op` looks: in a chain the listed operands follow the one that the chain
 * gives, unless there are too many for that.
 */
export interface OperandLayout {
  readonly fixed: readonly { readonly at: number; readonly spec: OperandSpec }[];
  readonly spread?: { readonly from: number; readonly behind: number; readonly spec: OperandSpec };
  /** The number of operands must be this one: a variadic op whose operands are all listed. */
  readonly exactly?: number;
}

/** Absent when the op has no slot of a name that the pattern gives. */
export function layoutOperands(node: NodePattern, op: OpDef): OperandLayout | undefined {
  const listed = node.operands ?? [];
  const variadic = op.operands.at(-1)?.variadic === true;
  const positional = listed.filter((spec) => spec.slot === undefined);
  const fits = variadic || positional.length < op.operands.length;
  const offset = node.input && fits ? 1 : 0;
  const spreadAt = positional.findIndex((spec) => spec.spread);
  const behind = spreadAt < 0 ? 0 : positional.length - spreadAt - 1;
  const fixed: { at: number; spec: OperandSpec }[] = [];
  positional.forEach((spec, i) => {
    if (i === spreadAt) return;
    fixed.push({ at: spreadAt < 0 || i < spreadAt ? i + offset : i - positional.length, spec });
  });
  for (const spec of listed) {
    if (spec.slot === undefined) continue;
    const at = op.operands.findIndex((operand) => operand.name === spec.slot);
    if (at < 0) return undefined;
    fixed.push({ at, spec });
  }
  return {
    fixed,
    ...(spreadAt >= 0 && {
      spread: { from: spreadAt + offset, behind, spec: positional[spreadAt]! },
    }),
    ...(variadic &&
      spreadAt < 0 &&
      positional.length > 0 && { exactly: positional.length + offset }),
  };
}

/** Chooses a first chain from which the others can be reached, upwards where possible. */
function orderChains(chains: readonly UnplacedChain[]): readonly ChainPattern[] {
  const plans = chains.map((first) => orderFrom(first, chains));
  const downs = (plan: readonly ChainPattern[]) =>
    plan.filter(({ start }) => start.kind === "users").length;
  const complete = plans.filter((plan) => plan.length === chains.length);
  if (complete.length === 0) return plans[0] ?? [];
  return complete.reduce((best, plan) => (downs(plan) < downs(best) ? plan : best));
}

function orderFrom(
  first: UnplacedChain,
  chains: readonly UnplacedChain[],
): readonly ChainPattern[] {
  const plan: ChainPattern[] = [{ ...first, start: { kind: "root" } }];
  const bound = new Set(chainSlots(first));
  const left = new Set(chains);
  left.delete(first);
  while (left.size > 0) {
    const starts = [...left].map((chain) => ({ chain, start: startFrom(chain, bound) }));
    const next =
      starts.find(({ start }) => start?.kind === "bound") ?? starts.find(({ start }) => start);
    if (next === undefined) return plan;
    plan.push({ ...next.chain, start: next.start! });
    for (const slot of chainSlots(next.chain)) bound.add(slot);
    left.delete(next.chain);
  }
  return plan;
}

function chainSlots({ root, below }: UnplacedChain): readonly number[] {
  return [
    ...slotsIn(root),
    ...below.flatMap((step) =>
      step.kind === "value"
        ? step.slots
        : [...slotsIn({ kind: "value", slots: [], types: [], node: step })],
    ),
  ];
}

function startFrom({ root }: UnplacedChain, bound: ReadonlySet<number>): ChainStart | undefined {
  const own = [...root.slots, ...(root.node?.slot === undefined ? [] : [root.node.slot])];
  const direct = own.find((slot) => bound.has(slot));
  if (direct !== undefined) return { kind: "bound", slot: direct };
  return findBound(root, bound, 0, 0);
}

/** A bound capture inside a pattern, and how many nodes lie between it and the root. */
function findBound(
  value: ValuePattern,
  bound: ReadonlySet<number>,
  least: number,
  most: number,
): ChainStart | undefined {
  const { node } = value;
  const slot = [...value.slots, ...(node?.slot === undefined ? [] : [node.slot])].find((s) =>
    bound.has(s),
  );
  if (slot !== undefined) return { kind: "users", slot, least, most };
  if (node === undefined) return undefined;
  const below = [node.input, ...(node.operands ?? []).map(({ pattern }) => pattern)];
  for (const pattern of below) {
    const found = pattern && findBound(pattern, bound, least + (node.optional ? 0 : 1), most + 1);
    if (found) return found;
  }
  return undefined;
}

function reachOf(chains: readonly ChainPattern[]): Pattern["reach"] {
  let up = 0;
  let down = 0;
  for (const { start, root, below } of chains) {
    const depth = depthOf(root);
    const nodesBelow = below.filter((step) => step.kind === "node").length;
    if (start.kind === "users") down += start.most;
    up = start.kind === "bound" ? up + depth : Math.max(up, depth);
    down += nodesBelow;
  }
  return { up, down };
}

function depthOf({ node }: ValuePattern): number {
  if (node === undefined) return 0;
  const inputs = [node.input, ...(node.operands ?? []).map(({ pattern }) => pattern)];
  return 1 + Math.max(0, ...inputs.map((pattern) => (pattern ? depthOf(pattern) : 0)));
}
