import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { modules as onDisk } from "../../compiler/cli/modules.ts";
import { resolveRules } from "../../compiler/cli/rule-files.ts";
import type { ModuleLoader } from "../../compiler/config/modules.ts";
import type { Graph } from "../../compiler/ir/graph.ts";
import { printQuantizer } from "../../compiler/ir/quantizer.ts";
import { ops } from "../../compiler/ops/index.ts";
import { annotate } from "../../compiler/quantize/annotate.ts";
import { loadLibrary, type RuleSource } from "../../compiler/rewrite/load-rules.ts";
import { Sketch } from "../rewrite/support.ts";

export const root = resolve(import.meta.dirname, "../..");

export type Exports = Readonly<Record<string, unknown>>;

/** Modules that are there already, by what rule files call them; others are looked for beside the importing file. */
export function loaderOf(known: Readonly<Record<string, Exports>> = {}): ModuleLoader {
  return {
    load: (specifier, importer) => known[specifier] ?? onDisk.load(specifier, importer),
    compile: onDisk.compile,
  };
}

/** The library of a rule text with its TypeScript loaded. */
export function load(source: RuleSource | string, known: Readonly<Record<string, Exports>> = {}) {
  const rules = typeof source === "string" ? { path: "rules.qcfg", text: source } : source;
  return loadLibrary(rules, {
    ops,
    resolve: (specifier, importer) =>
      known[specifier] ? { path: specifier, text: "" } : resolveRules(specifier, importer),
    modules: loaderOf(known),
  });
}

/** A rule file of the examples. */
export function example(name: string): RuleSource {
  const path = `${root}/examples/from-tfmot/${name}`;
  return { path, text: readFileSync(path, "utf8") };
}

/** What every site of a graph got, and all that was said. */
export function requestsOn(
  graph: Graph,
  source: RuleSource | string,
  known: Readonly<Record<string, Exports>> = {},
) {
  const { value, diagnostics } = load(source, known);
  const annotated = value && annotate(graph, value.quantizes, { ops });
  const all = [...diagnostics, ...(annotated?.diagnostics ?? [])];
  const sites = Object.fromEntries(
    [...(annotated?.annotations.sites ?? [])].map(([key, { winner, group }]) => {
      const { request } = winner;
      const text = typeof request === "string" ? request : printQuantizer(request);
      return [key, group === undefined ? text : `${text} in group ${group}`];
    }),
  );
  return {
    sites,
    groups: annotated?.annotations.groups,
    interior: annotated?.annotations.interior,
    codes: all.map(({ code }) => code),
    messages: all.map(({ message }) => message),
    diagnostics: all,
  };
}

/** x → conv → relu → flatten → dense1 → relu6 → dense2. */
export function network(): Graph {
  const s = new Sketch();
  const x = s.input("x", [1, 4, 4, 2]);
  const conv = s.node("Conv2D", [x, s.random([4, 1, 1, 2]), s.random([4])], {}, "conv");
  const relu = s.node("ReLU", [conv], {}, "relu");
  const flat = s.node("Reshape", [relu], { shape: [1, 64] }, "flat");
  const dense1 = s.node("Dense", [flat, s.random([16, 64], 3), s.random([16])], {}, "dense1");
  const relu6 = s.node("ReLU6", [dense1], {}, "relu6");
  return s.graph(s.node("Dense", [relu6, s.random([8, 16], 5)], {}, "dense2"));
}
