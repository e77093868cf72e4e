import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { runCommandLine } from "../../compiler/cli/command-line.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

export const root = resolve(import.meta.dirname, "../..");
const digits = (file: string) => join(root, "examples/digits", file);

export const model = digits("digits.onnx");
export const calibration = digits("calib_x.npy");
export const samples = digits("eval_x.npy");
export const labels = digits("eval_y.npy");
export const rules = digits("rules.qcfg");

export interface Outcome {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The command line without a process of its own, which takes longer than most commands. */
export async function qcfg(...args: readonly string[]): Promise<Outcome> {
  let [stdout, stderr] = ["", ""];
  const status = await runCommandLine(args, {
    stdout: { write: (text) => (stdout += text) },
    stderr: { write: (text) => (stderr += text) },
    colours: false,
    isInteractive: false,
  });
  return { status, stdout, stderr };
}

/** Runs the command line as a user does, in a pipe. */
export function qcfgProcess(...args: readonly string[]): Outcome {
  const main = join(root, "compiler/cli/main.ts");
  return spawnSync(process.execPath, [main, ...args], { encoding: "utf8", cwd: root });
}

/** The JSON of a run that went well. */
export async function json(...args: readonly string[]) {
  const { status, stdout, stderr } = await qcfg(...args, "--json");
  if (status !== 0) throw new Error(`exit ${status}\n${stderr}`);
  return JSON.parse(stdout);
}

/** Paths in a folder for the tests of a file. */
export function temporaryPaths(): (...path: readonly string[]) => string {
  const folder = temporaryFolder();
  return (...path) => join(folder, ...path);
}

/** The shape that the header of a `.npy` file states. */
export function shapeOfNpy(path: string): readonly number[] {
  const header = readFileSync(path).toString("latin1");
  const [, sizes = ""] = /'shape': \(([\d, ]*)\)/.exec(header) ?? [];
  return sizes.split(",").flatMap((size) => (size.trim() === "" ? [] : [Number(size)]));
}
