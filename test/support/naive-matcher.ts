import type { PatternedRule } from "../../compiler/generate/matching.ts";
import type { Graph, NodeId, Value } from "../../compiler/ir/graph.ts";
import { type GraphView, viewOf } from "../../compiler/ir/graph-view.ts";
import type { OpTable } from "../../compiler/ir/op.ts";
import { dtypeNotation } from "../../compiler/ir/types.ts";
import { compare } from "../../compiler/rewrite/arithmetic.ts";
import {
  evaluateExpression,
  requireCondition,
  type Scope,
} from "../../compiler/rewrite/expression.ts";
import { longestGroup, opsNamed } from "../../compiler/rewrite/pattern.ts";
import {
  absent,
  sameTerm,
  type Term,
  termOfAttribute,
  Unmet,
} from "../../compiler/rewrite/term.ts";
import type {
  AttributePattern,
  Chain,
  ChoiceStep,
  NodeStep,
  OperandPattern,
  PathStep,
  RepeatStep,
  Step,
  TensorTypePattern,
} from "../../grammar/ast.ts";

/** One way in which a rule fits: what its names stand for, and the nodes that the nodes of its pattern stand for. */
export interface Way {
  readonly names: ReadonlyMap<string, Term>;
  readonly nodes: readonly NodeId[];
}

/**
 * Every way in which a rule fits in a graph: the language's words on patterns, written down once more. It reads the clauses as they were
 * parsed, tries every value of the graph for the end of each chain, and keeps lists of all ways. No index, no order of chains, no trail.
 */
export function naiveMatches(rule: PatternedRule, graph: Graph, ops: OpTable): readonly Way[] {
  const naive = new Naive(rule, viewOf(graph), ops, [...graph.nodes.keys()]);
  return naive.matches();
}

type RuleClause = PatternedRule["item"]["clauses"][number];
type Operands = readonly (Value | undefined)[];
/** The ways in which what comes before fits, where it ends in a value. */
type Before = (value: Value, way: Way) => readonly Way[];

class Naive {
  readonly #rule: PatternedRule;
  readonly #graph: GraphView;
  readonly #ops: OpTable;
  readonly #ids: readonly NodeId[];
  /** Names of repeated parts that stand nowhere outside of them: they become lists. */
  readonly #own = new Map<readonly Step[], readonly string[]>();

  constructor(rule: PatternedRule, graph: GraphView, ops: OpTable, ids: readonly NodeId[]) {
    this.#rule = rule;
    this.#graph = graph;
    this.#ops = ops;
    this.#ids = ids;
    const steps = this.#chains().flatMap((chain) => chain.steps);
    const clauses: readonly RuleClause[] = rule.item.clauses;
    const others = clauses.flatMap((clause): readonly Step[] => {
      if (clause.kind === "every") return [clause.is];
      return clause.kind === "unless" ? clause.chains.flatMap((chain) => chain.steps) : [];
    });
    this.#learn([...steps, ...others], namesIn(steps, "outside"));
  }

  matches(): readonly Way[] {
    const { item } = this.#rule;
    const isShared = item.clauses.some((clause) => clause.kind === "match" && clause.shared);
    const chains = this.#chains();
    const named = namesIn(
      chains.flatMap(({ steps }) => steps),
      "all",
    );
    return this.#all(chains, { names: new Map(), nodes: [] })
      .map(({ names, nodes }) => ({
        names: new Map(named.map((name) => [name, names.get(name) ?? absent])),
        nodes: [...new Set(nodes)],
      }))
      .filter((way) => item.kind === "quantize" || isShared || this.#isUsedHereAlone(way))
      .flatMap((way) => this.#conditions(way));
  }

  #chains(): readonly Chain[] {
    const { item } = this.#rule;
    const clauses: readonly RuleClause[] = item.clauses;
    const matches = clauses.filter((clause) => clause.kind === "match");
    const { span } = item.name;
    const layer: NodeStep = {
      kind: "node",
      capture: { text: "layer", span },
      ops: "any",
      optional: false,
      ordered: false,
      attributes: [],
      span,
    };
    return matches.length > 0
      ? matches.flatMap(({ chains }) => chains)
      : [{ steps: [layer], span }];
  }

  #isUsedHereAlone({ names, nodes }: Way): boolean {
    const { item } = this.#rule;
    const replaced = item.clauses.flatMap((clause) => {
      const term = clause.kind === "replace" ? names.get(clause.target.text) : undefined;
      return isValue(term) ? [term.value.node] : [];
    });
    return nodes.every(
      (id) =>
        replaced.includes(id) ||
        ["Constant", "Input"].includes(this.#graph.node(id).op) ||
        (!this.#graph.isOutput(id) && this.#graph.users(id).every((user) => nodes.includes(user))),
    );
  }

  #conditions(found: Way): readonly Way[] {
    let way = found;
    try {
      for (const clause of this.#rule.item.clauses) {
        if (clause.kind === "let")
          way = {
            ...way,
            names: new Map(way.names).set(
              clause.name.text,
              evaluateExpression(clause.value, this.#scope(way)),
            ),
          };
        if (clause.kind === "require") requireCondition(clause.condition, this.#scope(way));
        if (clause.kind === "unless" && this.#all(clause.chains, way).length > 0) return [];
        if (clause.kind === "every") {
          const isLike = (value: Value) => this.#steps([clause.is], value, way).length > 0;
          for (const { node, output } of valuesOf(way.names.get(clause.of.text))) {
            if (clause.who === "user" && this.#graph.isOutput(node)) return [];
            const users = this.#graph
              .users(node)
              .filter((user) =>
                this.#graph
                  .node(user)
                  .operands.some((o) => o?.node === node && o.output === output),
              );
            const others =
              clause.who === "user"
                ? users.map((user) => ({ node: user, output: 0 }))
                : this.#graph.node(node).operands.flatMap((o) => o ?? []);
            if (!others.every(isLike)) return [];
          }
        }
      }
    } catch (error) {
      if (error instanceof Unmet) return [];
      throw error;
    }
    return [way];
  }

  #scope({ names, nodes }: Way): Scope {
    const { pattern } = this.#rule;
    return {
      graph: this.#graph,
      ops: this.#ops,
      lookup: (name) => names.get(name),
      opsNamed: (name) => opsNamed(name, this.#ops, pattern.sets),
      typescript: pattern.typescript,
      nodes: () => [...new Set(nodes)],
    };
  }

  #all(chains: readonly Chain[], way: Way): readonly Way[] {
    return chains.reduce<readonly Way[]>(
      (ways, chain) => ways.flatMap((one) => this.#chain(chain, one)),
      [way],
    );
  }

  /** A chain ends anywhere. Optional nodes at its end are found from what comes before them. */
  #chain({ steps }: Chain, way: Way): readonly Way[] {
    const last = steps.findLastIndex(
      (step) => step.kind !== "value" && !(step.kind === "node" && step.optional),
    );
    const end =
      last < 0 ? steps.length : steps.findIndex((step, i) => i > last && step.kind === "node");
    const upwards = end < 0 ? steps : steps.slice(0, end);
    const firsts = this.#ids.map((node) => ({ node, output: 0 }));
    const named = [...way.names.values()].flatMap((term) =>
      isValue(term) && term.value.output > 0 ? [term.value] : [],
    );
    return [...firsts, ...named].flatMap((value) =>
      this.#steps(upwards, value, way).flatMap((one) =>
        this.#below(steps.slice(upwards.length), value, one),
      ),
    );
  }

  #below([step, ...others]: readonly Step[], value: Value, way: Way): readonly Way[] {
    if (step === undefined) return [way];
    if (step.kind !== "node")
      return this.#steps([step], value, way).flatMap((one) => this.#below(others, value, one));
    const present = this.#graph.users(value.node).flatMap((user) => {
      const result = { node: user, output: 0 };
      const reads: Before = (operand, one) =>
        operand.node === value.node && operand.output === value.output ? [one] : [];
      return this.#typed(step, result, way)
        .flatMap((one) => this.#node(step, result, one, reads))
        .flatMap((one) => this.#below(others, result, one));
    });
    const isThere = this.#graph.users(value.node).length > 0 && present.length > 0;
    return isThere
      ? present
      : bound(way, step.capture?.text, absent).flatMap((one) => this.#below(others, value, one));
  }

  /** A chain whose last step is `value`. */
  #steps(steps: readonly Step[], value: Value, way: Way, start?: Before): readonly Way[] {
    const step = steps.at(-1);
    if (step === undefined) return start ? start(value, way) : [way];
    const isFirst = steps.length === 1 && start === undefined;
    const before: Before = (v, w) => this.#steps(steps.slice(0, -1), v, w, start);
    return this.#typed(step, value, way).flatMap((one) =>
      this.#step(step, value, one, before, isFirst),
    );
  }

  #step(step: Step, value: Value, way: Way, before: Before, isFirst: boolean): readonly Way[] {
    switch (step.kind) {
      case "value":
        return bound(way, step.name.text, { kind: "value", value }).flatMap((one) =>
          before(value, one),
        );
      case "choice":
        return this.#choice(step, value, way, isFirst ? undefined : before);
      case "repeat":
        return this.#repeat(step, value, way, isFirst ? undefined : before);
      case "path":
        return this.#path(step, value, way, before);
      case "node": {
        const present = this.#node(step, value, way, isFirst ? undefined : before);
        if (!step.optional || present.length > 0) return present;
        return bound(way, step.capture?.text, absent).flatMap((one) => before(value, one));
      }
    }
  }

  #node(step: NodeStep, value: Value, way: Way, before?: Before): readonly Way[] {
    const { op: name, attributes, operands } = this.#graph.node(value.node);
    if (!this.#isOneOf(step, name, ["Constant"])) return [];
    const commutes = !step.ordered && this.#ops.get(name)!.traits.includes("commutative");
    const [first, second, ...others] = operands;
    const orders: readonly Operands[] = commutes
      ? [operands, [second, first, ...others]]
      : [operands];
    const covered = { ...way, nodes: [...way.nodes, value.node] };
    return bound(covered, step.capture?.text, { kind: "value", value })
      .flatMap((one) =>
        step.attributes.reduce<readonly Way[]>(
          (ways, wanted) =>
            ways.flatMap((w) => this.#attribute(wanted, attributes[wanted.name.text], w)),
          [one],
        ),
      )
      .flatMap((one) => orders.flatMap((order) => this.#operands(step, name, order, one, before)));
  }

  #isOneOf({ ops: names }: NodeStep | PathStep, op: string, never: readonly string[]): boolean {
    if (names === "any") return !never.includes(op);
    return names.some(({ text }) => opsNamed(text, this.#ops, this.#rule.pattern.sets)?.has(op));
  }

  #attribute(
    { value, comparison = "==", most }: AttributePattern,
    actual: Parameters<typeof termOfAttribute>[0] | undefined,
    way: Way,
  ): readonly Way[] {
    if (actual === undefined) return [];
    const term = termOfAttribute(actual);
    if (value.kind === "name" && comparison === "==" && !most)
      return bound(way, value.name.text, term);
    const holds = () => {
      const scope = this.#scope(way);
      const asked = evaluateExpression(value, scope);
      if (most)
        return (
          compare(">=", term, asked, this.#graph) &&
          compare("<=", term, evaluateExpression(most, scope), this.#graph)
        );
      if (comparison === "==" || comparison === "!=")
        return sameTerm(term, asked) === (comparison === "==");
      return compare(comparison, term, asked, this.#graph);
    };
    try {
      return holds() ? [way] : [];
    } catch (error) {
      if (error instanceof Unmet) return [];
      throw error;
    }
  }

  /** What a chain leads in is the first operand; what is listed follows it, unless that is too much for the op. */
  #operands(
    step: NodeStep,
    name: string,
    operands: Operands,
    way: Way,
    before?: Before,
  ): readonly Way[] {
    const { operands: slots } = this.#ops.get(name)!;
    const isVariadic = slots.at(-1)?.variadic === true;
    const listed = step.operands ?? [];
    const placed = listed.filter(({ slot }) => slot === undefined);
    const offset = before && (isVariadic || placed.length < slots.length) ? 1 : 0;
    const spread = placed.findIndex((one) => one.spread);
    if (isVariadic && spread < 0 && placed.length > 0 && operands.length !== placed.length + offset)
      return [];
    const behind = spread < 0 ? 0 : placed.length - spread - 1;
    if (spread >= 0 && operands.length < spread + offset + behind) return [];
    const at = (operand: OperandPattern): Value | undefined => {
      if (operand.slot)
        return operands[slots.findIndex((slot) => slot.name === operand.slot!.text)];
      const i = placed.indexOf(operand);
      return operands.at(spread < 0 || i < spread ? i + offset : i - placed.length);
    };
    if (listed.some(({ slot }) => slot && slots.every((one) => one.name !== slot.text))) return [];
    const [first] = operands;
    const led = before ? (first ? before(first, way) : []) : [way];
    return [...listed.filter((one) => !one.spread), ...listed.filter((one) => one.spread)].reduce<
      readonly Way[]
    >(
      (ways, operand) =>
        ways.flatMap((one) =>
          operand.spread
            ? this.#items(
                operand.pattern,
                operands.slice(spread + offset, operands.length - behind),
                one,
              )
            : this.#operand(operand, at(operand), one),
        ),
      led,
    );
  }

  /** An operand that may be absent is what the pattern says if it is there. */
  #operand(
    { pattern: { steps }, optional }: OperandPattern,
    value: Value | undefined,
    way: Way,
  ): readonly Way[] {
    const [only] = steps;
    const isNode = steps.length === 1 && only?.kind === "node" && only.optional;
    const present = isNode ? [{ ...only, optional: false }] : steps;
    if (value !== undefined) return this.#steps(present, value, way);
    if (!optional && !isNode) return [];
    const names = namesIn(steps, "all");
    return names.reduce<readonly Way[]>(
      (ways, name) => ways.flatMap((one) => bound(one, name, absent)),
      [way],
    );
  }

  /** Each of several values fits; the names become lists. */
  #items({ steps }: Chain, values: Operands, way: Way): readonly Way[] {
    let all: readonly Times[] = [{ way, items: [] }];
    for (const value of values)
      all = distinct(all.flatMap((times) => (value ? this.#onceMore(steps, value, times) : [])));
    return all.flatMap((times) => asLists(this.#own.get(steps)!, times));
  }

  /** As often as it fits; where what comes before does not fit then, less often. */
  #repeat(
    { chain: { steps }, least, most: stated }: RepeatStep,
    value: Value,
    way: Way,
    before: Before | undefined,
  ): readonly Way[] {
    const most: number = stated ?? longestGroup;
    const counts: (readonly Times[])[] = [[{ way, items: [] }]];
    while (counts.length <= most && counts.at(-1)!.length > 0)
      counts.push(
        distinct(
          counts
            .at(-1)!
            .flatMap((times) => this.#onceMore(steps, times.entry ?? value, times, entered)),
        ),
      );
    for (const all of counts.slice(least).toReversed()) {
      const ends = before ? all : distinct(all.map(({ entry: _, ...times }) => times));
      const ways = ends.flatMap(({ entry = value, ...times }) =>
        asLists(this.#own.get(steps)!, { ...times, items: times.items.toReversed() }).flatMap(
          (one) => before?.(entry, one) ?? [one],
        ),
      );
      if (ways.length > 0) return ways;
    }
    return [];
  }

  /** A repeated part once more; of ways that differ in names of its own alone, the first. */
  #onceMore(
    steps: readonly Step[],
    value: Value,
    { way, items }: Times,
    start?: Before,
  ): readonly Times[] {
    const own = this.#own.get(steps)!;
    const inner = start ? [...own, entryName] : own;
    const lists = [...way.names].filter(([name]) => inner.includes(name));
    const free = { ...way, names: without(way.names, inner) };
    return distinct(
      this.#steps(steps, value, free, start).map(({ names, nodes }) => {
        const item = new Map(own.map((name) => [name, names.get(name) ?? absent]));
        const entry = start && names.get(entryName);
        return {
          way: { names: new Map([...without(names, inner), ...lists]), nodes },
          items: [...items, item],
          ...(isValue(entry) && { entry: entry.value }),
        };
      }),
    );
  }

  #learn(steps: readonly Step[], outside: readonly string[]): void {
    for (const part of repeatedIn(steps)) {
      const own = namesIn(part.steps, "listed").filter((name) => !outside.includes(name));
      this.#own.set(part.steps, own);
      this.#learn(part.steps, [...outside, ...namesIn(part.steps, "outside")]);
    }
  }

  /** A shortest way to each node that can be reached. */
  #path(step: PathStep, value: Value, way: Way, before: Before): readonly Way[] {
    const ways: Way[] = [];
    const seen = new Set<NodeId>();
    let level: readonly { readonly value: Value; readonly passed: readonly NodeId[] }[] = [
      { value, passed: [] },
    ];
    while (level.length > 0) {
      const next: { readonly value: Value; readonly passed: readonly NodeId[] }[] = [];
      for (const { value: at, passed } of level) {
        const list = passed.map((node): Term => ({ kind: "value", value: { node, output: 0 } }));
        const here = { ...way, nodes: [...way.nodes, ...passed] };
        ways.push(...bound(here, step.capture?.text, list).flatMap((one) => before(at, one)));
        const { op, operands } = this.#graph.node(at.node);
        if (
          passed.length === longestGroup ||
          seen.has(at.node) ||
          !this.#isOneOf(step, op, ["Constant", "Input"])
        )
          continue;
        seen.add(at.node);
        next.push(
          ...operands.flatMap((operand) =>
            operand ? [{ value: operand, passed: [at.node, ...passed] }] : [],
          ),
        );
      }
      level = next;
    }
    return ways;
  }

  /** The first alternative that fits. */
  #choice(
    { alternatives, as }: ChoiceStep,
    value: Value,
    way: Way,
    before: Before | undefined,
  ): readonly Way[] {
    for (const { tag, chain } of alternatives) {
      const tagged = tag ? bound(way, as?.text, tag.text) : [way];
      const ways = tagged.flatMap((one) => this.#steps(chain.steps, value, one, before));
      if (ways.length > 0) return ways;
    }
    return [];
  }

  #typed(
    { type }: { readonly type?: TensorTypePattern | undefined },
    { node, output }: Value,
    way: Way,
  ): readonly Way[] {
    if (type === undefined) return [way];
    const { dtype, shape } = this.#graph.node(node).types[output]!;
    if (type.dtype && type.dtype.text !== dtype && type.dtype.text !== dtypeNotation[dtype])
      return [];
    const { dimensions } = type;
    if (dimensions === undefined) return [way];
    const rest = dimensions.findIndex(({ kind }) => kind === "rest");
    const fits =
      rest < 0 ? shape.length === dimensions.length : shape.length >= dimensions.length - 1;
    if (!fits) return [];
    return dimensions.reduce<readonly Way[]>(
      (ways, dimension, i) => {
        const size = shape.at(rest >= 0 && i > rest ? i - dimensions.length : i)!;
        if (dimension.kind === "size") return size === dimension.value ? ways : [];
        return dimension.kind === "variable"
          ? ways.flatMap((one) => bound(one, dimension.name.text, size))
          : ways;
      },
      [way],
    );
  }
}

/** A repeated part that fitted so many times: what its own names stand for each time. */
interface Times {
  readonly way: Way;
  readonly items: readonly ReadonlyMap<string, Term>[];
  /** What flows into the last repetition. */
  readonly entry?: Value;
}

/** No name of a rule: what flows into one repetition. */
const entryName = "";

const entered: Before = (entry, { names, nodes }) => [
  { names: new Map(names).set(entryName, { kind: "value", value: entry }), nodes },
];

function asLists(own: readonly string[], { way, items }: Times): readonly Way[] {
  return own.reduce<readonly Way[]>(
    (ways, name) =>
      ways.flatMap((one) =>
        bound(
          one,
          name,
          items.map((item) => item.get(name)!),
        ),
      ),
    [way],
  );
}

/** A name stands for one thing. */
function bound(way: Way, name: string | undefined, term: Term): readonly Way[] {
  if (name === undefined) return [way];
  const known = way.names.get(name);
  if (known !== undefined) return sameTerm(known, term) ? [way] : [];
  return [{ ...way, names: new Map(way.names).set(name, term) }];
}

function without(
  names: ReadonlyMap<string, Term>,
  gone: readonly string[],
): ReadonlyMap<string, Term> {
  return new Map([...names].filter(([name]) => !gone.includes(name)));
}

/** Of those that cannot be told apart from outside, the first. */
function distinct(all: readonly Times[]): readonly Times[] {
  const first = new Map<string, Times>();
  for (const times of all) {
    const key = `${keyOf(times.way.names)} ${times.entry?.node}.${times.entry?.output}`;
    if (!first.has(key)) first.set(key, times);
  }
  return [...first.values()];
}

/** The same for names that stand for the same. */
export function keyOf(names: ReadonlyMap<string, Term>): string {
  return JSON.stringify([...names].toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

function isValue(
  term: Term | undefined,
): term is Term & { readonly kind: "value"; readonly value: Value } {
  return typeof term === "object" && "kind" in term && term.kind === "value";
}

function valuesOf(term: Term | undefined): readonly Value[] {
  if (Array.isArray(term)) return term.flatMap(valuesOf);
  return isValue(term) ? [term.value] : [];
}

/** Names that steps bind: `outside` but for those of repeated parts, `listed` but for sizes and attributes, which are the same each time. */
type Which = "all" | "outside" | "listed";

function namesIn(steps: readonly Step[], which: Which): readonly string[] {
  return [
    ...new Set(
      steps.flatMap((step) => [
        ...(which === "listed" ? [] : dimensionsOf(step)),
        ...namesOf(step, which),
      ]),
    ),
  ];
}

function dimensionsOf({ type }: Step): readonly string[] {
  return (type?.dimensions ?? []).flatMap((one) =>
    one.kind === "variable" ? [one.name.text] : [],
  );
}

function namesOf(step: Step, which: Which): readonly string[] {
  const inner = ({ steps }: Chain) => namesIn(steps, which);
  switch (step.kind) {
    case "value":
      return [step.name.text];
    case "path":
      return step.capture ? [step.capture.text] : [];
    case "repeat":
      return which === "outside" ? [] : inner(step.chain);
    case "choice":
      return [
        ...(step.as ? [step.as.text] : []),
        ...step.alternatives.flatMap(({ chain }) => inner(chain)),
      ];
    case "node": {
      const operands = (step.operands ?? []).filter(({ spread }) => which !== "outside" || !spread);
      const attributes = step.attributes.flatMap(({ value, comparison, most }) =>
        which !== "listed" && value.kind === "name" && !comparison && !most
          ? [value.name.text]
          : [],
      );
      const own = step.capture ? [step.capture.text] : [];
      return [...own, ...attributes, ...operands.flatMap(({ pattern }) => inner(pattern))];
    }
  }
}

/** The chains of repeated parts, those inside of others left out. */
function repeatedIn(steps: readonly Step[]): readonly Chain[] {
  return steps.flatMap((step): readonly Chain[] => {
    if (step.kind === "repeat") return [step.chain];
    if (step.kind === "choice")
      return step.alternatives.flatMap(({ chain }) => repeatedIn(chain.steps));
    if (step.kind !== "node") return [];
    return (step.operands ?? []).flatMap(({ spread, pattern }) =>
      spread ? [pattern] : repeatedIn(pattern.steps),
    );
  });
}
