import type { NearMiss } from "../generate/generate-miss.ts";
import type { PatternedRule } from "../generate/matching.ts";
import { siteOf } from "../ir/evaluate.ts";
import type { Graph } from "../ir/graph.ts";
import type { OpTable } from "../ir/op.ts";
import { annotate } from "../quantize/annotate.ts";
import { printRequest } from "../quantize/claims.ts";
import type { PatternRule, QuantizeRule } from "../rewrite/rule.ts";
import { alone } from "./firing.ts";
import {
  conflictFree,
  decreases,
  firesAlone,
  preservesInterface,
  sound,
  terminates,
} from "./graph-laws.ts";
import type { Subject } from "./law.ts";
import type { ClauseReport } from "./rule-report.ts";
import { sharesScales } from "./shares-scales.ts";
import type { TestedLibrary } from "./tested-library.ts";
import { choicesOf, trialOf } from "./trial.ts";

/** What a near miss says of its clause: what becomes of the graph by the rule without it. */
export function verdictOf(
  miss: NearMiss,
  isFiring: boolean,
  subject: Subject,
): ClauseReport["verdict"] {
  const { tested, ops } = subject;
  const rule = subject.rule as PatternedRule;
  const { graph, dropped } = miss;
  const without = { rule: dropped, tested: withRule(tested, rule, dropped), ops };
  const laws =
    rule.kind === "quantize"
      ? [conflictFree, sharesScales]
      : [firesAlone, preservesInterface, sound, terminates, decreases];
  if (laws.some((law) => law(graph, without).violation !== undefined)) return "killed";
  if (!isFiring) return "implied";
  if (dropped.kind === "quantize") {
    const alone = {
      ...subject,
      tested: { ...tested, library: { ...tested.library, quantizes: [rule as QuantizeRule] } },
    };
    // What is not real, or not there, has no site.
    if (!asksForMore(graph, dropped, alone)) return "implied";
    return asksForMore(graph, dropped, subject) ? "killed" : "survived";
  }
  return isCostly(workDone(graph, dropped, ops), workWhereItBelongs(rule as PatternRule, ops))
    ? "cost"
    : "survived";
}

/** The library with another rule in the place of one. */
export function withRule(
  tested: TestedLibrary,
  rule: PatternedRule,
  other: PatternedRule,
): TestedLibrary {
  const { phases, quantizes } = tested.library;
  const changed = phases.map((phase) => ({
    ...phase,
    rules: phase.rules.map((one) => (one === rule ? (other as PatternRule) : one)),
  }));
  const others = quantizes.map((one) => (one === rule ? (other as QuantizeRule) : one));
  return { ...tested, library: { ...tested.library, phases: changed, quantizes: others } };
}

/** Whether something else is asked for where the rule has a clause less. */
function asksForMore(graph: Graph, dropped: QuantizeRule, { rule, tested, ops }: Subject): boolean {
  const [before, after] = [rule, dropped].map((own) => {
    const rules = tested.library.quantizes.map((one) => (one === rule ? own : one));
    const { sites, groups, interior } = annotate(
      graph,
      rules.map((one) => ({ ...(one as QuantizeRule), optional: true })),
      { ops },
    ).annotations;
    const asked = [...sites].map(([key, { winner }]) => `${key} ${printRequest(winner.request)}`);
    const tied = [...groups.values()].map((keys) => keys.toSorted().join());
    return [...asked, ...tied, ...interior].sort().join("\n");
  });
  return before !== after;
}

/** What one firing adds to a graph: multiply-accumulates, and nodes. */
interface Work {
  readonly macs: number;
  readonly nodes: number;
}

function workDone(graph: Graph, rule: PatternRule, ops: OpTable): Work {
  const { graph: after, fired } = alone(graph, rule, ops);
  const times = Math.max(1, fired.get(rule.name) ?? 0);
  const [was, is] = [workIn(graph, ops), workIn(after, ops)];
  return { macs: (is.macs - was.macs) / times, nodes: (is.nodes - was.nodes) / times };
}

function workIn(graph: Graph, ops: OpTable): Work {
  const nodes = [...graph.nodes.values()].filter(({ op }) => op !== "Constant" && op !== "Input");
  const macs = nodes.map((node) => ops.get(node.op)!.macs?.(siteOf(graph, node, "onnx")) ?? 0);
  return { macs: macs.reduce((sum, n) => sum + n, 0), nodes: nodes.length };
}

/** So many matches show what the rule does to the work where it belongs. */
const shown = 4;
const known = new WeakMap<PatternRule, readonly Work[]>();

function workWhereItBelongs(rule: PatternRule, ops: OpTable): readonly Work[] {
  const done =
    known.get(rule) ??
    Array.from({ length: shown }, (_, run) =>
      trialOf(rule, choicesOf(1, rule.name, run), ops),
    ).flatMap((trial) => (trial ? [workDone(trial.graph, rule, ops)] : []));
  known.set(rule, done);
  return done;
}

/** Whether a firing leaves more to do than any where the rule belongs, or saves nothing where some of these do. */
function isCostly(work: Work, usual: readonly Work[]): boolean {
  const isMore = ({ macs, nodes }: Work) => work.macs > macs || work.nodes > nodes;
  const saves = ({ macs, nodes }: Work) => macs < 0 || nodes < 0;
  return usual.every(isMore) || (!saves(work) && usual.some(saves));
}
