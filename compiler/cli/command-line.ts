import { readFileSync } from "node:fs";
import { Command } from "commander";
import { commands } from "./command-list.ts";
import { type ExitCode, exitCodes, explain } from "./exit-codes.ts";
import { packageRoot } from "./runtime-sources.ts";
import { openTerminal, type Terminal, type TerminalOptions } from "./terminal.ts";

/** Where a command line speaks. */
export type Speech = Omit<TerminalOptions, "json">;

/** The command line `qcfg`: arguments to commands, faults to exit codes. Whatever a command says goes to the streams of `speech`. */
export async function runCommandLine(args: readonly string[], speech: Speech): Promise<ExitCode> {
  const tooOld = nodeTooOld();
  if (tooOld !== undefined) {
    speech.stderr.write(`error: ${tooOld}\n`);
    return exitCodes.usage;
  }
  const terminal = openTerminal({ ...speech, json: args.includes("--json") });
  try {
    const program = await commandsOf(args, terminal, speech);
    await program.parseAsync(args, { from: "user" });
    return exitCodes.good;
  } catch (error) {
    return explain(error, terminal);
  }
}

/** Only the command that is called is loaded; the others are known as `--help` lists them. */
async function commandsOf(
  [first, second]: readonly string[],
  terminal: Terminal,
  { stdout, stderr }: Speech,
): Promise<Command> {
  const program = new Command("qcfg")
    .description("An ahead-of-time quantizing compiler for neural networks.")
    .version(manifest().version, "-V, --version", "print the version")
    .exitOverride()
    .configureOutput({
      writeOut: (text) => stdout.write(text),
      writeErr: (text) => stderr.write(text),
    })
    .showHelpAfterError("(add --help for the options and examples)")
    .addHelpText("after", `\n${firstSteps}`);
  const called = first === "help" ? second : first;
  for (const { name, takes, summary, load } of commands) {
    if (name === called) (await load())(program.command(name).summary(summary), terminal);
    else program.command(`${name} ${takes}`.trim()).summary(summary).option("--json");
  }
  return program;
}

const firstSteps = `Examples:
  $ qcfg inspect model.onnx
  $ qcfg compile model.onnx --calib samples.npy -o build/model
  $ qcfg eval build/model --data x.npy --labels y.npy
  $ qcfg explain model.onnx --calib samples.npy --html model.html
  $ qcfg compile --help

Exit codes: 0 good, 1 your input is at fault, 2 usage, 3 a bug of ours. Every command takes --json.`;

function manifest(): { readonly version: string; readonly engines: { readonly node: string } } {
  return JSON.parse(readFileSync(new URL("package.json", packageRoot), "utf8"));
}

/** What to say where Node is older than the package asks for. */
function nodeTooOld(): string | undefined {
  const wanted = manifest().engines.node.replace(">=", "");
  const have = process.versions.node;
  const [major = 0, minor = 0] = wanted.split(".").map(Number);
  const [haveMajor = 0, haveMinor = 0] = have.split(".").map(Number);
  const isOld = haveMajor < major || (haveMajor === major && haveMinor < minor);
  return isOld ? `qcfg needs Node ${wanted} or newer, and this is Node ${have}` : undefined;
}
