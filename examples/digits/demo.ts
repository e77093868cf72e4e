/** What `npm run demo` runs: compiles the digits, float and int8, and prints what each costs and how well it reads. */
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, statSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { Model } from "../../runtime/index.ts";
import { readUint8Npy } from "./npy.ts";
import { PIXELS } from "./render.ts";

const root = resolve(import.meta.dirname, "../..");
const example = (file: string) => join(import.meta.dirname, file);
const model = example("digits.onnx");
const calibration = ["--calib", example("calib_x.npy")];

const variants = [
  { title: "float", folder: "float", options: ["--float"] },
  { title: "int8", folder: "int8", options: calibration },
  {
    title: "int8, rules.qcfg",
    folder: "own-rules",
    options: [...calibration, "--rules", example("rules.qcfg")],
  },
];

/** What an application fetches beside the weights. */
const programFiles = ["model.js", "model.wasm"];

/** More than this, in points of per cent, must not be lost by 8 bits. */
const TOLERATED_LOSS = 0.5;

interface Result {
  readonly title: string;
  /** 0 … 1. */
  readonly accuracy: number;
  readonly weightBytes: number;
  readonly programBytes: number;
  readonly milliseconds: number;
}

async function measure({ title, folder, options }: (typeof variants)[number]): Promise<Result> {
  const directory = join(root, "build/demo", folder);
  mkdirSync(directory, { recursive: true });
  qcfg(["compile", model, ...options, "-o", directory]);
  const labelled = ["--data", example("eval_x.npy"), "--labels", example("eval_y.npy")];
  const { accuracy } = JSON.parse(qcfg(["eval", directory, ...labelled, "--json"]));
  if (typeof accuracy !== "number") throw new Error("`qcfg eval --json` gave no accuracy");
  return {
    title,
    accuracy,
    weightBytes: statSync(join(directory, "model.bin")).size,
    programBytes: programFiles.reduce((sum, file) => sum + statSync(join(directory, file)).size, 0),
    milliseconds: await latencyOf(directory),
  };
}

/** Runs the command line, as a user does, and gives what it printed. */
function qcfg(options: readonly string[]): string {
  const main = join(root, "compiler/cli/main.ts");
  const { status, stdout, stderr, error } = spawnSync(process.execPath, [main, ...options], {
    encoding: "utf8",
  });
  if (error !== undefined) throw error;
  if (status === 0) return stdout;
  throw new Error(`\`qcfg ${options.join(" ")}\` failed with ${status}\n${stdout}${stderr}`);
}

const WARM_UP_RUNS = 100;
const TIMED_RUNS = 200;

/** The median time of one picture, in milliseconds, with the program loaded as an application would. */
async function latencyOf(directory: string): Promise<number> {
  const { load }: { readonly load: () => Promise<Model> } = await import(
    pathToFileURL(join(directory, "model.js")).href
  );
  const program = await load();
  const pixels = readUint8Npy(readFileSync(example("eval_x.npy")));
  const image = Float32Array.from(pixels.subarray(0, PIXELS));
  const times = Array.from({ length: WARM_UP_RUNS + TIMED_RUNS }, () => {
    const start = performance.now();
    program.run({ image });
    return performance.now() - start;
  }).slice(WARM_UP_RUNS);
  return times.sort((a, b) => a - b)[TIMED_RUNS / 2]!;
}

function printTable(results: readonly Result[]): void {
  const kilobytes = (bytes: number) => `${(bytes / 1000).toFixed(1)} kB`;
  const rows = [
    ["", ...results.map(({ title }) => title)],
    ["accuracy", ...results.map(({ accuracy }) => `${(100 * accuracy).toFixed(1)} %`)],
    ["weights", ...results.map(({ weightBytes }) => kilobytes(weightBytes))],
    ["program", ...results.map(({ programBytes }) => kilobytes(programBytes))],
    ["one picture", ...results.map(({ milliseconds }) => `${milliseconds.toFixed(3)} ms`)],
  ];
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  for (const [label, ...cells] of rows) {
    const columns = cells.map((cell, i) => cell.padStart(widths[i + 1]!));
    console.log(`  ${label!.padEnd(widths[0]!)}   ${columns.join("   ")}`);
  }
}

async function demo(): Promise<void> {
  const results: Result[] = [];
  for (const variant of variants) results.push(await measure(variant));
  console.log(`${relative(root, model)}, judged on 1000 pictures\n`);
  printTable(results);
  const loss = 100 * (results[0]!.accuracy - results[1]!.accuracy);
  if (TOLERATED_LOSS < loss) throw new Error(`int8 loses ${loss.toFixed(1)} points of accuracy`);
}

try {
  await demo();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
