import { Rejected } from "../../grammar/source/diagnostic.ts";
import { CanonicalForms } from "../analyses/canonical-forms.ts";
import { notReplayed } from "../explain/diagnostics.ts";
import { parseRuleLog } from "../explain/rule-log.ts";
import { ops } from "../ops/index.ts";
import type { PreparedModel } from "../pipeline.ts";
import { replayTrace } from "../rewrite/replay-trace.ts";
import { readText } from "./files.ts";
import { countText } from "./text.ts";

/** What became of a log of rewrites. */
export interface ReplayedLog {
  readonly applied: number;
  /** Rewrites of integer rules: what they do depends on ranges. */
  readonly leftOut: number;
  /** The rules lead to this graph by themselves, too. */
  readonly isSame: boolean;
}

/** Applies the rewrites of a log to a model one by one. Throws `Rejected` with the first that does not apply as it did. */
export function replayLog(
  file: string,
  { model, rules, graph }: Pick<PreparedModel, "model" | "rules" | "graph">,
): ReplayedLog {
  const log = parseRuleLog(readText(file), file);
  const own = log.filter(({ pass }) => pass === "canonicalize");
  const replayed = replayTrace(model.graph, rules.scheme.rewrites, own, ops);
  const { applied, failure } = replayed;
  if (failure) {
    const { rule } = own[applied]!;
    const number = log.indexOf(own[applied]!) + 1;
    const { reason } = failure;
    throw new Rejected([notReplayed({ file, number, rule, span: failure.rule?.span, reason })]);
  }
  const forms = new CanonicalForms(ops);
  const isSame = forms.of(replayed.graph) === forms.of(graph);
  return { applied, leftOut: log.length - own.length, isSame };
}

/** For people. */
export function replayText({ applied, leftOut, isSame }: ReplayedLog): string {
  const end = isSame
    ? "the graph is that of the rules"
    : "the rules by themselves lead to another graph";
  const others = leftOut > 0 ? `, ${leftOut} of integer rules left out` : "";
  return `replayed ${countText(applied, "rewrite")}${others}: ${end}`;
}
