import { ops } from "../../ops/index.ts";
import { type TestedLibrary, testedLibrary } from "../../testing/tested-library.ts";
import { modules } from "../modules.ts";
import { resolveRules, ruleSource } from "../rule-files.ts";

/** The rules of a file, as every thread of `qcfg test` reads them. */
export function openRules(path: string): ReturnType<typeof testedLibrary> {
  return testedLibrary(ruleSource(path), { ops, resolve: resolveRules, modules });
}

/** Of a file that has been opened before without an error. */
export function openedRules(path: string): TestedLibrary {
  const { value } = openRules(path);
  if (value === undefined) throw new Error(`internal: ${path} has changed while it was tested`);
  return value;
}
