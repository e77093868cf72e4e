import { Command } from "commander";
import { explain } from "../../compiler/cli/exit-codes.ts";
import { openTerminal, type Terminal } from "../../compiler/cli/terminal.ts";

type Define = (program: Command, terminal: Terminal) => void;

const commands: Readonly<Record<string, () => Promise<Define>>> = {
  compile: async () => (await import("../../compiler/cli/commands/compile.ts")).defineCompile,
  export: async () => (await import("../../compiler/cli/commands/export.ts")).defineExport,
  check: async () => (await import("../../compiler/cli/commands/check.ts")).defineCheck,
  explain: async () => (await import("../../compiler/cli/commands/explain.ts")).defineExplain,
  diff: async () => (await import("../../compiler/cli/commands/diff.ts")).defineDiff,
  eval: async () => (await import("../../compiler/cli/commands/eval.ts")).defineEval,
  run: async () => (await import("../../compiler/cli/commands/run.ts")).defineRun,
  test: async () => (await import("../../compiler/cli/commands/test.ts")).defineTest,
  types: async () => (await import("../../compiler/cli/commands/types.ts")).defineTypes,
  fmt: async () => (await import("../../compiler/cli/commands/fmt.ts")).defineFmt,
  bench: async () => (await import("../../compiler/cli/commands/bench.ts")).defineBench,
  inspect: async () => (await import("../../compiler/cli/commands/inspect.ts")).defineInspect,
  init: async () => (await import("../../compiler/cli/commands/init.ts")).defineInit,
};

export interface Outcome {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command of the command line without a process of its own, which would take longer than most of them. */
export async function qcfg(...args: readonly string[]): Promise<Outcome> {
  let [stdout, stderr] = ["", ""];
  const terminal = openTerminal({
    stdout: { write: (text) => (stdout += text) },
    stderr: { write: (text) => (stderr += text) },
    json: args.includes("--json"),
    colours: false,
    isInteractive: false,
  });
  const program = new Command("qcfg").exitOverride();
  const define = await commands[args[0]!]!();
  define(program, terminal);
  for (const command of [program, ...program.commands]) {
    command.exitOverride().configureOutput({ writeErr: (text) => (stderr += text) });
  }
  try {
    await program.parseAsync(args, { from: "user" });
    return { status: 0, stdout, stderr };
  } catch (error) {
    const status = explain(error, terminal);
    return { status, stdout, stderr };
  }
}

/** The JSON of a run that went well. */
export async function json(...args: readonly string[]) {
  const { status, stdout, stderr } = await qcfg(...args, "--json");
  if (status !== 0) throw new Error(`exit ${status}\n${stderr}`);
  return JSON.parse(stdout);
}
