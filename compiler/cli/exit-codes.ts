import { CommanderError } from "commander";
import { Rejected } from "../../grammar/source/diagnostic.ts";
import { UsageError } from "./options.ts";
import type { Terminal } from "./terminal.ts";

/** What the shell is told. */
export const exitCodes = { good: 0, inputAtFault: 1, usage: 2, bug: 3 } as const;
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** The result has been told; the shell is to know that it is not what was hoped for. */
export class UnwelcomeResult extends Error {}

/** Says what went wrong, where nobody has yet, and whose fault it is. */
export function explain(error: unknown, terminal: Terminal): ExitCode {
  if (error instanceof Rejected) {
    terminal.report(error.diagnostics);
    terminal.failed();
    return exitCodes.inputAtFault;
  }
  if (error instanceof UnwelcomeResult) return exitCodes.inputAtFault;
  if (error instanceof UsageError) {
    terminal.say(`error: ${error.message}`);
    terminal.failed({ usage: error.message });
    return exitCodes.usage;
  }
  // Commander has spoken itself.
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return exitCodes.good;
    terminal.failed({ usage: error.message.replace(/^error: /, "") });
    return exitCodes.usage;
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
