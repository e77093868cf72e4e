import type { Name, RuleFile } from "../../grammar/ast.ts";
import { closest } from "../../grammar/check/closest.ts";
import type { Diagnostic } from "../../grammar/source/diagnostic.ts";
import type { SourceFile } from "../../grammar/source/source-file.ts";
import { moduleFails, moduleNotFound, unknownExport } from "./diagnostics.ts";
import { type Foreign, isTypeScript, type ModuleLoader, reasonOf } from "./modules.ts";

/** Names that a rule file takes from one TypeScript file. */
export interface TypeScriptImport {
  readonly names: readonly Name[];
  readonly from: Name;
}

/** What a rule file imports from TypeScript: by `import`, and for a rule that uses a config. */
export function typeScriptImports({ items }: RuleFile): readonly TypeScriptImport[] {
  return items.flatMap((item): readonly TypeScriptImport[] => {
    if (item.kind === "import" && isTypeScript(item.from.text)) return [item];
    const using = item.kind === "quantize" ? item.using : undefined;
    return using?.from === undefined ? [] : [{ names: [using.config], from: using.from }];
  });
}

/** Loads all TypeScript that some rule files import. What is wrong goes to `found`. */
export function loadModules(
  files: readonly RuleFile[],
  loader: ModuleLoader,
  found: Diagnostic[],
): Foreign {
  const exports = new Map<SourceFile, ReadonlyMap<string, unknown>>();
  for (const file of files) {
    const names = new Map<string, unknown>();
    for (const { names: imported, from } of typeScriptImports(file)) {
      const module = loaded(from, loader, found);
      for (const name of module === undefined ? [] : imported) {
        if (Object.hasOwn(module!, name.text)) names.set(name.text, module![name.text]);
        else {
          const exported = Object.keys(module!);
          const similar = closest(name.text, exported);
          found.push(unknownExport(name, from.text, exported, similar));
        }
      }
    }
    exports.set(file.file, names);
  }
  return { exports, compile: loader.compile };
}

function loaded(from: Name, loader: ModuleLoader, found: Diagnostic[]) {
  try {
    const module = loader.load(from.text, from.span.file.path);
    if (module === undefined) found.push(moduleNotFound(from));
    return module;
  } catch (error) {
    found.push(moduleFails(from, reasonOf(error)));
    return undefined;
  }
}
