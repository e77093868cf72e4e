import type { RuleFile, TestItem } from "../../grammar/ast.ts";
import type { Checked } from "../../grammar/source/diagnostic.ts";
import type { ModuleLoader } from "../config/modules.ts";
import type { OpTable } from "../ir/op.ts";
import {
  type Library,
  loadLibrary,
  type ResolveImport,
  type RuleSource,
} from "../rewrite/load-rules.ts";
import type { QuantizeRule, RewriteRule } from "../rewrite/rule.ts";
import { codeRules } from "../rewrite/structural.ts";

/** The rules of one file, with all rules that they work beside. */
export interface TestedLibrary {
  readonly library: Library;
  readonly file: RuleFile;
  /** The rules of the file itself: those that are tested. */
  readonly rewrites: readonly RewriteRule[];
  readonly quantizes: readonly QuantizeRule[];
  /** Its `test` items. */
  readonly tests: readonly TestItem[];
}

/** What loading a library to test it takes from where it runs. */
export interface TestedLibraryOptions {
  readonly ops: OpTable;
  readonly resolve: ResolveImport;
  readonly modules?: ModuleLoader | undefined;
}

/** A rule file with what it imports. `std/fold` is tested as what stands in that library. */
export function testedLibrary(
  source: RuleSource,
  options: TestedLibraryOptions,
): Checked<TestedLibrary> {
  const { value: library, diagnostics } = loadLibrary(source, options);
  if (library === undefined) return { diagnostics };
  const standard = /^std\/[a-z0-9-]+$/.test(source.path) ? source.path : undefined;
  const path = standard ? `${standard}.qcfg` : source.path;
  const file = library.files.find((one) => one.file.path === path) ?? library.files[0]!;
  const ofFile = new Set<string>((standard && codeRules[standard]?.map(({ name }) => name)) || []);
  const isOwn = (rule: RewriteRule) =>
    rule.kind === "code" ? ofFile.has(rule.name) : rule.item.span.file === file.file;
  return {
    value: {
      library,
      file,
      rewrites: library.rewrites.filter(isOwn),
      quantizes: library.quantizes.filter(({ item }) => item.span.file === file.file),
      tests: file.items.filter((item) => item.kind === "test"),
    },
    diagnostics,
  };
}
