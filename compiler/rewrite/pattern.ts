import type {
  AttributePattern,
  Chain,
  EveryClause,
  MatchClause,
  NodeStep,
  OperandPattern,
  PathStep,
  Step,
  TensorTypePattern,
  UnlessClause,
} from "../../grammar/ast.ts";
import type { RuleTypeScript } from "../config/modules.ts";
import type { OpDef, OpTable } from "../ir/op.ts";

/**
 * Patterns as the matcher reads them: a tree that grows from the last node of a chain towards its operands, because
 * an operand has one producer but a value has any number of users.
 */
export interface Pattern {
  /** Every name that the clauses bind (captures, shape variables, `let`s), with its place among the bindings. */
  readonly slots: ReadonlyMap<string, number>;
  readonly slotCount: number;
  /** The slots below are of the `match` clauses. What they do not bind in a match is absent there. */
  readonly matchedCount: number;
  /** Of the rule's file. */
  readonly sets: OpSets;
  /** What its expressions may call of the user's. */
  readonly typescript?: RuleTypeScript;
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
  /** The root is the first of these captures that stands for something: one may be of another alternative. */
  | { readonly kind: "bound"; readonly slots: readonly number[] }
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
  /** What computes it; absent: anything, or a group. */
  readonly node?: NodePattern;
  /** Several nodes that compute it. */
  readonly group?: GroupPattern;
}

/** Parts of a chain whose number of nodes is not known from the pattern. */
export type GroupPattern = RepeatPattern | PathPattern | ChoicePattern;

/** One time after the other, as often as it fits. */
export interface RepeatPattern {
  readonly kind: "repeat";
  readonly body: ValuePattern;
  /** Stands for what flows into one repetition. */
  readonly entry: number;
  readonly least: number;
  readonly most: number;
  /** Slots bound inside; they become lists, inputs first. */
  readonly bound: readonly number[];
  readonly input?: ValuePattern;
}

/** Any number of nodes, each an operand of the next, up to one that fits `input`. */
export interface PathPattern {
  readonly kind: "path";
  /** Stands for the list of these nodes, inputs first. */
  readonly slot?: number;
  /** Op names; absent for `any`. */
  readonly ops?: ReadonlySet<string>;
  readonly input: ValuePattern;
}

/** The first alternative that fits. */
export interface ChoicePattern {
  readonly kind: "choice";
  readonly alternatives: readonly {
    readonly tag?: string;
    readonly pattern: ValuePattern;
    /** Slots that other alternatives bind. */
    readonly absent: readonly number[];
  }[];
  /** Stands for the tag. */
  readonly slot?: number;
}

/** The most repetitions, and the most nodes on a path: matching stays local, and its cost bounded. */
export const longestGroup = 64;

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

/** What a rule says of its matches beyond its `match` clauses. */
export interface PatternConditions {
  /** Names of `let`s: they get a slot. */
  readonly lets: readonly string[];
  readonly unless: readonly UnlessClause[];
  readonly every: readonly EveryClause[];
}

/** The `match` clauses of a rule, with what its other clauses ask of the neighbourhood. */
export interface CompiledPattern {
  readonly pattern: Pattern;
  readonly unless: ReadonlyMap<UnlessClause, LocalPattern>;
  readonly every: ReadonlyMap<EveryClause, LocalPattern>;
}

/** Chains with names of their own, besides those of the match. */
export interface LocalPattern {
  readonly slots: ReadonlyMap<string, number>;
  readonly chains: readonly ChainPattern[];
}

/** Compiles the clauses of one rule that speak of the graph. */
export function compilePattern(
  clauses: readonly MatchClause[],
  { lets, unless, every }: PatternConditions,
  ops: OpTable,
  sets: OpSets,
): CompiledPattern {
  const names = new Slots();
  const chains = clauses.flatMap((clause) => clause.chains);
  const context = { names, ops, sets, around: new Set(chains.flatMap(namesOutside)) };
  const ordered = orderChains(chains.map((chain) => compileChain(chain, context)));
  const matchedCount = names.count;
  for (const name of lets) names.of(name);
  const bound = new Set(names.all.values());
  const local = (
    chains: readonly Chain[],
    order: (chains: readonly UnplacedChain[]) => readonly ChainPattern[],
  ): LocalPattern => {
    const own = names.inner();
    return {
      chains: order(chains.map((chain) => compileChain(chain, { ...context, names: own }))),
      slots: own.all,
    };
  };
  const negatives = unless.map(
    (clause) => [clause, local(clause.chains, (chains) => reachedFrom(bound, chains))] as const,
  );
  const universals = every.map(
    (clause) =>
      [clause, local([{ steps: [clause.is], span: clause.is.span }], orderChains)] as const,
  );
  const reach = reachOf([...ordered, ...negatives.flatMap(([, { chains }]) => chains)]);
  return {
    pattern: {
      slots: names.all,
      slotCount: names.count,
      matchedCount,
      sets,
      chains: ordered,
      shared: clauses.some((clause) => clause.shared),
      reach: every.length === 0 ? reach : { up: reach.up + 1, down: reach.down + 1 },
    },
    unless: new Map(negatives),
    every: new Map(universals),
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
  readonly all: Map<string, number>;
  readonly #parent: Slots | undefined;
  #count = 0;

  constructor(parent?: Slots) {
    this.all = new Map(parent?.all);
    this.#parent = parent;
  }

  /** Names that are seen here alone, beside those that are known already. */
  inner(): Slots {
    return new Slots(this);
  }

  get count(): number {
    return this.#parent?.count ?? this.#count;
  }

  of(name: string): number {
    const known = this.all.get(name);
    if (known !== undefined) return known;
    const slot = this.hidden();
    this.all.set(name, slot);
    return slot;
  }

  /** A slot that no name refers to. */
  hidden(): number {
    return this.#parent?.hidden() ?? this.#count++;
  }
}

interface Context {
  readonly names: Slots;
  /** Names of the steps around a repeated part: inside they stand for the same each time, and not for a list. */
  readonly around: ReadonlySet<string>;
  readonly ops: OpTable;
  readonly sets: OpSets;
}

/** A chain before it is known from where it is reached. */
export type UnplacedChain = Omit<ChainPattern, "start">;

function compileChain(chain: Chain, context: Context): UnplacedChain {
  const { steps } = chain;
  const rootStep = steps.findLastIndex(
    (step) => step.kind !== "value" && !(step.kind === "node" && step.optional),
  );
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

/** `input` is what flows into the first step. */
function compileSteps({ steps }: Chain, context: Context, input?: ValuePattern): ValuePattern {
  let value = input;
  for (const step of steps) {
    const types = step.type ? [step.type] : [];
    if (step.type) bindDimensions(step.type, context.names);
    const next: ValuePattern = { kind: "value", ...compileStep(step, value, context), types };
    // A name after a node is another name of the node's result.
    value = step.kind === "value" && value ? merge(value, next) : next;
  }
  return value!;
}

function compileStep(
  step: Step,
  input: ValuePattern | undefined,
  context: Context,
): Pick<ValuePattern, "slots" | "node" | "group"> {
  const { names } = context;
  switch (step.kind) {
    case "value":
      return { slots: [names.of(step.name.text)] };
    case "node":
      return { slots: [], node: compileNode(step, input, context) };
    case "path": {
      const opNames = opNamesOf(step, context);
      const slot = step.capture && names.of(step.capture.text);
      return {
        slots: [],
        group: {
          kind: "path",
          ...(slot !== undefined && { slot }),
          ...(opNames && { ops: opNames }),
          input: input!,
        },
      };
    }
    case "repeat": {
      const entry = names.hidden();
      const start: ValuePattern = { kind: "value", slots: [entry], types: [] };
      const inner = {
        ...context,
        around: new Set([...context.around, ...namesOutside(step.chain)]),
      };
      const body = compileSteps(step.chain, inner, start);
      const bound = repeatedSlots(body, context);
      const { least, most = longestGroup } = step;
      return {
        slots: [],
        group: { kind: "repeat", body, entry, least, most, bound, ...(input && { input }) },
      };
    }
    case "choice": {
      const alternatives = step.alternatives.map(({ tag, chain }) => ({
        ...(tag && { tag: tag.text }),
        pattern: compileSteps(chain, context, input),
      }));
      const all = new Set(alternatives.flatMap(({ pattern }) => [...slotsIn(pattern)]));
      const slot = step.as && names.of(step.as.text);
      return {
        slots: [],
        group: {
          kind: "choice",
          alternatives: alternatives.map((alternative) => {
            const own = slotsIn(alternative.pattern);
            return { ...alternative, absent: [...all].filter((other) => !own.has(other)) };
          }),
          ...(slot !== undefined && { slot }),
        },
      };
    }
  }
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
  const { names } = context;
  const opNames = opNamesOf(step, context);
  const slot = step.capture && names.of(step.capture.text);
  const operands = step.operands?.map((operand) => compileOperand(operand, context));
  for (const { value, comparison, most } of step.attributes) {
    if (value.kind === "name" && !comparison && !most) names.of(value.name.text);
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

/** Absent for `any`. */
function opNamesOf(
  { ops: names }: NodeStep | PathStep,
  { ops, sets }: Context,
): ReadonlySet<string> | undefined {
  if (names === "any") return undefined;
  return new Set(names.flatMap(({ text }) => [...(opsNamed(text, ops, sets) ?? [])]));
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
    bound: operand.spread ? repeatedSlots(pattern, context) : [...slotsIn(pattern)],
  };
}

/** Slots of a repeated part that become lists. */
function repeatedSlots(pattern: ValuePattern, { names, around }: Context): readonly number[] {
  const shared = new Set([...around].map((name) => names.of(name)));
  return [...slotsIn(pattern)].filter((slot) => !shared.has(slot));
}

/** The names of values and nodes in a chain, without those of its repeated parts. */
function namesOutside({ steps }: Chain): readonly string[] {
  return steps.flatMap((step): readonly string[] => {
    if (step.kind === "value") return [step.name.text];
    if (step.kind === "path") return step.capture ? [step.capture.text] : [];
    if (step.kind === "choice")
      return step.alternatives.flatMap(({ chain }) => namesOutside(chain));
    if (step.kind !== "node") return [];
    const operands = (step.operands ?? []).filter(({ spread }) => !spread);
    const own = step.capture ? [step.capture.text] : [];
    return [...own, ...operands.flatMap(({ pattern }) => namesOutside(pattern))];
  });
}

function bindDimensions(type: TensorTypePattern, names: Slots): void {
  for (const dimension of type.dimensions ?? []) {
    if (dimension.kind === "variable") names.of(dimension.name.text);
  }
}

/** The slots that a pattern binds. */
export function slotsIn(value: ValuePattern): ReadonlySet<number> {
  const { node, group } = value;
  return new Set([
    ...value.slots,
    ...(group ? slotsInGroup(group) : []),
    ...(node?.slot === undefined ? [] : [node.slot]),
    ...(node?.input ? slotsIn(node.input) : []),
    ...(node?.operands ?? []).flatMap(({ bound }) => bound),
  ]);
}

function slotsInGroup(group: GroupPattern): readonly number[] {
  switch (group.kind) {
    case "repeat":
      return [...slotsIn(group.body), ...(group.input ? slotsIn(group.input) : [])];
    case "path":
      return [...(group.slot === undefined ? [] : [group.slot]), ...slotsIn(group.input)];
    case "choice":
      return [
        ...(group.slot === undefined ? [] : [group.slot]),
        ...group.alternatives.flatMap(({ pattern }) => [...slotsIn(pattern)]),
      ];
  }
}

/** The ops that can compute a value; absent for any. An optional node that is not there leaves the value to what is before it. */
export function opsOf({ node, group }: ValuePattern): ReadonlySet<string> | undefined {
  if (group === undefined && node?.optional) {
    const before = node.input && opsOf(node.input);
    return node.ops && before && new Set([...node.ops, ...before]);
  }
  if (group === undefined) return node?.ops;
  if (group.kind === "repeat") return group.least === 0 ? undefined : opsOf(group.body);
  if (group.kind === "path") return undefined;
  const sets = group.alternatives.map(({ pattern }) => opsOf(pattern));
  return sets.includes(undefined) ? undefined : new Set(sets.flatMap((set) => [...set!]));
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

/**
 * Chooses a first chain from which the others can be reached, upwards where possible. One that cannot be reached, as what it shares with
 * the others is in parts that may be absent, begins nowhere: it does not fit.
 */
export function orderChains(chains: readonly UnplacedChain[]): readonly ChainPattern[] {
  const orders = chains.map((first) => orderFrom(first, chains));
  const downs = ({ plan }: ChainOrder) => plan.filter(({ start }) => start.kind === "users").length;
  const [first, ...others] = orders.filter(({ lost }) => lost.length === 0);
  const best =
    first === undefined
      ? orders[0]
      : others.reduce((least, order) => (downs(order) < downs(least) ? order : least), first);
  return best === undefined ? [] : [...best.plan, ...best.lost.map(nowhere)];
}

interface ChainOrder {
  readonly plan: readonly ChainPattern[];
  readonly lost: readonly UnplacedChain[];
}

function orderFrom(first: UnplacedChain, chains: readonly UnplacedChain[]): ChainOrder {
  const others = chains.filter((chain) => chain !== first);
  const { plan, lost } = orderAfter(new Set(chainSlots(first)), others);
  return { plan: [{ ...first, start: { kind: "root" } }, ...plan], lost };
}

/** In an order in which each chain can be reached from the slots of those before it. */
function orderAfter(known: ReadonlySet<number>, chains: readonly UnplacedChain[]): ChainOrder {
  const plan: ChainPattern[] = [];
  const bound = new Set(known);
  const left = new Set(chains);
  while (left.size > 0) {
    const starts = [...left].map((chain) => ({ chain, start: startFrom(chain, bound) }));
    const next =
      starts.find(({ start }) => start?.kind === "bound") ?? starts.find(({ start }) => start);
    if (next === undefined) break;
    plan.push({ ...next.chain, start: next.start! });
    for (const slot of chainSlots(next.chain)) bound.add(slot);
    left.delete(next.chain);
  }
  return { plan, lost: [...left] };
}

function reachedFrom(known: ReadonlySet<number>, chains: readonly UnplacedChain[]) {
  const { plan, lost } = orderAfter(known, chains);
  return [...plan, ...lost.map(nowhere)];
}

function nowhere(chain: UnplacedChain): ChainPattern {
  return { ...chain, start: { kind: "bound", slots: [] } };
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
  const slots = own.filter((slot) => bound.has(slot));
  if (slots.length > 0) return { kind: "bound", slots };
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
  if (value.group) return findInGroup(value.group, bound, least, most);
  if (node === undefined) return undefined;
  const below = [node.input, ...(node.operands ?? []).map(({ pattern }) => pattern)];
  for (const pattern of below) {
    const found = pattern && findBound(pattern, bound, least + (node.optional ? 0 : 1), most + 1);
    if (found) return found;
  }
  return undefined;
}

function findInGroup(
  group: GroupPattern,
  bound: ReadonlySet<number>,
  least: number,
  most: number,
): ChainStart | undefined {
  if (group.kind === "path") return findBound(group.input, bound, least, most + longestGroup);
  if (group.kind === "repeat") {
    const depth = depthOf(group.body);
    const { input } = group;
    const inside = () => findBound(group.body, bound, least, most + (group.most - 1) * depth);
    const shortest = group.least * leastDepthOf(group.body);
    const before = () =>
      input && findBound(input, bound, least + shortest, most + group.most * depth);
    // What may be there no time is the last to begin at.
    return group.least > 0 ? (inside() ?? before()) : (before() ?? inside());
  }
  const found = group.alternatives.map(({ pattern }) => findBound(pattern, bound, least, most));
  const users = found.filter((start) => start?.kind === "users");
  const [first] = users;
  return (
    first && {
      ...first,
      least: Math.min(...users.map((start) => start.least)),
      most: Math.max(...users.map((start) => start.most)),
    }
  );
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

/** How many nodes are at least on the way that a chain states. */
function leastDepthOf({ node, group }: ValuePattern): number {
  if (node) return (node.optional ? 0 : 1) + (node.input ? leastDepthOf(node.input) : 0);
  switch (group?.kind) {
    case "path":
      return leastDepthOf(group.input);
    case "repeat":
      return group.least * leastDepthOf(group.body) + (group.input ? leastDepthOf(group.input) : 0);
    case "choice":
      return Math.min(...group.alternatives.map(({ pattern }) => leastDepthOf(pattern)));
    case undefined:
      return 0;
  }
}

function depthOf({ node, group }: ValuePattern): number {
  if (group !== undefined) return depthOfGroup(group);
  if (node === undefined) return 0;
  const inputs = [node.input, ...(node.operands ?? []).map(({ pattern }) => pattern)];
  return 1 + Math.max(0, ...inputs.map((pattern) => (pattern ? depthOf(pattern) : 0)));
}

function depthOfGroup(group: GroupPattern): number {
  switch (group.kind) {
    case "path":
      return longestGroup + depthOf(group.input);
    case "repeat":
      return group.most * depthOf(group.body) + (group.input ? depthOf(group.input) : 0);
    case "choice":
      return Math.max(...group.alternatives.map(({ pattern }) => depthOf(pattern)));
  }
}
