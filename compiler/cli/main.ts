#!/usr/bin/env node
/** The binary `qcfg`. */
import * as nodeModule from "node:module";

// What commands load is compiled once for all of them.
// An older Node than ours has no such function, and is to be told.
nodeModule.enableCompileCache?.();

const args = process.argv.slice(2);
const { runCommandLine } = await import("./command-line.ts");
const { exitCodes } = await import("./exit-codes.ts");

let isOutputLost = false;
// A reader that has seen enough, `qcfg … | head`, is no fault: what a command is called for, it does to the end.
for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", ({ code, message }: NodeJS.ErrnoException) => {
    if (code === "EPIPE" || isOutputLost) return;
    isOutputLost = true;
    process.exitCode = exitCodes.inputAtFault;
    if (stream === process.stdout) {
      process.stderr.write(`error: the result cannot be written to standard output: ${message}\n`);
    }
  });
}
const { stdout, stderr, env } = process;
const isTerminal = stderr.isTTY === true && env.TERM !== "dumb";
const status = await runCommandLine(args, {
  stdout,
  stderr,
  colours: isTerminal && !env.NO_COLOR,
  isInteractive: isTerminal,
});
process.exitCode = isOutputLost ? exitCodes.inputAtFault : status;
