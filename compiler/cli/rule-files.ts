import { existsSync, readFileSync } from "node:fs";
import { dirname, extname, isAbsolute, join, normalize } from "node:path";
import type { ResolveImport, RuleSource } from "../rewrite/load-rules.ts";
import { readText } from "./files.ts";

const standardLibrary = new URL("../rules/", import.meta.url);

/**
 * Finds the files that rules import: `std/fold` in the package, all else beside the importing file; `.qcfg` may be
 * left out.
 */
export const resolveRules: ResolveImport = (specifier, importer) => {
  if (specifier.startsWith("std/")) return standardRules(specifier);
  if (importer.startsWith("std/")) return undefined;
  const path = isAbsolute(specifier) ? specifier : join(dirname(importer), specifier);
  const file = extname(path) === "" ? `${path}.qcfg` : path;
  return existsSync(file) ? ruleSource(file) : undefined;
};

function standardRules(specifier: string): RuleSource | undefined {
  const name = /^std\/([a-z0-9-]+)(\.qcfg)?$/.exec(specifier)?.[1];
  const url = new URL(`${name}.qcfg`, standardLibrary);
  if (name === undefined || !existsSync(url)) return undefined;
  return { path: `std/${name}.qcfg`, text: readFileSync(url, "utf8") };
}

/** A rule file of the user's; a rejection when it cannot be read. Its path names it in diagnostics. */
export function ruleSource(path: string): RuleSource {
  return { path: normalize(path), text: readText(path) };
}
