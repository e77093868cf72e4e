import { type FileScope, fileScope } from "../../grammar/check/scope.ts";
import {
  check,
  type Diagnostic,
  type ImportedNames,
  type Parsed,
  parse,
  type RuleFile,
  type SourceFile,
  type Vocabulary,
} from "../../grammar/index.ts";
import type { Lexed } from "../../grammar/tokens.ts";
import { ops } from "../ops/index.ts";
import { canonicalLibraries } from "../pipeline.ts";
import {
  importedNames,
  loadFiles,
  modulesOf,
  type ResolveImport,
  type RuleSource,
} from "../rewrite/load-rules.ts";
import { vocabularyOf } from "../rewrite/vocabulary.ts";

/** What is known of one text of a rule file: all that the features of the server look at. */
export interface Analysis {
  readonly source: SourceFile;
  readonly rules: RuleFile;
  readonly lexed: Lexed;
  readonly vocabulary: Vocabulary;
  /** The files that it reaches by its imports, nearest first. */
  readonly imports: readonly RuleFile[];
  /** Of this file alone: syntax, names, types and imports. */
  readonly diagnostics: readonly Diagnostic[];
  /** The names that all its rules see. */
  readonly scope: () => FileScope;
}

/** Reads rule files, and remembers those whose text has not changed. */
export type ReadRules = (source: RuleSource, resolve: ResolveImport) => Analysis;

/** How many texts of files are remembered: the libraries, and what is open. */
const mostRemembered = 64;

/** A reader with a memory of its own. After an edit only the items that changed are parsed. */
export function rulesReader(): ReadRules {
  const remembered = new Map<string, Parsed>();
  const parseOnce: typeof parse = (path, text) => {
    const known = remembered.get(path);
    const parsed = known?.value.file.text === text ? known : parse(path, text, known);
    // The one that was used last is the last to be forgotten.
    remembered.delete(path);
    remembered.set(path, parsed);
    if (remembered.size > mostRemembered) remembered.delete(remembered.keys().next().value!);
    return parsed;
  };
  return (source, resolve) => analyse(source, resolve, parseOnce);
}

function analyse(root: RuleSource, resolve: ResolveImport, read: typeof parse): Analysis {
  const diagnostics: Diagnostic[] = [];
  const files = loadFiles(
    root,
    { ops, resolve, also: canonicalLibraries, parse: read },
    diagnostics,
  );
  const [loaded] = files;
  if (loaded === undefined) throw new Error("internal: a rule file loads nothing");
  const { file: rules } = loaded;
  const vocabulary = vocabularyOf(ops, modulesOf(files));
  const imported = importedNames(loaded, ops);
  const found = check(rules, vocabulary, imported);
  const { lexed } = read(root.path, root.text);
  return {
    source: rules.file,
    rules,
    lexed,
    vocabulary,
    imports: files.slice(1).map(({ file }) => file),
    diagnostics: [...diagnostics.filter((d) => isIn(d, rules.file.path)), ...found],
    scope: onDemand(() => scopeOf(rules, vocabulary, imported)),
  };
}

function scopeOf(rules: RuleFile, vocabulary: Vocabulary, imported: ImportedNames): FileScope {
  return fileScope(rules, vocabulary, imported);
}

/** Whether the place to fix is in a file. */
export function isIn({ labels }: Diagnostic, path: string): boolean {
  const place = labels[0]?.place;
  return place !== undefined && "file" in place && place.file.path === path;
}

/** A value that is computed when it is first asked for. */
export function onDemand<T>(compute: () => T): () => T {
  let known: { readonly value: T } | undefined;
  return () => {
    known ??= { value: compute() };
    return known.value;
  };
}
