import type { PhaseDriver } from "../../grammar/ast.ts";
import type { Diagnostic } from "../../grammar/source/diagnostic.ts";
import { GraphEditor } from "../ir/edit.ts";
import { type Graph, type Node, type NodeId, sameValue, type Value } from "../ir/graph.ts";
import { isIntegerForm } from "../ir/infer.ts";
import type { OpDef, OpTable, Requantize, Site } from "../ir/op.ts";
import { printType, sameType } from "../ir/types.ts";
import { holdAll, requireSingleUse } from "./conditions.ts";
import {
  measureDoesNotDecrease,
  replacementChangesType,
  replacementDoesNotFit,
  rewriteChangesNothing,
  rewriteLoop,
} from "./diagnostics.ts";
import { canMatchAt } from "./guard.ts";
import { Search } from "./match.ts";
import { Measures } from "./measures.ts";
import { ownNodes, rootsAround } from "./precedence.ts";
import { buildChain, Unbuildable } from "./replacement.ts";
import { RewriteSite } from "./rewrite-site.ts";
import type { CodeRule, PatternRule, RewriteRule } from "./rule.ts";
import { type RuleBook, ruleBook } from "./rule-book.ts";
import { isValueTerm, sameAttributes, Unmet, unmet } from "./term.ts";
import { far, type Neighbours, near, sees, Worklist } from "./worklist.ts";

export interface ApplyOptions {
  readonly ops: OpTable;
  /** Integer forms must be possible in this mode; `onnx` when absent. */
  readonly requantize?: Requantize;
  /** How often nodes are looked at; `fixpoint` when absent. */
  readonly driver?: PhaseDriver;
  /** Nodes that no match may contain. */
  readonly untouched?: ReadonlySet<NodeId>;
  /** Sees every rewrite, before the next one. */
  readonly observe?: (firing: Firing) => void;
  /** The most rewrites before it counts as a loop; 64 per node and 1,000 when absent. */
  readonly budget?: number;
  /** For whoever follows the ways in which a graph can be rewritten: one rewrite at most, of a place that begins at this node. */
  readonly onlyAt?: NodeId;
}

export interface Firing {
  readonly rule: RewriteRule;
  /** The first of the nodes that were replaced, as it was. */
  readonly node: Node;
  /** The nodes of the match that are gone, as they were. */
  readonly removed: readonly Node[];
  /** Nodes that the rule built, constants included. */
  readonly built: readonly Node[];
}

/** A place where the pattern and its conditions held but the replacement is not possible. */
export interface Refusal {
  readonly rule: string;
  readonly node: string;
  readonly op: string;
  readonly reason: string;
}

export interface Rewritten {
  readonly graph: Graph;
  /** How often each rule was applied; rules that were not are missing. */
  readonly fired: ReadonlyMap<string, number>;
  readonly refusals: readonly Refusal[];
  /** Names of the rules that the diagnostics are about. */
  readonly faulty: ReadonlySet<string>;
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Applies rules until none matches. The result depends on the graph and the rules alone, not on the order in which they are written.
 * Nodes are visited inputs first; of the rules that fit at one the first of `orderRules` is applied, unless `before` puts another ahead
 * of it that overlaps: then that one, where it matches. Only what a rewrite can have touched is looked at again, so the cost is linear in the graph. Never throws for what a rule does wrong:
 * that rule is not applied there, and the diagnostics say so.
 */
export function applyRules(
  graph: Graph,
  rules: readonly RewriteRule[],
  options: ApplyOptions,
): Rewritten {
  return new Driver(graph, rules, options).run();
}

/** So many firings are kept, at least, for the message about a loop. */
const mostRecent = 64;

/** Values with more uses than this are not single-use after one use went away. */
const manyUses = 64;

class Driver {
  readonly #graph: Graph;
  readonly #options: ApplyOptions;
  readonly #editor: GraphEditor;
  readonly #book: RuleBook;
  readonly #worklist: Worklist;
  readonly #searches = new Map<PatternRule, Search>();
  readonly #fired = new Map<string, number>();
  /** Nodes that rules which are applied once put something behind, by rule. */
  readonly #kept = new Set<string>();
  readonly #refusals = new Map<string, Refusal>();
  readonly #diagnostics = new Map<string, Diagnostic>();
  readonly #faulty = new Set<string>();
  readonly #measures = new Measures();
  /** The last firings, for the message about a loop. */
  readonly #recent: { readonly rule: RewriteRule; readonly node: string }[] = [];

  constructor(graph: Graph, rules: readonly RewriteRule[], options: ApplyOptions) {
    this.#graph = graph;
    this.#options = options;
    this.#editor = new GraphEditor(options.ops, graph);
    this.#book = ruleBook(rules, options.ops);
    const { onlyAt } = options;
    this.#worklist = new Worklist(onlyAt === undefined ? graph.nodes.keys() : [onlyAt]);
  }

  run(): Rewritten {
    const budget = this.#options.budget ?? 64 * this.#graph.nodes.size + 1000;
    let rewrites = 0;
    let sweptAt = 0;
    while (!this.#worklist.isEmpty) {
      const id = this.#worklist.first;
      if (this.#visit(id, this.#worklist.take())) {
        if (this.#options.onlyAt !== undefined) break;
        if (++rewrites >= budget) {
          this.#reportLoop(budget);
          break;
        }
      }
      if (this.#worklist.isEmpty && rewrites > sweptAt) {
        sweptAt = rewrites;
        this.#enqueueWhoLooksAround();
      }
    }
    return {
      graph: this.#editor.finish(),
      fired: this.#fired,
      refusals: [...this.#refusals.values()],
      faulty: this.#faulty,
      diagnostics: [...this.#diagnostics.values()],
    };
  }

  /** What another user of an operand became is no change above: who looks there looks once more when there is nothing else to do. */
  #enqueueWhoLooksAround(): void {
    for (const { id, op } of this.#editor.nodes())
      if (this.#book.sightAt(op).isAround) this.#enqueue(id, far());
  }

  /** Applies the first rule that fits at a node, of those that see a change so far away; whether one did. */
  #visit(id: NodeId, distance: number): boolean {
    if (!this.#editor.has(id)) return false;
    const node = this.#editor.node(id);
    if (!sees(this.#book.sightAt(node.op), distance)) return false;
    for (const { item, guard } of this.#book.candidates(node, this.#editor)) {
      const { rule, sight } = item;
      if (!sees(sight, distance) || !guard(node, this.#editor)) continue;
      const applied =
        rule.kind === "code" ? this.#applyCode(rule, node) : this.#applyPattern(rule, id);
      if (!applied) continue;
      if (this.#editor.has(id)) this.#enqueue(id, 0);
      return true;
    }
    return false;
  }

  /** @param shared a match counts only if it has one of these nodes */
  #applyPattern(rule: PatternRule, root: NodeId, shared?: ReadonlySet<NodeId>): boolean {
    return this.#searchFor(rule).at(root, (search) => {
      const nodes = search.nodes();
      if (shared && !nodes.some((id) => shared.has(id))) return false;
      return this.#tryMatch(rule, root, search, nodes);
    });
  }

  /** One for all places: a rule is not tried while it is being tried, as none goes ahead of itself. */
  #searchFor(rule: PatternRule): Search {
    const known = this.#searches.get(rule);
    if (known) return known;
    const search = new Search(rule.pattern, this.#editor, this.#options.ops);
    this.#searches.set(rule, search);
    return search;
  }

  /** Applies a rule that `before` puts ahead of another, at a place that has one of the nodes of a match of that; whether there was one. */
  #applyAhead(rule: PatternRule, root: NodeId, nodes: readonly NodeId[]): boolean {
    const ahead = this.#book.rulesAhead(rule);
    if (ahead.length === 0) return false;
    const own = ownNodes(nodes, this.#editor);
    const isWalk = this.#options.driver === "walk";
    return ahead.some((other) => {
      const roots = isWalk ? [root] : rootsAround(own, other.pattern.reach, this.#editor);
      for (const id of roots)
        if (this.#mayStart(other, id) && this.#applyPattern(other, id, own)) return true;
      return false;
    });
  }

  #mayStart(rule: PatternRule, root: NodeId): boolean {
    return canMatchAt(rule, this.#editor.node(root), this.#editor, this.#options.ops);
  }

  /** Applies a rule at a match, or one that goes before it there. */
  #tryMatch(rule: PatternRule, root: NodeId, search: Search, nodes: readonly NodeId[]): boolean {
    const { untouched } = this.#options;
    if (untouched) for (const id of nodes) if (untouched.has(id)) return false;
    const targets = targetsOf(rule, search);
    if (this.#isOnce(rule) && this.#isAnyBy(rule, targets)) return false;
    let measured: ReturnType<Measures["at"]>;
    try {
      if (!rule.pattern.shared) requireSingleUse(this.#editor, nodes, targets);
      if (!holdAll(rule.conditions, search)) return false;
      if (targets.includes(undefined)) unmet(() => "the node to replace is absent");
      measured = this.#measures.at(rule, nodes, search);
    } catch (error) {
      if (error instanceof Unmet) return false;
      throw error;
    }
    const place = {
      targets: targets as readonly Value[],
      nodes,
      subject: subjectOf(rule, search),
      measure: measured?.measure,
    };
    if (measured && measured.measure >= measured.limit) {
      const facts = { model: this.#graph.name, node: place.subject.name, ...measured };
      this.#report(rule, measureDoesNotDecrease(rule, facts));
      return false;
    }
    return this.#applyAhead(rule, root, nodes) || this.#applyAt(rule, search, place);
  }

  #applyAt(rule: PatternRule, search: Search, place: MatchedPlace): boolean {
    return this.#rewrite(rule, place, (target, built) => {
      const site = new RewriteSite(rule, target, place.nodes, search, this.#editor, built);
      return rule.replaces.map((clause) => buildChain(clause.with, site));
    });
  }

  #isOnce(rule: RewriteRule): boolean {
    return this.#options.driver === "once" || (rule.kind === "rewrite" && rule.once);
  }

  #isAnyBy(rule: RewriteRule, values: readonly (Value | undefined)[]): boolean {
    return values.some((value) => value && this.#isDone(rule, value.node));
  }

  /** Whether a rule had a part in a node. Constants are nobody's: many nodes may share them. */
  #isBy(rule: RewriteRule, id: NodeId): boolean {
    const { op, provenance } = this.#editor.node(id);
    return op !== "Constant" && provenance.rules.includes(rule.name);
  }

  /** Whether a rule built a node, or put something behind it and left it where it was. */
  #isDone(rule: RewriteRule, id: NodeId): boolean {
    return this.#isBy(rule, id) || this.#kept.has(`${rule.name} ${id}`);
  }

  #applyCode(rule: CodeRule, node: Node): boolean {
    if (this.#isOnce(rule) && this.#isBy(rule, node.id)) return false;
    const values = rule.rewrite(this.#editor, node.id, this.#options.ops);
    if (values === undefined) return false;
    const targets = node.types.map((_, output) => ({ node: node.id, output }));
    const place = { targets, nodes: [node.id], subject: node };
    return this.#rewrite(rule, place, (_target, built) => {
      for (const { node: id } of values)
        if (this.#editor.useCount(id) === 0 && !built.includes(id)) built.push(id);
      return values;
    });
  }

  /** Builds the new values and puts them in the place of `targets`; leaves no trace if that is not possible. */
  #rewrite(
    rule: RewriteRule,
    { targets, nodes, subject, measure }: MatchedPlace,
    build: (target: Node, built: NodeId[]) => readonly Value[],
  ): boolean {
    const target = this.#editor.node(targets[0]!.node);
    const added: NodeId[] = [];
    // The nodes as they are before they go, for whoever looks on.
    const matched = this.#options.observe ? [...nodes].map((id) => this.#editor.node(id)) : [];
    try {
      const values = build(target, added);
      this.#check(rule, targets, values, added);
      this.#replace(targets, values, nodes, added);
    } catch (error) {
      if (!(error instanceof Unmet || error instanceof Unbuildable)) throw error;
      for (const id of added.toReversed()) this.#editor.remove(id);
      this.#refuse(rule, subject, error);
      return false;
    }
    if (this.#refusals.size > 0) this.#refusals.delete(`${rule.name} ${subject.name}`);
    if (this.#isOnce(rule))
      for (const { node } of targets)
        if (this.#editor.has(node)) this.#kept.add(`${rule.name} ${node}`);
    this.#measures.record(rule.name, nodes, added, measure);
    this.#count(rule, target, matched, added);
    return true;
  }

  #check(
    rule: RewriteRule,
    targets: readonly Value[],
    values: readonly Value[],
    added: readonly NodeId[],
  ): void {
    for (let i = 0; i < targets.length; i++) {
      const target = targets[i]!;
      const value = values[i]!;
      if (this.#isSame(target, value, added)) {
        this.#report(rule, rewriteChangesNothing(rule, this.#placeOf(target)));
        unmet(() => "the replacement is what was there");
      }
      const from = this.#editor.typeOf(target);
      const to = this.#editor.typeOf(value);
      if (sameType(from, to)) continue;
      const facts = { ...this.#placeOf(target), from: printType(from), to: printType(to) };
      this.#report(rule, replacementChangesType(rule, facts));
      unmet(() => `it would turn ${facts.from} into ${facts.to}`);
    }
    for (const id of added) this.#requireLowerable(this.#editor.node(id));
  }

  #placeOf({ node }: Value) {
    return { model: this.#graph.name, node: this.#editor.node(node).name };
  }

  /** The same value, or a new node with nothing new about it. */
  #isSame(target: Value, value: Value, added: readonly NodeId[]): boolean {
    if (sameValue(target, value)) return true;
    if (!added.includes(value.node)) return false;
    const old = this.#editor.node(target.node);
    const made = this.#editor.node(value.node);
    if (old.op !== made.op || target.output !== value.output) return false;
    return (
      old.operands.length === made.operands.length &&
      old.operands.every((operand, i) => sameValue(operand, made.operands[i])) &&
      sameAttributes(old.attributes, made.attributes)
    );
  }

  /** An integer form that no kernel can compute is refused, with the op's own reason. */
  #requireLowerable(node: Node): void {
    const op = this.#options.ops.get(node.op)!;
    if (!isIntegerForm(op, node.attributes)) return;
    this.#requireScales(node, op, (count) => count === 0, "has no scale");
    const calls = op.lowerInteger!(this.#siteOf(node));
    if (typeof calls === "string") unmet(() => calls);
    this.#requireScales(node, op, (count) => count > 1, "has several scales");
  }

  /** An integer form reads integers with a scale, activations with one alone. */
  #requireScales(node: Node, op: OpDef, isWrong: (count: number) => boolean, fault: string): void {
    for (const [i, operand] of node.operands.entries()) {
      const { name, role, perChannel } = op.operands[Math.min(i, op.operands.length - 1)]!;
      if (!operand || (role !== "activation" && role !== "weight")) continue;
      const count = this.#editor.typeOf(operand).quant?.scale.length ?? 0;
      if (isWrong(count) && (count === 0 || (role === "activation" && !perChannel)))
        unmet(() => `\`${name}\` ${fault}, and an integer form reads activations with one`);
    }
  }

  #siteOf(node: Node): Site {
    return {
      name: node.name,
      attributes: node.attributes,
      operands: node.operands.map((operand) => operand && this.#editor.typeOf(operand)),
      constants: node.operands.map((operand) => this.#editor.constantOf(operand)),
      results: node.types,
      requantize: this.#options.requantize ?? "onnx",
    };
  }

  #replace(
    targets: readonly Value[],
    values: readonly Value[],
    nodes: readonly NodeId[],
    added: readonly NodeId[],
  ): void {
    const changed = [...added];
    for (let i = 0; i < targets.length; i++) {
      for (const id of this.#editor.users(targets[i]!.node)) changed.push(id);
      this.#replaceValue(targets[i]!, values[i]!, added);
    }
    for (const id of this.#sweep(nodes)) if (this.#isLittleUsed(id)) changed.push(id);
    for (const id of added) if (this.#editor.has(id)) this.#editor.settleName(id);
    if (this.#options.driver !== "walk") this.#revisit(changed);
  }

  /** A node may be single-use after one use went away. */
  #isLittleUsed(id: NodeId): boolean {
    return this.#editor.has(id) && this.#editor.useCount(id) <= manyUses;
  }

  /** New nodes that use the old value keep doing so. */
  #replaceValue(target: Value, value: Value, added: readonly NodeId[]): void {
    const keep: Node[] = [];
    for (const id of this.#editor.users(target.node)) {
      if (!added.includes(id)) continue;
      const node = this.#editor.node(id);
      if (node.operands.some((operand) => sameValue(operand, target))) keep.push(node);
    }
    const [first, ...others] = keep;
    this.#editor.replaceValue(target, value, first?.id);
    for (const node of others) this.#editor.replaceOperands(node.id, node.operands);
  }

  /** Removes what nothing uses any more, from the matched nodes up; gives the nodes that lost a use, some of which are removed too. */
  #sweep(nodes: readonly NodeId[]): readonly NodeId[] {
    const touched: NodeId[] = [];
    const stack = [...nodes];
    while (stack.length > 0) {
      const id = stack.pop()!;
      if (!this.#editor.has(id) || this.#editor.useCount(id) > 0) continue;
      const node = this.#editor.node(id);
      if (node.op === "Input") continue;
      this.#editor.remove(id);
      for (const operand of node.operands) {
        if (operand === undefined) continue;
        stack.push(operand.node);
        touched.push(operand.node);
      }
    }
    return touched;
  }

  /** Looks again at nodes at which a rule may match now: those from which a pattern reaches something that changed and is still there. */
  #revisit(changed: readonly NodeId[]): void {
    const { up, down } = this.#book.reach;
    const start = changed.filter((id) => this.#editor.has(id));
    this.#worklist.addAround(start, up, this.#toUsers, near);
    if (down > 0) this.#worklist.addAround(start, down, this.#toOperands, far);
  }

  readonly #toUsers: Neighbours = (id, visit) => {
    this.#editor.visitUsers(id, visit);
  };

  readonly #toOperands: Neighbours = (id, visit) => {
    // What one of very many operands became says nothing to the others; looking at all of them each time is their square.
    if (this.#editor.operandCount(id) > manyUses) return;
    for (const operand of this.#editor.node(id).operands) if (operand) visit(operand.node);
  };

  #enqueue(id: NodeId, distance: number): void {
    if (this.#options.driver !== "walk") this.#worklist.add(id, distance);
  }

  #count(rule: RewriteRule, node: Node, matched: readonly Node[], added: readonly NodeId[]): void {
    this.#fired.set(rule.name, (this.#fired.get(rule.name) ?? 0) + 1);
    this.#recent.push({ rule, node: node.name });
    if (this.#recent.length === 2 * mostRecent) this.#recent.splice(0, mostRecent);
    if (this.#options.observe === undefined) return;
    const built = added.filter((id) => this.#editor.has(id)).map((id) => this.#editor.node(id));
    const removed = matched.filter(({ id }) => !this.#editor.has(id));
    this.#options.observe({ rule, node, removed, built });
  }

  #refuse(rule: RewriteRule, subject: Node, error: Unmet | Unbuildable): void {
    if (rule.kind === "code") return;
    const { name: node, op } = subject;
    const reason = error instanceof Unmet ? error.reason() : error.message;
    this.#refusals.set(`${rule.name} ${node}`, { rule: rule.name, node, op, reason });
    if (error instanceof Unmet) return;
    const facts = { model: this.#graph.name, node, op: error.op, reason };
    this.#report(rule, replacementDoesNotFit(rule, facts));
  }

  /** Once for each rule and kind of fault. */
  #report({ name }: RewriteRule, diagnostic: Diagnostic): void {
    const key = `${diagnostic.code} ${name}`;
    this.#faulty.add(name);
    if (!this.#diagnostics.has(key)) this.#diagnostics.set(key, diagnostic);
  }

  #reportLoop(budget: number): void {
    const recent = this.#recent.slice(-mostRecent);
    const { node } = recent.at(-1)!;
    // Each rule once, though it may have to go round at several nodes before the circle closes.
    const cycle = [...new Set(shortestPeriod(recent.map(({ rule }) => rule)))];
    for (const { name } of cycle) this.#faulty.add(name);
    const facts = { model: this.#graph.name, node, cycle, budget };
    this.#diagnostics.set("loop", rewriteLoop(facts));
  }
}

/** Where a rule is about to be applied. */
interface MatchedPlace {
  readonly targets: readonly Value[];
  readonly nodes: readonly NodeId[];
  /** The node that a report names: the one that is rebuilt, or the one that is replaced. */
  readonly subject: Node;
  /** What `decreases` is here. */
  readonly measure?: number | undefined;
}

/** The values that a rule replaces at a match. */
function targetsOf({ replaces }: PatternRule, search: Search): readonly (Value | undefined)[] {
  return replaces.map(({ target }) => valueNamed(target.text, search));
}

function valueNamed(name: string, search: Search): Value | undefined {
  const term = search.lookup(name);
  return term !== undefined && isValueTerm(term) ? term.value : undefined;
}

function subjectOf({ replaces }: PatternRule, search: Search): Node {
  let subject: Value | undefined;
  for (const { with: chain } of replaces)
    for (const step of chain.steps)
      if (step.kind === "new" && step.same) subject ??= valueNamed(step.same.text, search);
  for (const { target } of replaces) subject ??= valueNamed(target.text, search);
  return search.graph.node(subject!.node);
}

/** The shortest list that, repeated, gives the end of `items`; all of them if there is none. */
function shortestPeriod<T>(items: readonly T[]): readonly T[] {
  for (let period = 1; period <= items.length / 2; period++) {
    if (items.every((item, i) => i < period || item === items[i - period]))
      return items.slice(-period);
  }
  return items;
}
