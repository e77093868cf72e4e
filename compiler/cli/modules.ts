import { existsSync, readFileSync } from "node:fs";
import { createRequire, registerHooks } from "node:module";
import { dirname, extname, resolve, sep } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { TypeScriptSources } from "../config/check-typescript.ts";
import type { ModuleLoader } from "../config/modules.ts";

/** The one copy of `qcfg/config` that modules of rule files get: that of this compiler. */
const configDoor = new URL(`../config/index${extname(import.meta.url)}`, import.meta.url).href;

/** Modules that were reached from rule files, by URL. */
const reached = new Set<string>();

const loadOwn = createRequire(import.meta.url);

/** Of ours what comes with TypeScript, which is loaded when it is needed: it takes longer than all else. */
const typeScript = {
  transpile: (): typeof import("../config/transpile.ts") =>
    loadOwn(`../config/transpile${extname(import.meta.url)}`),
  diagnose: (): typeof import("../config/diagnose-modules.ts") =>
    loadOwn(`../config/diagnose-modules${extname(import.meta.url)}`),
};

let hasHooks = false;

/** What rule files import is transpiled when it is loaded, whatever Node itself makes of TypeScript. */
function addHooks(): void {
  if (hasHooks) return;
  hasHooks = true;
  registerHooks({
    resolve(specifier, context, next) {
      if (!reached.has(context.parentURL ?? "")) return next(specifier, context);
      if (specifier === "qcfg/config") return { url: configDoor, shortCircuit: true };
      const resolved = next(specifier, context);
      if (resolved.url.startsWith("file:")) reached.add(resolved.url);
      return resolved;
    },
    load(url, context, next) {
      if (!reached.has(url) || !/\.m?ts$/.test(url)) return next(url, context);
      const path = fileURLToPath(url);
      const source = typeScript.transpile().transpileModule(readFileSync(path, "utf8"), path);
      return { format: "module", source, shortCircuit: true };
    },
  });
}

/** Loads TypeScript beside rule files, each module once in the life of the process. */
export const modules: ModuleLoader = {
  load(specifier, importer) {
    const path = resolve(dirname(importer), specifier);
    if (!existsSync(path)) return undefined;
    addHooks();
    reached.add(pathToFileURL(path).href);
    return createRequire(path)(path);
  },
  compile(parameters, expression) {
    const body = `"use strict"; return ${typeScript.transpile().transpileExpression(expression)};`;
    // The user's own expression, in the user's own process.
    return new Function(...parameters, body) as (...values: unknown[]) => unknown;
  },
};

/** The same files as texts: nothing of them is executed. */
export const sources: TypeScriptSources = {
  absolute: (path) => resolve(path).split(sep).join("/"),
  read: (path) => (existsSync(path) ? readFileSync(path, "utf8") : undefined),
  configDoor: declarationsOf(fileURLToPath(configDoor)),
  diagnose: (...request) => typeScript.diagnose().diagnoseModules(...request),
};

/** What is installed has its types beside it. */
function declarationsOf(path: string): string {
  return path.replace(/\.js$/, ".d.ts").split(sep).join("/");
}
