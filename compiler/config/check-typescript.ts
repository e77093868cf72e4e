import type { RuleFile } from "../../grammar/ast.ts";
import type { Diagnostic } from "../../grammar/source/diagnostic.ts";
import type { OpTable } from "../ir/op.ts";
import type { TypedRule } from "./capture-types.ts";
import type { diagnoseModules } from "./diagnose-modules.ts";
import { type TypeModule, typeModule } from "./type-module.ts";

/** Where TypeScript is read from, and never executed. Paths are absolute, with slashes. */
export interface TypeScriptSources {
  /** The absolute path of a rule file. */
  readonly absolute: (path: string) => string;
  readonly read: (path: string) => string | undefined;
  /** The source of `qcfg/config`, or its declarations. */
  readonly configDoor: string;
  /** TypeScript itself, which takes longer to load than all else: only rule files that use some need it. */
  readonly diagnose: typeof diagnoseModules;
}

/** A rule file with its rules. */
export interface TypedFile {
  readonly file: RuleFile;
  readonly rules: readonly TypedRule[];
}

/** What a rule file says of TypeScript, as a module that lies beside it. */
export interface FileModule {
  readonly file: RuleFile;
  readonly module: TypeModule;
  readonly path: string;
}

/**
 * What TypeScript has against the calls, configs, quantizers and `ts{ … }` of rule files: unknown exports, arguments that do
 * not fit the signature, results that are of no use. Faults inside of the TypeScript files are not ours to report.
 */
export function checkTypeScript(
  files: readonly TypedFile[],
  ops: OpTable,
  sources: TypeScriptSources,
): readonly Diagnostic[] {
  const modules = files.flatMap(({ file, rules }): readonly FileModule[] => {
    const module = typeModule(file, rules, ops);
    // Beside the rule file, so that its imports are found.
    return module ? [{ file, module, path: `${sources.absolute(file.file.path)}.types.ts` }] : [];
  });
  return modules.length === 0 ? [] : sources.diagnose(modules, sources);
}
