import type {
  EveryClause,
  Expression,
  MatchClause,
  Name,
  QuantizeClause,
  QuantizeItem,
  RewriteClause,
  RewriteItem,
  SiteReference,
  UnlessClause,
} from "../ast.ts";
import * as report from "../diagnostics.ts";
import { expandRule } from "../expand-patterns.ts";
import { expressionParts } from "../expression-parts.ts";
import { bindChains, bindPattern } from "./bindings.ts";
import { checkRequest, expectKind, kindOf } from "./check-expressions.ts";
import { checkOrdered } from "./check-ordered.ts";
import { checkChains, checkConnected, checkNode } from "./check-patterns.ts";
import { checkReplacement, expectNode, expectOneNode } from "./check-replacements.ts";
import { closest } from "./closest.ts";
import { unsatisfiable } from "./constraints/unsatisfiable.ts";
import { checkAlternatives } from "./dead-alternatives.ts";
import {
  type Binding,
  expansionOf,
  type FileScope,
  type RuleScope,
  resolveBinding,
  resolveOps,
} from "./scope.ts";

type Rule = QuantizeItem | RewriteItem;
type Clause = QuantizeClause | RewriteClause;

/**
 * Checks one rule.
 *
 * @param unread names in clauses that could not be read, if there are such: these may be bound or used there
 */
export function checkRule(file: FileScope, written: Rule, unread?: ReadonlySet<string>): void {
  const expansion = expansionOf(file);
  const rule = expandRule(written, expansion);
  const faults = file.found.length;
  const isWhole = unread === undefined && expansion.mentions.size === 0;
  const mentions = isWhole ? undefined : new Set([...(unread ?? []), ...expansion.mentions]);
  const clauses: readonly Clause[] = rule.clauses;
  const matches = clauses.filter((clause): clause is MatchClause => clause.kind === "match");
  const forgiven = new Set([...file.forgiven, ...(mentions ?? [])]);
  // Without its pattern every name of the rule would be unbound.
  const forgivesUnbound = mentions !== undefined && matches.length === 0;
  const chains = matches.flatMap((match) => match.chains);
  const changesGraph = rule.kind === "rewrite";
  const scope = bindPattern({ ...file, forgiven }, chains, forgivesUnbound, changesGraph);
  for (const clause of clauses)
    if (clause.kind === "let") scope.laterLets.set(clause.name.text, clause.name);
  checkChains(scope, chains);
  for (const match of matches) checkConnected(scope, match.chains);
  for (const clause of clauses) checkClause(scope, clause);
  checkMeasure(scope, clauses);
  checkRepeated(scope, clauses);
  if (mentions !== undefined) return;
  checkComplete(scope, rule);
  for (const clause of clauses) checkGroup(scope, clause);
  // A config speaks of every node that is captured.
  if (rule.kind === "quantize" && rule.using !== undefined) return;
  for (const binding of scope.bindings.values()) checkUsed(scope, binding);
  // Of clauses with a fault nobody can say what they mean.
  if (file.found.slice(faults).some(({ severity }) => severity === "error")) return;
  const clash = unsatisfiable(clauses, scope);
  if (clash) file.found.push(report.cannotHold(clash.map(({ span }) => span)));
  else checkAlternatives(file, clauses);
}

function checkClause(scope: RuleScope, clause: Clause): void {
  switch (clause.kind) {
    case "match":
    case "preserve":
      return;
    case "unless":
      checkUnless(scope, clause);
      return;
    case "every":
      checkEvery(scope, clause);
      return;
    case "decreases":
      expectKind(scope, clause.measure, "number");
      return;
    case "require":
      expectKind(scope, clause.condition, "boolean");
      return;
    case "let": {
      const { name, value } = clause;
      const kind = kindOf(scope, value);
      const first = scope.bindings.get(name.text);
      scope.laterLets.delete(name.text);
      if (first !== undefined) scope.found.push(report.duplicateBinding(name, first.name));
      else scope.bindings.set(name.text, { name, what: "let", kind });
      return;
    }
    case "set":
    case "tie":
      for (const site of clause.sites) checkSite(scope, site);
      if (clause.value !== undefined) checkRequest(scope, clause.value);
      return;
    case "derive":
      for (const site of [clause.site, ...clause.factors]) checkSite(scope, site);
      return;
    case "fuse":
      for (const member of clause.members) expectNode(scope, member);
      return;
    case "replace":
      expectOneNode(scope, clause.target);
      checkReplacement(scope, clause.with);
      return;
    case "before":
      for (const name of clause.rules) checkOrdered(scope, name);
      return;
  }
}

/** What it binds is its own; what is bound already connects it with the pattern. */
function checkUnless(scope: RuleScope, { chains, span }: UnlessClause): void {
  const own: RuleScope = { ...scope, bindings: new Map(scope.bindings) };
  bindChains(own, chains);
  checkChains(own, chains);
  const names = new Set(scope.bindings.keys());
  checkConnected(own, chains, { span, names });
  for (const [name, binding] of own.bindings)
    if (!scope.bindings.has(name) && binding.what !== "value") checkUsed(own, binding);
}

function checkEvery(scope: RuleScope, { of, is }: EveryClause): void {
  const binding = resolveBinding(scope, of);
  if (binding && binding.what !== "node" && binding.what !== "value")
    scope.found.push(report.wrongCapture(of, "value", binding.name));
  if (is.ops !== "any") for (const name of is.ops) resolveOps(scope, name);
  const own: RuleScope = { ...scope, bindings: new Map(scope.bindings) };
  bindChains(own, [{ steps: [{ ...is, ops: "any" }], span: is.span }]);
  checkNode(own, is);
}

/** A captured value has an output only; a captured node the slots of its op, or of one of its ops. */
function checkSite(scope: RuleScope, { capture, slot, index, span }: SiteReference): void {
  if (typeof index === "object") resolveBinding(scope, index);
  const binding = resolveBinding(scope, capture);
  if (binding === undefined || slot === undefined) return;
  if (binding.what === "node") {
    if (binding.ops === undefined) return;
    const slots = [...new Set(binding.ops.flatMap((op) => op.slots))];
    const isOne = binding.ops.length === 1;
    const owner = isOne ? binding.ops[0]!.name : capture.text;
    if (slots.includes(slot.text)) {
      const most = Math.max(...binding.ops.map(({ inputs }) => inputs ?? Number.POSITIVE_INFINITY));
      const isWhole = typeof index === "number" && Number.isInteger(index);
      if (slot.text === "input" && isWhole && index >= Math.max(most, 1))
        scope.found.push(report.noSuchInput(span, owner, index, most));
      return;
    }
    const similar = closest(slot.text, slots);
    scope.found.push(report.unknownSlot(slot, owner, isOne ? slots : [], similar));
  } else if (binding.what !== "value" || slot.text !== "output")
    scope.found.push(report.wrongCapture(capture, "node", binding.name));
}

/** Of another kind than a measure has, which is told, or beyond what is read here. */
const notNumbers: ReadonlySet<Expression["kind"]> = new Set(["string", "boolean", "typescript"]);

/** A measure speaks of the match, if only by way of a `let`. */
function checkMeasure({ bindings, found }: RuleScope, clauses: readonly Clause[]): void {
  const constants = new Map<string, boolean>();
  const isConstant = (e: Expression): boolean => {
    if (e.kind === "name") {
      const known = constants.get(e.name.text);
      return known ?? /^[A-Z]/.test(e.name.text);
    }
    return !notNumbers.has(e.kind) && expressionParts(e).every(isConstant);
  };
  for (const clause of clauses) {
    if (clause.kind === "let" && bindings.has(clause.name.text))
      constants.set(clause.name.text, isConstant(clause.value));
    if (clause.kind === "decreases" && isConstant(clause.measure))
      found.push(report.constantMeasure(clause.measure.span));
  }
}

/** Warns of what is tied or fused with itself alone. */
function checkGroup({ bindings, found }: RuleScope, clause: Clause): void {
  const members = groupOf(clause);
  const [first] = members;
  if (first === undefined || members.length > 1) return;
  const binding = bindings.get(first.text);
  if (binding && !binding.isList) found.push(report.groupOfOne(clause.kind, clause.span));
}

/** What a clause makes one thing, and does nothing else with; `*` is of several slots. */
function groupOf(clause: Clause): readonly Name[] {
  if (clause.kind === "fuse") return clause.members;
  if (clause.kind !== "tie" || clause.value !== undefined) return [];
  return clause.sites.flatMap(({ capture, slot }) => (slot ? [capture] : [capture, capture]));
}

const atMostOnce: readonly Clause["kind"][] = ["match", "preserve", "decreases"];

function checkRepeated({ found }: RuleScope, clauses: readonly Clause[]): void {
  for (const kind of atMostOnce) {
    const [first, ...others] = clauses.filter((clause) => clause.kind === kind);
    for (const { span } of others)
      found.push(report.repeatedClause(kind, wordAt(span, kind), wordAt(first!.span, kind)));
  }
}

function wordAt({ file, start }: Clause["span"], word: string) {
  return file.span(start, start + word.length);
}

const effects = {
  quantize: ["set", "tie", "fuse", "derive"],
  rewrite: ["replace"],
} as const satisfies Record<Rule["kind"], readonly Clause["kind"][]>;

function checkComplete({ found }: RuleScope, rule: Rule): void {
  const { kind, name, clauses } = rule;
  // A config asks for what it wants, of any layer that it knows.
  if (kind === "quantize" && rule.using !== undefined) return;
  const kinds = new Set<string>(clauses.map((clause: Clause) => clause.kind));
  if (!kinds.has("match")) found.push(report.missingClause(name, ["match"]));
  else if (!effects[kind].some((effect) => kinds.has(effect)))
    found.push(report.missingClause(name, effects[kind]));
}

/** Warns of a name that nothing uses. */
export function checkUsed({ used, found }: RuleScope, { name, what, unusedHelp }: Binding): void {
  if (used.has(name.text) || unusedHelp === "none" || name.text.startsWith("_")) return;
  found.push(report.unusedName(name, what === "let" ? "leave the `let` out" : unusedHelp));
}
