import { Command } from "commander";
import { expect, it } from "vitest";
import { commands } from "../../compiler/cli/command-list.ts";
import { openTerminal } from "../../compiler/cli/terminal.ts";

const terminal = openTerminal({
  stdout: process.stdout,
  stderr: process.stderr,
  json: false,
  colours: false,
  isInteractive: false,
});

it.each(commands)("`$name` takes what `qcfg --help` says without loading it", async (listed) => {
  const command = new Command().command(listed.name);
  (await listed.load())(command, terminal);
  expect(command.usage()).toBe(`[options] ${listed.takes}`.trim());
});
