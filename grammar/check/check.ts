import type { Item, Name, RuleFile } from "../ast.ts";
import * as report from "../diagnostics.ts";
import type { Diagnostic } from "../source/diagnostic.ts";
import { type ImportedNames, noImports, type Vocabulary } from "../vocabulary.ts";
import { checkRequest } from "./check-expressions.ts";
import { checkRule } from "./check-rule.ts";
import { closest } from "./closest.ts";
import { emptyScope, type FileScope, fileScope, itemsOf, resolveOps } from "./scope.ts";

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
  return scope.found.sort((a, b) => startOf(a) - startOf(b));
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
    case "quantizer":
      checkRequest(emptyScope(scope), item.value);
      return;
    case "expect":
      if (!scope.rules.has(item.rule.text) && !scope.forgiven.has(item.rule.text))
        scope.found.push(report.unknownRule(item.rule, closest(item.rule.text, scope.rules)));
      return;
    default:
      checkRule(scope, item);
  }
}

const nouns: Readonly<Record<string, string>> = {
  ops: "op set",
  quantizer: "quantizer",
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
