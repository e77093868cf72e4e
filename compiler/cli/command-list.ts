import type { Command } from "commander";
import type { Terminal } from "./terminal.ts";

/** Says of a command what it takes and does. */
type DefineCommand = (bare: Command, terminal: Terminal) => void;

/** What `--help` tells of a command, for which it is not loaded. */
interface ListedCommand {
  readonly name: string;
  /** What it takes, as `--help` writes it. */
  readonly takes: string;
  readonly summary: string;
  /** Commands are loaded when they are called: the compiler is not needed to run a program. */
  readonly load: () => Promise<DefineCommand>;
}

/** In the order of `--help`. */
export const commands: readonly ListedCommand[] = [
  {
    name: "compile",
    takes: "<model>",
    summary: "compile a model into a folder that runs anywhere",
    load: async () => (await import("./commands/compile.ts")).defineCompile,
  },
  {
    name: "run",
    takes: "<folder>",
    summary: "run a compiled folder on data",
    load: async () => (await import("./commands/run.ts")).defineRun,
  },
  {
    name: "eval",
    takes: "<model>",
    summary: "measure a model or a compiled folder on labelled data",
    load: async () => (await import("./commands/eval.ts")).defineEval,
  },
  {
    name: "export",
    takes: "<model>",
    summary: "write the quantized model for other runtimes",
    load: async () => (await import("./commands/export.ts")).defineExport,
  },
  {
    name: "bench",
    takes: "<folder>",
    summary: "latency and size of a compiled folder, and the time of each layer",
    load: async () => (await import("./commands/bench.ts")).defineBench,
  },
  {
    name: "inspect",
    takes: "<model>",
    summary: "what a model or a compiled folder is made of",
    load: async () => (await import("./commands/inspect.ts")).defineInspect,
  },
  {
    name: "check",
    takes: "<files...>",
    summary: "diagnostics of rule files",
    load: async () => (await import("./commands/check.ts")).defineCheck,
  },
  {
    name: "init",
    takes: "[dir]",
    summary: "a starting project",
    load: async () => (await import("./commands/init.ts")).defineInit,
  },
  {
    name: "test",
    takes: "<files...>",
    summary: "property tests of rule files",
    load: async () => (await import("./commands/test.ts")).defineTest,
  },
  {
    name: "types",
    takes: "<files...>",
    summary: "TypeScript types of what rules capture",
    load: async () => (await import("./commands/types.ts")).defineTypes,
  },
  {
    name: "fmt",
    takes: "<files...>",
    summary: "put rule files in their canonical form",
    load: async () => (await import("./commands/fmt.ts")).defineFmt,
  },
  {
    name: "explain",
    takes: "[model]",
    summary: "why a model became what it is, or the long form of a diagnostic",
    load: async () => (await import("./commands/explain.ts")).defineExplain,
  },
  {
    name: "diff",
    takes: "<before> <after> <model>",
    summary: "what changes in a model from one rule file to another",
    load: async () => (await import("./commands/diff.ts")).defineDiff,
  },
  {
    name: "lsp",
    takes: "",
    summary: "language server for editors",
    load: async () => (await import("./commands/lsp.ts")).defineLsp,
  },
];
