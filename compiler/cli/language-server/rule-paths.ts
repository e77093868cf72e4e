import { type Dirent, existsSync, readdirSync, statSync } from "node:fs";
import { basename, dirname, extname, isAbsolute, join, normalize, sep } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { Rejected } from "../../../grammar/source/diagnostic.ts";
import type { Files, FoundFiles } from "../../language-server/workspace.ts";
import { readRules, standardLibrary, standardRules } from "../rule-files.ts";

/** Files by the paths that rules know them by: a library of the package by its name, what no disk has by its URI. */
export const files: Files = {
  pathOf,
  uriOf,
  importedPath,
  read,
  ruleFiles,
  importable,
};

function pathOf(uri: string): string {
  if (!uri.startsWith("file:")) return uri;
  const path = pathOfUrl(uri);
  if (path === undefined) return uri;
  const name = basename(path);
  const isStandard = path === fileURLToPath(new URL(name, standardLibrary));
  return isStandard && standardRules(`std/${name}`) ? `std/${name}` : path;
}

/** A URI with a host or an odd escape names no file here. */
function pathOfUrl(uri: string): string | undefined {
  try {
    return normalize(fileURLToPath(uri));
  } catch {
    return undefined;
  }
}

function uriOf(path: string): string {
  if (standardRules(path)) return new URL(path.slice("std/".length), standardLibrary).href;
  return isUri(path) ? path : pathToFileURL(path).href;
}

/** A scheme has more than one letter; a drive has one. */
function isUri(path: string): boolean {
  return /^[a-z][\w+.-]+:/i.test(path);
}

function importedPath(specifier: string, importer: string): string | undefined {
  if (specifier.startsWith("std/")) return standardRules(specifier)?.path;
  if (importer.startsWith("std/") || (isUri(importer) && !isAbsolute(specifier))) return undefined;
  const path = isAbsolute(specifier) ? specifier : join(dirname(importer), specifier);
  return normalize(extname(path) === "" ? `${path}.qcfg` : path);
}

function read(path: string): string | undefined {
  const standard = standardRules(path);
  if (standard) return standard.text;
  try {
    return readRules(path);
  } catch (error) {
    if (error instanceof Rejected) return undefined;
    throw error;
  }
}

/** Rule files of a folder that are looked at, and folders: more than a project has. */
const mostRuleFiles = 1000;
const mostFolders = 5000;

/** Hidden folders and those of packages are none of the user's; links may lead in circles. */
function ruleFiles(folder: string): FoundFiles {
  const paths: string[] = [];
  const open = [folder];
  for (let head = 0; head < open.length; head++) {
    if (head === mostFolders) return { paths, isComplete: false };
    for (const entry of entriesOf(open[head]!)) {
      const { name } = entry;
      if (name.startsWith(".") || name === "node_modules") continue;
      if (entry.isDirectory()) open.push(join(open[head]!, name));
      if (!entry.isFile() || !name.endsWith(".qcfg")) continue;
      if (paths.length === mostRuleFiles) return { paths, isComplete: false };
      paths.push(pathOf(pathToFileURL(join(open[head]!, name)).href));
    }
  }
  return { paths, isComplete: true };
}

function entriesOf(folder: string): readonly Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    // Without permission, or gone meanwhile.
    return [];
  }
}

function importable(start: string, importer: string): readonly string[] {
  if (importer.startsWith("std/") || isUri(importer)) return [];
  const written = /^\.\.?\//.test(start) ? start.slice(0, start.lastIndexOf("/") + 1) : "./";
  const folder = join(dirname(importer), written);
  if (!existsSync(folder) || !statSync(folder).isDirectory()) return [];
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const { name } = entry;
    if (name.startsWith(".") || name === "node_modules") return [];
    if (entry.isDirectory()) return [`${written}${name}/`];
    const isImporter = join(folder, name) === importer.split("/").join(sep);
    return /(\.qcfg|(?<!\.d)\.m?ts)$/.test(name) && !isImporter ? [`${written}${name}`] : [];
  });
}
