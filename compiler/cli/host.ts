import { createHash } from "node:crypto";
import type { Host } from "../compile.ts";
import { kernelLibrary } from "./kernel-library.ts";
import { modules, sources } from "./modules.ts";
import { programLoader } from "./program-loader.ts";
import { resolveRules } from "./rule-files.ts";
import { runtimeSources } from "./runtime-sources.ts";

/** What compilations take from the installed package and from Node. */
export const host: Host = {
  resolveRules,
  modules,
  sources,
  readSource: runtimeSources,
  loader: programLoader,
  kernelLibrary,
  sha256(parts) {
    const hash = createHash("sha256");
    for (const part of parts) hash.update(part);
    return hash.digest("hex");
  },
};
