import { type Diagnostic, Rejected } from "../../grammar/source/diagnostic.ts";
import type { Graph, NodeId } from "../ir/graph.ts";
import { type GraphView, viewOf } from "../ir/graph-view.ts";
import type { OpTable } from "../ir/op.ts";
import { allHold } from "../rewrite/conditions.ts";
import { candidatesAt } from "../rewrite/decision-tree.ts";
import { type Found, Search } from "../rewrite/match.ts";
import type { QuantizeRule } from "../rewrite/rule.ts";
import { type Asking, askingOf, type Effects } from "./requests.ts";

export interface Collected extends Effects {
  readonly view: GraphView;
  /** How often each rule matched, by name. */
  readonly fired: ReadonlyMap<string, number>;
  readonly matched: ReadonlySet<QuantizeRule>;
  readonly diagnostics: readonly Diagnostic[];
}

/** All that rules ask for at all their matches. */
export function collectEffects(
  graph: Graph,
  rules: readonly QuantizeRule[],
  ops: OpTable,
): Collected {
  const view = viewOf(graph);
  const effects: Effects = { requests: [], ties: [], fused: [], answered: new Set() };
  const faults = new Map<string, Diagnostic>();
  const report = (diagnostic: Diagnostic) => {
    if (!faults.has(diagnostic.message)) faults.set(diagnostic.message, diagnostic);
  };
  const trials = new Map(
    rules.map((rule) => [rule, new Trial(rule, { view, ops, effects, report })]),
  );
  const candidates = candidatesAt(rules, ops, (rule, guard) => ({
    guard,
    trial: trials.get(rule)!,
  }));
  for (const node of graph.nodes.values())
    for (const { guard, trial } of candidates(node, view)) if (guard(node, view)) trial.at(node.id);
  return {
    ...effects,
    view,
    fired: placesByName([...trials.values()]),
    matched: new Set(rules.filter((rule) => trials.get(rule)!.places > 0)),
    diagnostics: [...faults.values()],
  };
}

/** A name means the nearest rule of that name, also where it is counted. */
function placesByName(trials: readonly Trial[]): ReadonlyMap<string, number> {
  const nearest = new Map<string, number>();
  for (const { rule } of trials)
    nearest.set(rule.name, Math.min(rule.distance, nearest.get(rule.name) ?? rule.distance));
  const fired = new Map<string, number>();
  for (const { rule, places } of trials) {
    const counted = rule.distance === nearest.get(rule.name) ? places : 0;
    fired.set(rule.name, (fired.get(rule.name) ?? 0) + counted);
  }
  return fired;
}

interface Surroundings {
  readonly view: GraphView;
  readonly ops: OpTable;
  readonly effects: Effects;
  readonly report: (diagnostic: Diagnostic) => void;
}

/** A rule while it is tried at one node after the other. */
class Trial {
  readonly rule: QuantizeRule;
  /** Where it matched; matches at the same nodes are one place. */
  places = 0;
  readonly #around: Surroundings;
  #search: Search;
  #asking: Asking | undefined;
  /** Nodes of the first match at the node where it is tried, and of all of them if there are several. */
  #first: readonly NodeId[] | undefined;
  #several: Set<string> | undefined;
  readonly #found: Found = (search) => {
    if (allHold(this.rule.conditions, search)) this.#matches(search);
    return false;
  };

  constructor(rule: QuantizeRule, around: Surroundings) {
    this.rule = rule;
    this.#around = around;
    this.#search = new Search(rule.pattern, around.view, around.ops);
  }

  /** Conditions can be the user's TypeScript, which may fail as what is asked for may. */
  at(root: NodeId): void {
    this.#first = undefined;
    this.#several = undefined;
    try {
      this.#search.at(root, this.#found);
    } catch (error) {
      this.#reject(error);
      // The old one is in the middle of something.
      this.#search = new Search(this.rule.pattern, this.#around.view, this.#around.ops);
    }
  }

  #matches(search: Search): void {
    this.#count(search.nodes());
    try {
      this.#asking ??= askingOf(this.rule, this.#around.report);
      this.#asking(search, this.#around.effects);
    } catch (error) {
      this.#reject(error);
    }
  }

  #count(nodes: readonly NodeId[]): void {
    if (this.#first === undefined) {
      this.#first = nodes;
      this.places++;
      return;
    }
    this.#several ??= new Set([listed(this.#first)]);
    const before = this.#several.size;
    this.places += this.#several.add(listed(nodes)).size - before;
  }

  #reject(error: unknown): void {
    if (!(error instanceof Rejected)) throw error;
    error.diagnostics.forEach(this.#around.report);
  }
}

function listed(nodes: readonly NodeId[]): string {
  return [...nodes].sort((a, b) => a - b).join();
}
