import type { Contract } from "../../grammar/ast.ts";
import { type Choices, Draw, mixed } from "../generate/choices.ts";
import { decodeGraph } from "../generate/decode.ts";
import { generateMatch, type Tally } from "../generate/generate-match.ts";
import { rebuilt } from "../generate/rebuild.ts";
import { fromReplay, replayOf } from "../generate/replay.ts";
import { type Graph, type Node, typeOf } from "../ir/graph.ts";
import type { OpTable } from "../ir/op.ts";
import { applyRules } from "../rewrite/driver.ts";
import type { CodeRule, QuantizeRule, RewriteRule } from "../rewrite/rule.ts";
import { exactTensor } from "./run-graph.ts";

export type AnyRule = RewriteRule | QuantizeRule;

/** A graph in which a rule matches. */
export interface Trial {
  readonly graph: Graph;
  /** Stands for the graph, on any machine. */
  readonly replay: string;
  /** The optional parts and alternatives of the rule that are in it. */
  readonly chosen: readonly string[];
}

/** The choices of one run of one rule under a seed. */
export function choicesOf(seed: number, rule: string, run: number): Choices {
  let hash = seed >>> 0;
  for (const character of rule) hash = mixed(hash, character.codePointAt(0)!);
  // The first run has the smallest graph of all.
  return [run === 0 ? 0 : (mixed(hash, run) | 1) >>> 0];
}

/** A graph in which a rule matches; none where the generator finds none. */
export function trialOf(
  rule: AnyRule,
  choices: Choices,
  ops: OpTable,
  tally?: Tally,
): Trial | undefined {
  const replay = replayOf({ kind: "match", rule: rule.name, choices });
  if (rule.kind === "code") {
    const graph = graphForCode(rule, choices, ops);
    return graph && { graph, replay, chosen: [] };
  }
  const match = generateMatch(rule, choices, { ops, ...(tally && { tally }) });
  return match && { graph: match.graph, replay, chosen: match.chosen };
}

/** The graph of a replay string, for the rule that it names. */
export function trialOfReplay(
  text: string,
  rules: readonly AnyRule[],
  ops: OpTable,
): (Trial & { readonly rule: AnyRule }) | undefined {
  const replay = fromReplay(text);
  if (replay?.kind !== "match") return undefined;
  const rule = rules.find(({ name }) => name === replay.rule);
  const trial = rule && trialOf(rule, replay.choices, ops);
  return rule && trial && { ...trial, rule };
}

/** So many random graphs are tried for a rule in TypeScript, of whose pattern nothing is known. */
const attempts = 40;

/** A random graph to which a rule in TypeScript applies. */
function graphForCode(rule: CodeRule, choices: Choices, ops: OpTable): Graph | undefined {
  const draw = new Draw(choices);
  for (let i = 0; i < attempts; i++) {
    const decoded = decodeGraph([draw.seed() + i + 1], { ops });
    const graph = i % 2 === 0 ? decoded : withConstantInputs(decoded, i, ops);
    const isCandidate = [...graph.nodes.values()].some(({ op }) => rule.roots?.has(op) ?? true);
    if (isCandidate && (applyRules(graph, [rule], { ops }).fired.get(rule.name) ?? 0) > 0)
      return graph;
  }
  return undefined;
}

/** What rules about constants look for. */
function withConstantInputs(graph: Graph, seed: number, ops: OpTable): Graph {
  const constants = new Map(
    graph.inputs.map(({ value }, i) => [value.node, exactTensor(typeOf(graph, value), seed + i)]),
  );
  const node = (known: Node): Node => {
    const value = constants.get(known.id);
    return value ? { ...known, op: "Constant", attributes: { value } } : known;
  };
  return rebuilt(graph, { node }, ops) ?? graph;
}

/** The contracts of firings, one for each. */
export function contractsOf(
  rules: readonly RewriteRule[],
  fired: ReadonlyMap<string, number>,
): readonly Contract[] {
  return rules.flatMap(({ name, contract }) =>
    Array<Contract>(fired.get(name) ?? 0).fill(contract),
  );
}
