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
  const trials: Trial[] = [];
  const candidates = candidatesAt(rules, ops, (rule) => {
    const trial = new Trial(rule, { view, ops, effects, report });
    trials.push(trial);
    return trial;
  });
  for (const node of graph.nodes.values())
    for (const { guard, item } of candidates(node, view)) if (guard(node, view)) item.at(node.id);
  return {
    ...effects,
    view,
    fired: placesByName(rules, trials),
    matched: new Set(trials.flatMap(({ rule, places }) => (places > 0 ? rule : []))),
    diagnostics: [...faults.values()],
  };
}

/** A name means the nearest rule of that name, also where it is counted. */
function placesByName(
  rules: readonly QuantizeRule[],
  trials: readonly Trial[],
): ReadonlyMap<string, number> {
  const nearest = new Map<string, number>();
  for (const { name, distance } of rules)
    nearest.set(name, Math.min(distance, nearest.get(name) ?? distance));
  const fired = new Map(rules.map(({ name }) => [name, 0]));
  for (const { rule, places } of trials)
    if (rule.distance === nearest.get(rule.name))
      fired.set(rule.name, fired.get(rule.name)! + places);
  return fired;
}

interface Surroundings {
  readonly view: GraphView;
  readonly ops: OpTable;
  readonly effects: Effects;
  readonly report: (diagnostic: Diagnostic) => void;
}

/** A rule while it is tried at one node of an op after the other. */
class Trial {
  readonly rule: QuantizeRule;
  /** Where it matched; matches at the same nodes are one place. */
  places = 0;
  readonly #around: Surroundings;
  #search: Search | undefined;
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
  }

  /** Conditions can be the user's TypeScript, which may fail as what is asked for may. */
  at(root: NodeId): void {
    this.#first = undefined;
    this.#several = undefined;
    const { view, ops } = this.#around;
    try {
      this.#search ??= new Search(this.rule.pattern, view, ops);
      this.#search.at(root, this.#found);
    } catch (error) {
      this.#reject(error);
      // It is in the middle of something.
      this.#search = undefined;
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
