import type { Diagnostic } from "../../grammar/source/diagnostic.ts";
import type { Graph } from "../ir/graph.ts";
import type { OpTable } from "../ir/op.ts";
import type { Library } from "../rewrite/load-rules.ts";
import type { PatternRule, RewriteRule } from "../rewrite/rule.ts";
import { shown } from "./asked.ts";
import { conflictsAmong, type RuleConflict } from "./conflicts.ts";
import { type CriticalPair, criticalPairs, mostStates } from "./critical-pairs.ts";
import {
  type Claim,
  changesType,
  isImpossible,
  mayNotEnd,
  neverReached,
  neverWins,
  orderMatters,
  rulesConflict,
} from "./diagnostics.ts";
import { endlessGraph } from "./endless-graph.ts";
import { faultyRequests, misplacedScales } from "./faulty-requests.ts";
import { illegalActivations } from "./illegal-activations.ts";
import { impossibleRules } from "./impossible-rules.ts";
import { type KeptTypes, keptTypes } from "./kept-types.ts";
import { type IsOwn, isUsers } from "./own-rules.ts";
import { type ShadowedRule, shadowedRules } from "./shadowed.ts";
import { type Termination, terminationOf } from "./termination.ts";
import { type UnreachableRule, unreachableRules } from "./unreachable.ts";

/** What can be said of rules together, without a model. */
export interface RuleAnalysis {
  /** For each phase that is applied until nothing matches: why that ends. */
  readonly terminations: ReadonlyMap<string, Termination>;
  /** Whether rewrite rules keep types, and how that is known. */
  readonly types: readonly KeptTypes[];
  /** Pairs of `quantize` rules that contradict each other in some graph. */
  readonly conflicts: readonly RuleConflict[];
  /** `quantize` rules that can never win. */
  readonly shadowed: readonly ShadowedRule[];
  /** Rules that are never applied, for all that was tried. */
  readonly unreachable: readonly UnreachableRule[];
  /** The critical pairs that were found of the rewrite rules. */
  readonly pairs: readonly CriticalPair[];
  readonly diagnostics: readonly Diagnostic[];
}

export interface AnalysisOptions {
  /** The rules that are looked at; those of the user's files unless stated. */
  readonly isOwn?: IsOwn;
  /** Conflicts of `quantize` rules are left to the graph of the model. */
  readonly hasModel?: boolean;
}

/** Everything that the rules of a library do to each other, as far as rules that are the user's own have a part in it. */
export function analyseRules(
  library: Library,
  ops: OpTable,
  { isOwn = isUsers, hasModel = false }: AnalysisOptions = {},
): RuleAnalysis {
  const hasOwn = (rule: RewriteRule): rule is PatternRule => rule.kind === "rewrite" && isOwn(rule);
  const phases = library.phases.filter(
    ({ driver, rules }) => driver === "fixpoint" && rules.some(hasOwn),
  );
  const terminations = new Map(
    phases.map(({ name, rules }) => [name, terminationOf(rules, ops)] as const),
  );
  const circles = [...terminations.values()].flatMap(({ unproved }) => unproved);
  const conflicts = hasModel
    ? []
    : conflictsAmong(library.quantizes, ops, isOwn, { overlays: 1000, graphs: 60 });
  const shadowed = shadowedRules(library.quantizes, ops, isOwn);
  const own = phases.map(({ rules }) => rules);
  const unreachable = own.flatMap((rules) =>
    unreachableRules(rules, ops, isOwn, { overlays: 4000, graphs: 240 }),
  );
  const pairs = own.flatMap((rules) =>
    criticalPairs(rules, ops, isOwn, { overlays: 1000, graphs: 60 }),
  );
  const types = keptTypes(
    own
      .flat()
      .filter((rule) => rule.kind === "rewrite")
      .filter(isOwn),
    ops,
    { overlays: 0, graphs: 60 },
  );
  return {
    terminations,
    types,
    conflicts,
    shadowed,
    unreachable,
    pairs,
    diagnostics: [
      ...faultyRequests(library, isOwn),
      ...impossibleRules(
        [...library.rewrites.filter(hasOwn), ...library.quantizes.filter(isOwn)],
        ops,
      ),
      ...library.rewrites.filter(hasOwn).flatMap(illegalActivations),
      ...(hasModel ? [] : misplacedScales(library.quantizes.filter(isOwn), ops)),
      ...circles
        .filter((circle) => circle.some(hasOwn))
        .map((circle) => circleTold(circle, library, ops)),
      ...conflicts.map((conflict) => conflictTold(conflict, ops)),
      ...shadowed.filter(isSurprising).map(shadowTold),
      ...unreachable.map(({ rule, takenBy, tried }) => neverReached(rule, takenBy, tried)),
      ...types.flatMap((one) => {
        if (one.kind === "changed") return [changesType(one.rule, one.graphs, one.reason)];
        if (one.kind === "impossible") return [isImpossible(one.rule, one.graphs, one.reason)];
        return [];
      }),
      ...pairs
        .filter((pair) => !pair.joins && !isTold(pair, unreachable) && !isExpected(pair, library))
        .map((pair) => pairTold(pair, ops)),
    ],
  };
}

function circleTold(circle: readonly PatternRule[], { phases }: Library, ops: OpTable): Diagnostic {
  const witness = endlessGraph(circle, phases, ops);
  return mayNotEnd(circle, witness && outline(witness, ops));
}

/** Of a rule that is never applied that has been said. */
function isTold({ first, second }: CriticalPair, unreachable: readonly UnreachableRule[]): boolean {
  return unreachable.some(({ rule }) => rule === first || rule === second);
}

/** Rules of files that say `expect any result`. */
function isExpected({ first, second }: CriticalPair, { files }: Library): boolean {
  return [first, second].every(({ item }) =>
    files.some(
      ({ file, items }) =>
        file === item.span.file && items.some(({ kind }) => kind === "anyResult"),
    ),
  );
}

function pairTold({ first, second, witness, forms }: CriticalPair, ops: OpTable): Diagnostic {
  const [a, b] = forms.map((form) => outline(form, ops)) as [string, string];
  const facts = { witness: outline(witness, ops), forms: [a, b] as const, states: mostStates };
  return orderMatters([first, second], facts);
}

/** That a file decides otherwise than one that it imports is what it imports it for. */
function isSurprising({ rule, winners }: ShadowedRule): boolean {
  return winners.some((winner) => winner.rule.distance >= rule.distance);
}

function shadowTold({ rule, winners, keeps }: ShadowedRule): Diagnostic {
  const facts = winners.map((asked) => ({
    name: asked.rule.name,
    place: asked.span,
    request: shown(asked),
    isOverride: asked.rule.override && !rule.override,
  }));
  return neverWins(rule, facts, keeps);
}

function conflictTold({ first, second, witness, certain }: RuleConflict, ops: OpTable): Diagnostic {
  const claims = [first, second].map((asked) => ({
    name: asked.rule.name,
    isOverride: asked.rule.override,
    span: asked.span,
    request: shown(asked),
    isCertain: certain.includes(asked),
  })) as [Claim, Claim];
  const { slot } = first.site;
  const site = slot ? `\`${slot.text}\`` : "a slot";
  const inOrder = claims[0].span.start <= claims[1].span.start ? claims : claims.toReversed();
  const at = outline(witness, ops);
  return rulesConflict(inOrder as [Claim, Claim], { site, at });
}

/** The ops of a small graph in their order, with words that are not the default: `Input → Dense { activation: "relu" }`. */
function outline({ nodes }: Graph, ops: OpTable): string {
  const shown = [...nodes.values()].filter(({ op }) => op !== "Constant");
  const texts = shown.slice(0, 8).map(({ op, attributes }) => {
    const words = Object.entries(attributes).filter(
      ([name, value]) =>
        ["string", "boolean"].includes(typeof value) &&
        ops.get(op)?.attributes[name]?.default !== value,
    );
    const fields = words.map(([name, value]) => `${name}: ${JSON.stringify(value)}`).join(", ");
    return fields === "" ? op : `${op} { ${fields} }`;
  });
  return `\`${texts.join(" → ")}${shown.length > 8 ? " → …" : ""}\``;
}
