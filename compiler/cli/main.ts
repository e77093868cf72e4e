#!/usr/bin/env node
/** The binary `qcfg`: arguments to commands, faults to exit codes. */
import { readFileSync } from "node:fs";
import { Command, CommanderError } from "commander";
import { Rejected } from "../../grammar/source/diagnostic.ts";
import { defineBench } from "./commands/bench.ts";
import { defineCheck } from "./commands/check.ts";
import { defineCompile } from "./commands/compile.ts";
import { defineEval } from "./commands/eval.ts";
import { defineExport } from "./commands/export.ts";
import { defineFmt } from "./commands/fmt.ts";
import { defineInspect } from "./commands/inspect.ts";
import { defineRun } from "./commands/run.ts";
import { UsageError } from "./options.ts";
import { packageRoot } from "./runtime-sources.ts";
import { openTerminal, type Terminal } from "./terminal.ts";

/** In the order of `--help`. */
const commands = [
  defineCompile,
  defineRun,
  defineEval,
  defineExport,
  defineBench,
  defineInspect,
  defineCheck,
  defineFmt,
];

/** What the shell is told. */
const exitCodes = { good: 0, inputAtFault: 1, usage: 2, bug: 3 } as const;
type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

async function main(args: readonly string[]): Promise<ExitCode> {
  const { stdout, stderr, env } = process;
  const isTerminal = stderr.isTTY === true && env.TERM !== "dumb";
  const terminal = openTerminal({
    stdout,
    stderr,
    json: args.includes("--json"),
    colours: isTerminal && !env.NO_COLOR,
    isInteractive: isTerminal,
  });
  try {
    await commandLine(terminal).parseAsync(args, { from: "user" });
    return exitCodes.good;
  } catch (error) {
    return explain(error, terminal);
  }
}

function commandLine(terminal: Terminal): Command {
  const program = new Command("qcfg")
    .description("An ahead-of-time quantizing compiler for neural networks.")
    .version(version(), "-V, --version", "print the version")
    .exitOverride()
    .configureHelp({ sortSubcommands: false })
    .showHelpAfterError("(add --help for the options and examples)");
  for (const define of commands) define(program, terminal);
  return program;
}

function version(): string {
  return JSON.parse(readFileSync(new URL("package.json", packageRoot), "utf8")).version;
}

/** Says what went wrong, where nobody has yet, and whose fault it is. */
function explain(error: unknown, terminal: Terminal): ExitCode {
  if (error instanceof Rejected) {
    terminal.report(error.diagnostics);
    terminal.failed();
    return exitCodes.inputAtFault;
  }
  if (error instanceof UsageError) {
    terminal.say(`error: ${error.message}`);
    return exitCodes.usage;
  }
  // Commander has spoken itself.
  if (error instanceof CommanderError) {
    return error.exitCode === 0 ? exitCodes.good : exitCodes.usage;
  }
  terminal.say(bugReport(error));
  return exitCodes.bug;
}

function bugReport(error: unknown): string {
  const { message, stack = "" } = error instanceof Error ? error : new Error(String(error));
  const places = stack.split("\n").filter((line) => line.startsWith("    at "));
  return [
    message.startsWith("internal:") ? message : `internal: ${message}`,
    ...places,
    "",
    "This is a bug in qcfg, not in your files. Please report it with the lines above, the command,",
    "and if you can share them the model and the rule file.",
  ].join("\n");
}

// A reader that has seen enough, `qcfg … | head`, is no fault.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exit(exitCodes.good);
});
process.exitCode = await main(process.argv.slice(2));
