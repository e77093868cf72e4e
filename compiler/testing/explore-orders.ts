import type { Graph } from "../ir/graph.ts";
import type { OpTable } from "../ir/op.ts";
import { applyRules } from "../rewrite/driver.ts";
import type { Phase } from "../rewrite/phases.ts";
import type { RewriteRule } from "../rewrite/rule.ts";
import { canonicalKey, Keys } from "./canonical-key.ts";
import { firstDifference } from "./same-graph.ts";

/** A graph that no rule rewrites, and one way to it: rules with the nodes that they replaced. */
export interface NormalForm {
  readonly graph: Graph;
  readonly derivation: readonly string[];
}

/** What becomes of a graph, whatever is rewritten first. */
export interface Explored {
  /** Unequal ones. */
  readonly forms: readonly NormalForm[];
  /** Whether all orders were followed to their ends. */
  readonly isComplete: boolean;
}

/** So many graphs are looked at, and no more: the ways multiply. */
const mostStates = 160;

/**
 * All normal forms of a graph under the rules of each phase in turn: at every node the first rule that fits is applied, as the driver does,
 * but the nodes are visited in every order. Where `before` puts another rule ahead of the one that is found at a node, that is applied.
 */
export function exploreOrders(graph: Graph, phases: readonly Phase[], ops: OpTable): Explored {
  let forms: readonly NormalForm[] = [{ graph, derivation: [] }];
  let isComplete = true;
  for (const { driver, rules } of phases) {
    if (driver !== "fixpoint" || rules.length === 0) continue;
    const explored = forms.map((form) => explorePhase(form, rules, ops));
    isComplete &&= explored.every((one) => one.isComplete);
    forms = distinct(
      explored.flatMap((one) => one.forms),
      ops,
    );
  }
  return { forms, isComplete };
}

function explorePhase(start: NormalForm, rules: readonly RewriteRule[], ops: OpTable): Explored {
  const keys = new Keys();
  const seen = new Set([canonicalKey(start.graph, ops, keys)]);
  const open: NormalForm[] = [start];
  const forms: NormalForm[] = [];
  for (let state = open.pop(); state !== undefined; state = open.pop()) {
    const next = successors(state, rules, ops);
    if (next.length === 0) forms.push(state);
    for (const one of next) {
      const key = canonicalKey(one.graph, ops, keys);
      if (seen.has(key)) continue;
      seen.add(key);
      if (seen.size > mostStates) return { forms: distinct(forms, ops), isComplete: false };
      open.push(one);
    }
  }
  return { forms: distinct(forms, ops), isComplete: true };
}

/** What one rewrite makes of a graph, for each node at which there is one. */
function successors(
  { graph, derivation }: NormalForm,
  rules: readonly RewriteRule[],
  ops: OpTable,
): readonly NormalForm[] {
  return [...graph.nodes.keys()].flatMap((id) => {
    let step: string | undefined;
    const rewritten = applyRules(graph, rules, {
      ops,
      onlyAt: id,
      observe(firing) {
        step = `${firing.rule.name} at ${firing.node.name} (${firing.node.op})`;
      },
    });
    return step === undefined
      ? []
      : [{ graph: rewritten.graph, derivation: [...derivation, step] }];
  });
}

/** Of graphs that differ by roundings alone the first. */
function distinct(forms: readonly NormalForm[], ops: OpTable): readonly NormalForm[] {
  const kept: NormalForm[] = [];
  for (const form of forms) {
    const isKnown = kept.some(
      ({ graph }) => firstDifference(form.graph, graph, ops, new Set(), false) === undefined,
    );
    if (!isKnown) kept.push(form);
  }
  return kept;
}
