import { resolveRules, ruleSource } from "../../compiler/cli/rule-files.ts";
import { Draw, mixed } from "../../compiler/generate/choices.ts";
import { clausesOf } from "../../compiler/generate/clauses.ts";
import { decodeGraph } from "../../compiler/generate/decode.ts";
import { generateMatch } from "../../compiler/generate/generate-match.ts";
import { generateMiss } from "../../compiler/generate/generate-miss.ts";
import type { PatternedRule } from "../../compiler/generate/matching.ts";
import type { Graph } from "../../compiler/ir/graph.ts";
import { viewOf } from "../../compiler/ir/graph-view.ts";
import { ops } from "../../compiler/ops/index.ts";
import { requireAll, requireSingleUse } from "../../compiler/rewrite/conditions.ts";
import { canMatchAt } from "../../compiler/rewrite/guard.ts";
import { matchAt, type Search } from "../../compiler/rewrite/match.ts";
import { absent, isValueTerm, type Term, Unmet } from "../../compiler/rewrite/term.ts";
import { standardModules } from "../../compiler/rewrite/vocabulary.ts";
import { testedLibrary } from "../../compiler/testing/tested-library.ts";
import { keyOf, naiveMatches } from "./naive-matcher.ts";
import { fewOps, randomRule } from "./random-rules.ts";

/** What a rule is compared on. */
export interface MatchedGraph {
  readonly rule: PatternedRule;
  /** Of a random rule. */
  readonly text?: string;
  readonly graph: Graph;
}

/** A graph of so many is made for each rule that is made up. */
const graphsOfRule = 4;

/**
 * The graphs number `i` of a seed, with rules to compare on them: of the standard library or made up, on graphs in which they match, on
 * near misses, and on any.
 */
export function* matchedGraphs(
  seed: number,
  i: number,
  standard: readonly PatternedRule[],
): Generator<MatchedGraph> {
  const draw = new Draw([mixed(seed, i) | 1]);
  if (draw.chance(1, 4)) {
    const rule = draw.pick(standard);
    const graph = graphFor(rule, draw) ?? decodeGraph([draw.seed()], { ops });
    for (const other of [rule, draw.pick(standard), draw.pick(standard)])
      yield { rule: other, graph };
    return;
  }
  const random = randomRule(draw);
  if (random === undefined) return;
  for (let j = 0; j < graphsOfRule; j++)
    yield {
      ...random,
      graph: graphFor(random.rule, draw) ?? decodeGraph([draw.seed()], { ops: fewOps }),
    };
}

function graphFor(rule: PatternedRule, draw: Draw): Graph | undefined {
  const choices = [draw.seed()];
  const clauses = clausesOf(rule, ops);
  const options = { ops, attempts: 4 };
  const kind = draw.below(3);
  if (kind === 0) return generateMatch(rule, choices, options)?.graph;
  return kind === 1 && clauses.length > 0
    ? generateMiss(rule, draw.pick(clauses), choices, options)?.graph
    : undefined;
}

/** All rules with patterns of the standard library. */
export function standardRules(): readonly PatternedRule[] {
  const rules = standardModules.flatMap((name) => {
    const { value } = testedLibrary(ruleSource(name), { ops, resolve: resolveRules });
    return [...value!.rewrites, ...value!.quantizes];
  });
  return rules.filter((rule) => rule.kind !== "code");
}

/** What one matcher finds in a graph and the other does not, as texts. */
export interface Disagreement {
  readonly onlyMatcher: readonly string[];
  readonly onlyNaive: readonly string[];
}

/** Compares what both matchers find of a rule in a graph; `found` matches are the same. */
export function compareMatchers({ rule, graph }: MatchedGraph): {
  readonly found: number;
  readonly disagreement?: Disagreement;
} {
  const naive = new Set(
    naiveMatches(rule, graph, ops).map(({ names, nodes }) => textOf(names, nodes)),
  );
  const matcher = new Set(matches(rule, graph));
  const onlyMatcher = [...matcher].filter((one) => !naive.has(one));
  const onlyNaive = [...naive].filter((one) => !matcher.has(one));
  const found = matcher.size - onlyMatcher.length;
  return onlyMatcher.length + onlyNaive.length === 0
    ? { found }
    : { found, disagreement: { onlyMatcher, onlyNaive } };
}

/** What the matcher that applies rules finds. */
function matches(rule: PatternedRule, graph: Graph): readonly string[] {
  const view = viewOf(graph);
  const found: string[] = [];
  for (const node of graph.nodes.values()) {
    if (rule.roots && !rule.roots.has(node.op)) continue;
    if (!canMatchAt(rule, node, view, ops)) continue;
    matchAt(rule.pattern, node.id, view, ops, (search) => {
      if (holds(rule, search)) {
        const names = [...rule.pattern.slots.keys()].map(
          (name) => [name, search.lookup(name) ?? absent] as const,
        );
        found.push(textOf(new Map(names), [...search.nodes()]));
      }
      return false;
    });
  }
  return found;
}

function holds(rule: PatternedRule, search: Search): boolean {
  try {
    if (rule.kind === "rewrite" && !rule.pattern.shared) {
      const targets = rule.replaces.map(({ target }) => search.lookup(target.text));
      requireSingleUse(
        search.graph,
        search.nodes(),
        targets.map((term) => (term && isValueTerm(term) ? term.value : undefined)),
      );
    }
    requireAll(rule.conditions, search);
    return true;
  } catch (error) {
    if (error instanceof Unmet) return false;
    throw error;
  }
}

function textOf(names: ReadonlyMap<string, Term>, nodes: readonly number[]): string {
  return `${keyOf(names)} of ${nodes.toSorted((a, b) => a - b).join(", ")}`;
}
