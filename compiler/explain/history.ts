import type { Node, NodeId } from "../ir/graph.ts";
import type { RuleObserver } from "../pipeline.ts";
import type { Firing } from "../rewrite/driver.ts";

/** One application of a rewrite rule, in the pass in which it was applied. */
export interface Step extends Firing {
  readonly pass: string;
  /** Its place among all. */
  readonly number: number;
}

/** Which applications of rules led to the nodes of a program. Nodes keep their ids from pass to pass. */
export interface History {
  /** The application that built a node. */
  readonly builtBy: ReadonlyMap<NodeId, Step>;
  /** The last application that took a node away. */
  readonly removedBy: ReadonlyMap<NodeId, Step>;
}

/** Where a node comes from. */
export interface Origins {
  /** Oldest first. */
  readonly steps: readonly Step[];
  /** Ids of the nodes that it stands for, itself included, of all passes. */
  readonly ancestors: ReadonlySet<NodeId>;
}

/** An observer that keeps what it sees. */
export function recorder(): { readonly trace: RuleObserver; readonly steps: readonly Step[] } {
  const steps: Step[] = [];
  return {
    trace: (pass, firing) => void steps.push({ ...firing, pass, number: steps.length }),
    steps,
  };
}

/** Indexes what was recorded. */
export function historyOf(steps: readonly Step[]): History {
  const builtBy = new Map<NodeId, Step>();
  const removedBy = new Map<NodeId, Step>();
  for (const step of steps) {
    for (const { id } of step.built) builtBy.set(id, step);
    for (const { id } of step.removed) removedBy.set(id, step);
  }
  return { builtBy, removedBy };
}

/** All that led to a node. */
export function originsOf({ builtBy }: History, node: Node): Origins {
  const ancestors = new Map([[node.id, node]]);
  const steps = new Set<Step>();
  for (const [id, ancestor] of ancestors) {
    const step = builtBy.get(id);
    if (step === undefined) continue;
    steps.add(step);
    for (const parent of parentsOf(ancestor, step)) ancestors.set(parent.id, parent);
  }
  const inOrder = [...steps].sort((a, b) => a.number - b.number);
  return { steps: inOrder, ancestors: new Set(ancestors.keys()) };
}

/**
 * The removed nodes that a built one stands for: those of its op, its namesake if there is one, and those whose op was not
 * built again. So a layer and a transpose that change places stay apart, and a layer takes over what is folded into it.
 */
function parentsOf(node: Node, { removed, built }: Step): readonly Node[] {
  const rebuilt = new Set(built.map(({ op }) => op));
  const alike = removed.filter(({ op }) => op === node.op);
  const namesake = alike.filter(({ name }) => name === node.name);
  const folded = removed.filter(({ op }) => !rebuilt.has(op));
  return [...(namesake.length > 0 ? namesake : alike), ...folded];
}
