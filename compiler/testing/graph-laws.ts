import type { Diagnostic } from "../../grammar/source/diagnostic.ts";
import { placesOf } from "../generate/matching.ts";
import { type Form, forms } from "../ir/forms.ts";
import type { Graph, Value } from "../ir/graph.ts";
import { typeOf } from "../ir/graph.ts";
import type { OpTable } from "../ir/op.ts";
import { printType, sameType } from "../ir/types.ts";
import { verify } from "../ir/verify.ts";
import { annotate } from "../quantize/annotate.ts";
import type { Rewritten } from "../rewrite/driver.ts";
import type { QuantizeRule, RewriteRule } from "../rewrite/rule.ts";
import {
  type Difference,
  differenceText,
  isOverflow,
  worstDifference,
} from "./compare-outcomes.ts";
import { alone, cutAt, replacedBy, together } from "./firing.ts";
import { ignoresIdentities } from "./ignores-identities.ts";
import { breach, type Finding, type GraphLaw, kept, type LawName, vacuous } from "./law.ts";
import { hasOneResult, rewritesToTheEnd } from "./one-result.ts";
import { inOtherOrder } from "./other-order.ts";
import { exactInputs, type Inputs, runGraph, smaller } from "./run-graph.ts";
import { firstDifference } from "./same-graph.ts";
import { sharesScales } from "./shares-scales.ts";
import { contractsOf } from "./trial.ts";

/** The laws about one graph in which a rule matches. */

/** Codes of what a rule does wrong where it is applied; see `compiler/rewrite/diagnostics.ts`. */
const codes = {
  loop: "QC2101",
  otherType: "QC2102",
  nothingNew: "QC2103",
  unfit: "QC2104",
  notSmaller: "QC2191",
} as const;

const told = (rewritten: Rewritten, code: string): Diagnostic | undefined =>
  rewritten.diagnostics.find((diagnostic) => diagnostic.code === code);

/**
 * Where the pattern and all clauses hold, the rule rewrites. A replacement that is what was there, or that does not fit, is a
 * breach; one that its op cannot lower is refused by design.
 */
export const firesAlone: GraphLaw = (graph, { rule, ops, tested }) => {
  if (rule.kind === "quantize") return quantizeFires(graph, rule, ops);
  const rewritten = alone(graph, rule, ops);
  const fault = told(rewritten, codes.unfit) ?? told(rewritten, codes.nothingNew);
  if (fault) return breach("firesAlone", fault.message);
  const fired = (rewritten.fired.get(rule.name) ?? 0) > 0;
  if (fired || rewritten.diagnostics.length > 0 || rewritten.refusals.length > 0)
    return { applied: fired };
  if (rule.kind === "code" || placesOf(rule, graph, ops).length === 0) return vacuous;
  const phase = tested.library.phases.find(({ rules }) => rules.includes(rule));
  // A rule that leaves alone what it built has nothing to do here.
  return rule.once || phase?.driver === "once"
    ? vacuous
    : breach("firesAlone", "its pattern and its clauses hold, and it does not fire");
};

function quantizeFires(graph: Graph, rule: QuantizeRule, ops: OpTable): Finding {
  const { annotations } = annotate(graph, [{ ...rule, optional: true }], { ops });
  return { applied: (annotations.fired.get(rule.name) ?? 0) > 0 };
}

/** So many inputs for each graph: what is wrong for exact numbers is wrong for most. */
const samples = 2;

/**
 * The values that a rule replaces are computed as before. They are compared themselves, and not what others make of them: behind a
 * rounding or a comparison a difference of one bit is one of 1.
 */
export const sound: GraphLaw = (graph, { rule, ops }) => {
  if (rule.kind === "quantize") return vacuous;
  const { targets, rewritten: first } = replacedBy(graph, rule, ops);
  if (targets.size === 0 || told(first, codes.loop)) return vacuous;
  const values = [...targets].flatMap((id): readonly Value[] =>
    graph.nodes.get(id)!.types.map((_, output) => ({ node: id, output })),
  );
  const cut = cutAt(graph, values);
  const after = alone(cut, rule, ops);
  const isSame = (after.fired.get(rule.name) ?? 0) > 0;
  // Conditions about readers may need what was cut off.
  const [before, rewritten] = isSame ? [cut, after] : [graph, first];
  const worst = worstOn(before, rewritten, [rule], ops);
  const error = worst?.error ?? 0;
  if (error <= 1) return { applied: true, error };
  return { ...breach("sound", soundnessText(worst!, rule)), error };
};

function soundnessText(worst: Difference, { contract }: RewriteRule): string {
  const promise =
    contract.kind === "within"
      ? `within ${contract.epsilon}`
      : contract.kind === "steps"
        ? `steps ${contract.steps}`
        : contract.kind;
  return `it computes something else: ${differenceText(worst)}, with \`preserve ${promise}\``;
}

function worstOn(
  before: Graph,
  rewritten: Rewritten,
  rules: readonly RewriteRule[],
  ops: OpTable,
): Difference | undefined {
  const contracts = contractsOf(rules, rewritten.fired);
  let worst: Difference | undefined;
  for (let seed = 1; seed <= samples; seed++) {
    const on = (inputs: Inputs) =>
      worstDifference(
        runGraph(before, inputs, ops),
        runGraph(rewritten.graph, inputs, ops),
        contracts,
      );
    const inputs = exactInputs(before, seed);
    const first = on(inputs);
    // Products in another order may overflow, which is no fault of a rule: then smaller numbers decide.
    const difference = first && isOverflow(first) ? on(smaller(inputs)) : first;
    if (difference && difference.error > (worst?.error ?? 0)) worst = difference;
  }
  return worst;
}

/** Ports stay what they are, and the graph is as legal as it was. */
export const preservesInterface: GraphLaw = (graph, { rule, ops }) => {
  if (rule.kind === "quantize") return vacuous;
  const rewritten = alone(graph, rule, ops);
  const other = told(rewritten, codes.otherType);
  if (other) return breach("preservesInterface", other.message);
  if ((rewritten.fired.get(rule.name) ?? 0) === 0) return vacuous;
  const difference = portDifference(graph, rewritten.graph);
  if (difference) return breach("preservesInterface", difference);
  const illegal = illegalIn(rewritten.graph, ops);
  return illegal === undefined || illegalIn(graph, ops) !== undefined
    ? kept
    : breach("preservesInterface", illegal);
};

/** What no form of graphs allows; rules lead from one form to another. */
function illegalIn(graph: Graph, ops: OpTable): string | undefined {
  const found = (Object.keys(forms) as Form[]).map((form) =>
    verify(graph, ops, form).map((breach) => breach.replace(/, which form \w+ forbids$/, "")),
  );
  return found[0]!.find((breach) => found.every((breaches) => breaches.includes(breach)));
}

function portDifference(before: Graph, after: Graph): string | undefined {
  for (const side of ["inputs", "outputs"] as const) {
    const names = (graph: Graph) => graph[side].map(({ name }) => name).join(", ");
    if (names(before) !== names(after))
      return `the ${side} ${names(before)} become ${names(after) || "none"}`;
    for (const [i, { name, value }] of before[side].entries()) {
      const [was, is] = [typeOf(before, value), typeOf(after, after[side][i]!.value)];
      if (!sameType(was, is)) return `\`${name}\` was ${printType(was)} and is ${printType(is)}`;
    }
  }
  return undefined;
}

/** Alone and with all others. */
export const terminates: GraphLaw = (graph, { rule, tested, ops }) => {
  if (rule.kind === "quantize") return vacuous;
  const own = told(alone(graph, rule, ops), codes.loop);
  if (own) return breach("terminates", own.message);
  const all = together(graph, tested, ops);
  const loop = told(all, codes.loop);
  if (loop && all.faulty.has(rule.name)) return breach("terminates", loop.message);
  return { applied: (all.fired.get(rule.name) ?? 0) > 0 };
};

export const decreases: GraphLaw = (graph, { rule, ops }) => {
  if (rule.kind !== "rewrite" || rule.measure === undefined) return vacuous;
  const rewritten = alone(graph, rule, ops);
  const fault = told(rewritten, codes.notSmaller);
  if (fault) return breach("decreases", fault.message);
  return { applied: (rewritten.fired.get(rule.name) ?? 0) > 0 };
};

/** What all rules have rewritten they leave alone when it is given to them again. */
export const idempotent: GraphLaw = (graph, { rule, tested, ops }) => {
  if (rule.kind === "quantize" || !rewritesToTheEnd(tested)) return vacuous;
  const once = together(graph, tested, ops);
  if (once.diagnostics.length > 0 || (once.fired.get(rule.name) ?? 0) === 0) return vacuous;
  const again = together(once.graph, tested, ops);
  if (again.fired.size === 0) return kept;
  const names = [...again.fired.keys()].map((name) => `\`${name}\``).join(", ");
  return breach("idempotent", `given to the rules again, the result is rewritten by ${names}`);
};

/** So many other orders of each graph. */
const orders = 2;

/**
 * The result is the same for other orders and names of the nodes. Not asked of a file that expects any result, nor of rules that ask for
 * names.
 */
export const orderIndependent: GraphLaw = (graph, { rule, tested, ops }) => {
  if (rule.kind !== "rewrite" || !hasOneResult(tested)) return vacuous;
  const result = together(graph, tested, ops);
  if (result.diagnostics.length > 0 || (result.fired.get(rule.name) ?? 0) === 0) return vacuous;
  for (let seed = 1; seed <= orders; seed++) {
    const other = together(inOtherOrder(graph, seed, ops), tested, ops);
    const difference = firstDifference(other.graph, result.graph, ops, new Set(), false);
    if (difference === undefined) continue;
    return {
      ...breach(
        "orderIndependent",
        `with its nodes in another order the result is another one: ${difference}`,
      ),
    };
  }
  return kept;
};

/** Requests of the file's rules meet without contradicting each other or others of their strength. */
export const conflictFree: GraphLaw = (graph, { rule, tested, ops }) => {
  if (rule.kind !== "quantize") return vacuous;
  const rules = tested.library.quantizes.map((one) => ({ ...one, optional: true }));
  const { annotations, diagnostics } = annotate(graph, rules, { ops });
  if ((annotations.fired.get(rule.name) ?? 0) === 0) return vacuous;
  const conflict = diagnostics.find(
    ({ severity, message }) => severity === "error" && message.includes(`\`${rule.name}\``),
  );
  return conflict ? breach("conflictFree", conflict.message) : kept;
};

/** The laws that are about one graph, in the order in which a breach is told: the first says most. */
export const graphLaws: Readonly<Partial<Record<LawName, GraphLaw>>> = {
  firesAlone,
  preservesInterface,
  terminates,
  decreases,
  sound,
  idempotent,
  orderIndependent,
  conflictFree,
  sharesScales,
  ignoresIdentities,
};
