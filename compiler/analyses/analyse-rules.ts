import type { Diagnostic } from "../../grammar/source/diagnostic.ts";
import type { Graph } from "../ir/graph.ts";
import type { OpTable } from "../ir/op.ts";
import type { Library } from "../rewrite/load-rules.ts";
import type { RewriteRule } from "../rewrite/rule.ts";
import { conflictsAmong, type RuleConflict, shown } from "./conflicts.ts";
import { type Claim, mayNotEnd, rulesConflict } from "./diagnostics.ts";
import { type IsOwn, isUsers } from "./own-rules.ts";
import { type Termination, terminationOf } from "./termination.ts";

/** What can be said of rules together, without a model. */
export interface RuleAnalysis {
  /** For each phase that is applied until nothing matches: why that ends. */
  readonly terminations: ReadonlyMap<string, Termination>;
  /** Pairs of `quantize` rules that contradict each other in some graph. */
  readonly conflicts: readonly RuleConflict[];
  readonly diagnostics: readonly Diagnostic[];
}

/** Everything that the rules of a library do to each other, as far as rules that are the user's own have a part in it. */
export function analyseRules(library: Library, ops: OpTable, isOwn: IsOwn = isUsers): RuleAnalysis {
  const hasOwn = (rule: RewriteRule) => rule.kind === "rewrite" && isOwn(rule);
  const phases = library.phases.filter(
    ({ driver, rules }) => driver === "fixpoint" && rules.some(hasOwn),
  );
  const terminations = new Map(
    phases.map(({ name, rules }) => [name, terminationOf(rules, ops)] as const),
  );
  const circles = [...terminations.values()].flatMap(({ unproved }) => unproved);
  const conflicts = conflictsAmong(library.quantizes, ops, isOwn, { overlays: 2000, graphs: 120 });
  return {
    terminations,
    conflicts,
    diagnostics: [
      ...circles.filter((circle) => circle.some(hasOwn)).map(mayNotEnd),
      ...conflicts.map(conflictTold),
    ],
  };
}

function conflictTold({ first, second, witness, isCertain }: RuleConflict): Diagnostic {
  const claims = [first, second].map((asked) => ({
    name: asked.rule.name,
    span: asked.span,
    request: shown(asked),
  })) as [Claim, Claim];
  const { slot } = first.site;
  const site = slot ? `\`${slot.text}\`` : "a slot";
  const inOrder = claims[0].span.start <= claims[1].span.start ? claims : claims.toReversed();
  const at = outline(witness);
  return rulesConflict(inOrder as [Claim, Claim], { isCertain, site, at });
}

/** The ops of a small graph in their order: `Input → Conv2D → ReLU`. */
function outline({ nodes }: Graph): string {
  const ops = [...nodes.values()].map(({ op }) => op).filter((op) => op !== "Constant");
  return `\`${ops.slice(0, 8).join(" → ")}${ops.length > 8 ? " → …" : ""}\``;
}
