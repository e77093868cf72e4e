import { existsSync, readFileSync } from "node:fs";
import { dirname, extname, isAbsolute, join, normalize } from "node:path";
import type { ResolveImport, RuleSource } from "../rewrite/load-rules.ts";
import { reject } from "./data/diagnostics.ts";
import { notRules } from "./diagnostics.ts";
import { readBytes } from "./files.ts";

/** The folder of the libraries that come with the compiler. */
export const standardLibrary = new URL("../rules/", import.meta.url);

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

/** Libraries that have been read: they are the same as long as the process lives. */
const standardTexts = new Map<string, RuleSource>();

/** A library of the compiler's by its name, `std/fold`. */
export function standardRules(specifier: string): RuleSource | undefined {
  const name = /^std\/([a-z0-9-]+)(\.qcfg)?$/.exec(specifier)?.[1];
  if (name === undefined) return undefined;
  const known = standardTexts.get(name);
  if (known) return known;
  const url = new URL(`${name}.qcfg`, standardLibrary);
  if (!existsSync(url)) return undefined;
  const source = { path: `std/${name}.qcfg`, text: readFileSync(url, "utf8") };
  standardTexts.set(name, source);
  return source;
}

/**
 * A rule file of the user's; a rejection when it cannot be read. Its path names it in diagnostics. `std/dynamic` stands for a file
 * that imports that library and says nothing of its own.
 */
export function ruleSource(path: string): RuleSource {
  return standardRules(path) && !existsSync(path)
    ? { path, text: `import "${path}"\n` }
    : { path: normalize(path), text: readRules(path) };
}

/** The text of a rule file; a rejection when its bytes are no text. */
export function readRules(path: string): string {
  const bytes = readBytes(path);
  if (bytes.includes(0)) reject(notRules(path));
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return reject(notRules(path));
  }
}
