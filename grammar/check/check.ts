import type { Item, Name, PatternItem, PhaseItem, RequirementItem, RuleFile } from "../ast.ts";
import * as report from "../diagnostics.ts";
import { expandDefinition } from "../expand-patterns.ts";
import type { Diagnostic } from "../source/diagnostic.ts";
import { isNoName } from "../tokens.ts";
import { type ImportedNames, noImports, type Vocabulary } from "../vocabulary.ts";
import { bindPattern } from "./bindings.ts";
import { checkRequest } from "./check-expressions.ts";
import { checkOrdered } from "./check-ordered.ts";
import { checkChains } from "./check-patterns.ts";
import { checkRule, checkUsed } from "./check-rule.ts";
import { checkTest } from "./check-test.ts";
import { closest } from "./closest.ts";
import {
  emptyScope,
  expansionOf,
  type FileScope,
  fileScope,
  itemsOf,
  resolveOps,
} from "./scope.ts";

/**
 * Everything that can be said of a file without a model, in the order of the text: unknown names, arity, types,
 * names bound twice or never used, patterns that fall apart. Items with a fault in their syntax are checked as
 * far as they could be read.
 *
 * @param imported what the file's imports of other rule files provide
 */
export function check(
  file: RuleFile,
  vocabulary: Vocabulary,
  imported: ImportedNames = noImports,
): readonly Diagnostic[] {
  const scope = fileScope(file, vocabulary, imported);
  for (const item of file.items) checkItem(scope, item);
  for (const { item, mentions } of file.broken ?? [])
    if (item?.kind === "quantize" || item?.kind === "rewrite") checkRule(scope, item, mentions);
  checkDuplicates(scope, itemsOf(file));
  checkPhases(scope, itemsOf(file));
  return oncePerPlace(file, scope.found).sort((a, b) => startOf(a) - startOf(b));
}

/** A fault inside a named pattern is found wherever the pattern is used; one of an imported file is that file's. */
function oncePerPlace({ file }: RuleFile, found: readonly Diagnostic[]): Diagnostic[] {
  const seen = new Set<string>();
  return found.filter((diagnostic) => {
    const place = diagnostic.labels[0]?.place;
    if (place === undefined || !("file" in place)) return true;
    // The reader has told what is wrong with such a name.
    if (isNoName(place.file.text.slice(place.start, place.end))) return false;
    const key = `${diagnostic.code} ${place.start} ${place.end} ${diagnostic.message}`;
    const isNew = place.file.path === file.path && !seen.has(key);
    seen.add(key);
    return isNew;
  });
}

function startOf({ labels }: Diagnostic): number {
  const place = labels[0]?.place;
  return place !== undefined && "start" in place ? place.start : 0;
}

function checkItem(scope: FileScope, item: Item): void {
  switch (item.kind) {
    case "import": {
      const { from, names } = item;
      const { modules } = scope.vocabulary;
      // Files are looked for by whoever reads them.
      if (/^\.\.?\//.test(from.text) || names.length > 0 || modules.includes(from.text)) return;
      scope.found.push(report.unknownModule(from, closest(from.text, modules)));
      return;
    }
    case "ops":
      for (const name of item.alternatives) resolveOps(scope, name);
      return;
    case "pattern":
      checkDefinition(scope, item);
      return;
    case "phase":
      checkPhase(scope, item);
      return;
    case "anyResult":
      return;
    case "requirement":
      checkRequirement(scope, item);
      return;
    case "quantizer":
      checkRequest(emptyScope(scope), item.value);
      return;
    case "expect":
      if (!scope.rules.has(item.rule.text) && !scope.forgiven.has(item.rule.text))
        scope.found.push(report.unknownRule(item.rule, closest(item.rule.text, scope.rules)));
      return;
    case "test":
      checkTest(scope, item);
      return;
    default:
      checkRule(scope, item);
  }
}

/** A named pattern by itself: its parameters may be whatever it makes of them. */
function checkDefinition(file: FileScope, item: PatternItem): void {
  const chain = expandDefinition(item, expansionOf(file));
  const scope = bindPattern(file, [chain], false);
  checkChains(scope, [chain]);
  for (const parameter of item.parameters) {
    scope.used.add(parameter.text);
    if (!scope.bindings.has(parameter.text)) file.found.push(report.unusedParameter(parameter));
  }
  for (const binding of scope.bindings.values()) checkUsed(scope, binding);
}

function checkPhase(scope: FileScope, { rules, before }: PhaseItem): void {
  for (const rule of rules) checkOrdered(scope, rule);
  for (const name of before)
    if (!scope.phases.has(name.text))
      scope.found.push(report.unknownPhase(name, closest(name.text, scope.phases)));
}

/** A rule belongs to one phase. */
function checkPhases({ found }: FileScope, items: readonly Item[]): void {
  const phases = new Map<string, Name>();
  for (const item of items) {
    if (item.kind !== "phase") continue;
    for (const rule of item.rules) {
      const first = phases.get(rule.text);
      if (first === undefined) phases.set(rule.text, rule);
      else found.push(report.ruleInTwoPhases(rule, first));
    }
  }
}

function checkRequirement({ found }: FileScope, { coverage, span }: RequirementItem): void {
  if (coverage > 1) found.push(report.coverageOutOfRange(span));
}

const nouns: Readonly<Record<string, string>> = {
  ops: "op set",
  pattern: "pattern",
  phase: "phase",
  quantizer: "quantizer",
  test: "test",
  quantize: "rule",
  rewrite: "rule",
};

function checkDuplicates(scope: FileScope, items: readonly Item[]): void {
  const first = new Map<string, Name>();
  for (const item of items) {
    const noun = nouns[item.kind];
    if (noun === undefined || !("name" in item) || item.name.text === "") continue;
    const key = `${noun} ${item.name.text}`;
    const earlier = first.get(key);
    if (earlier === undefined) first.set(key, item.name);
    else scope.found.push(report.duplicateItem(noun, item.name, earlier));
  }
}
