import { GraphEditor } from "../ir/edit.ts";
import type { Graph, NodeId } from "../ir/graph.ts";
import type { OpTable } from "../ir/op.ts";
import { type Choices, mixed } from "./choices.ts";
import { type Clause, type Mutation, mutationsOf } from "./clauses.ts";
import { type GeneratedMatch, type GenerateOptions, generateMatch } from "./generate-match.ts";
import { type PatternedRule, type Place, placesOf } from "./matching.ts";

/** A graph that a rule misses by one clause. */
export interface NearMiss {
  readonly graph: Graph;
  /** Where the rule would match but for the clause. */
  readonly place: Place;
  /** What does not hold there. */
  readonly clause: Clause;
  /** The rule without the clause: it matches; where an op is another one, only if conditions on it still have a meaning. */
  readonly dropped: PatternedRule;
}

/** How often graphs are made for one miss. */
const mostTries = 4;

/**
 * A graph in which all clauses of a rule hold at a place but one, and the rule does not match there, not in another way
 * either. `undefined` where none was found: then the clause may follow from the others.
 */
export function generateMiss(
  rule: PatternedRule,
  { id }: Pick<Clause, "id">,
  choices: Choices,
  options: GenerateOptions,
): NearMiss | undefined {
  const mutation = mutationsOf(rule, options.ops).find(({ clause }) => clause.id === id);
  if (mutation === undefined) return undefined;
  for (let i = 0; i < mostTries; i++) {
    const [seed = 0, ...others] = choices;
    const own = i === 0 ? choices : [mixed(seed, i), ...others];
    const { broken, near = [] } = mutation;
    const made = generateMatch(broken, own, { attempts: 4, near, ...options });
    if (made === undefined) continue;
    const graph = withSecondUse(mutation, made, options.ops);
    if (graph === undefined || isHit(rule, graph, made.place, options.ops)) continue;
    const { clause, dropped } = mutation;
    if (clause.kind !== "op" && !isHit(dropped, graph, made.place, options.ops)) continue;
    return { graph, place: made.place, clause, dropped };
  }
  return undefined;
}

/** A near miss for each clause for which one was found. */
export function generateMisses(
  rule: PatternedRule,
  choices: Choices,
  options: GenerateOptions,
): readonly NearMiss[] {
  return mutationsOf(rule, options.ops).flatMap(
    ({ clause }) => generateMiss(rule, clause, choices, options) ?? [],
  );
}

/** Whether the rule matches anywhere near the place. */
function isHit(rule: PatternedRule, graph: Graph, place: Place, ops: OpTable): boolean {
  return placesOf(rule, graph, ops).some(({ nodes }) =>
    [...nodes].some((id) => place.nodes.has(id)),
  );
}

/** The inner node that shall have a second user becomes an output as well, or is read by one more node. */
function withSecondUse(
  { secondUse }: Mutation,
  { graph, nodeOf }: GeneratedMatch,
  ops: OpTable,
): Graph | undefined {
  if (secondUse === undefined) return graph;
  const id: NodeId | undefined = nodeOf.get(secondUse);
  if (id === undefined || !graph.nodes.has(id)) return undefined;
  const editor = new GraphEditor(ops, graph);
  const used = { node: id, output: 0 };
  const isReal = editor.typeOf(used).dtype === "float32" && graph.nodes.size % 2 === 0;
  const value = isReal ? editor.value({ op: "Negative", operands: [used] }) : used;
  editor.output({ name: `y${graph.outputs.length}`, value });
  return editor.finish();
}
