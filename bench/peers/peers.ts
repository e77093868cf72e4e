/**
 * Our programs beside the other runtimes of the web, in one run on one machine: in Node, and in Chromium where it is
 * installed; then a table of what must hold. `npm run bench:peers -- [MODEL…] [--quick] [--json] [--no-browser]`;
 * without models those of the folder `shared` beside the project.
 */
import { existsSync, mkdirSync, readFileSync, statSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { basename, extname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import * as ort from "onnxruntime-web";
import { openTerminal } from "../../compiler/cli/terminal.ts";
import { defaultRequantize } from "../../compiler/compile.ts";
import type { Manifest } from "../../compiler/emit/manifest.ts";
import { importModel } from "../../compiler/frontends/import-model.ts";
import { accepted, hasShared, lowered, quantized } from "../../test/support/models.ts";
import { type FloatTimes, floatModels, measureFloat } from "../float-evaluation.ts";
import { type BrowserReport, measureInBrowser } from "./browser.ts";
import { type Compilation, claimsOf, type Measured, type Sizes } from "./claims.ts";
import { runMeasured } from "./compile-model.ts";
import { measureLargest } from "./largest-layers.ts";
import { type Contender, onnxRuntime, ours, type RaceOptions, race, sampleFor } from "./measure.js";
import { claimTable, resultTable } from "./tables.ts";

const root = resolve(import.meta.dirname, "../..");
const shared = resolve(root, "../shared/models");
const work = join(root, "build/peers");
const defaults = ["mobilenet_v2", "kws", "resnet8", "vww", "ad"].map(
  (name) => `${name}_int8.tflite`,
);

const help = `bench:peers [MODEL…] [options]

Quantized models, or those of ../shared, beside onnxruntime-web, and in Chromium beside LiteRT.js.

  --quick         a third of the time, and less exact
  --no-browser    without Chromium
  --json          the figures as JSON
  -h, --help`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: "boolean", default: false },
    browser: { type: "boolean", default: true },
    json: { type: "boolean", default: false },
    help: { type: "boolean", short: "h" },
  },
  allowNegative: true,
});

const terminal = openTerminal({
  ...{ stdout: process.stdout, stderr: process.stderr },
  json: values.json,
  colours: false,
  isInteractive: process.stderr.isTTY,
});
const options: RaceOptions = values.quick
  ? { rounds: 4, turnMs: 40, warmMs: 300 }
  : { rounds: 12, turnMs: 60, warmMs: 600 };

if (values.help) console.log(help);
else
  await compare(positionals.length > 0 ? positionals : defaults.map((name) => join(shared, name)));

async function compare(paths: readonly string[]): Promise<void> {
  mkdirSync(work, { recursive: true });
  const present = paths.filter((path) => existsSync(path));
  for (const path of paths) if (!present.includes(path)) terminal.say(`${path} is not there`);
  const isAll = positionals.length === 0;
  const floats = isAll && hasShared ? floatModels : [];
  const progress = terminal.progress("measuring", present.length + floats.length + 1);
  const all: Measured[] = [];
  for (const path of present) {
    progress(all.length + 0.5);
    all.push(await measure(path));
  }
  const evaluated = new Map<string, FloatTimes>();
  for (const name of floats) {
    progress(all.length + evaluated.size + 0.5);
    evaluated.set(name, await measureFloat(name, values.quick ? 1500 : 4000));
  }
  progress(present.length + floats.length + 1);
  const claims = claimsOf(all, evaluated);
  const machine = `Node ${process.versions.node}, ${cpus()[0]?.model}, load ${loadavg()[0]!.toFixed(1)}`;
  terminal.result(
    { machine, models: all.map(withoutOutputs), floats: Object.fromEntries(evaluated), claims },
    () => `${machine}\n\n${claimTable(claims)}`,
  );
}

async function measure(path: string): Promise<Measured> {
  const model = basename(path, extname(path));
  const compilation = await prepare(path, model);
  const { contenders, largest, failures } = await openInNode(model, path);
  const node = await race(contenders, options);
  say(`${model} in Node ${process.versions.node}`, resultTable(node), failures);
  const request = { name: model, liteRtModel: path, folder: work, race: options };
  const browser = values.browser ? await measureInBrowser(request) : undefined;
  if (browser)
    say(`${model} in ${browser.version}`, resultTable(browser.results), browser.failures);
  else terminal.say(`without Chromium${values.browser ? ", which is not on the PATH" : ""}\n`);
  const sizes = sizesOf(join(work, model));
  const compared = compareOutputs(contenders, browser);
  return { model, node, ...(browser && { browser }), ...compared, compilation, sizes, largest };
}

/** Compiles a model for both targets and exports it. */
async function prepare(path: string, name: string): Promise<Compilation> {
  const out = (suffix: string) => join(work, `${name}${suffix}`);
  const compilation = await runMeasured(["compile", path, "--target", "wasm", "-o", out("")]);
  await runMeasured(["compile", path, "--target", "js", "-o", out(".js")]);
  await runMeasured(["export", path, "-o", out(".onnx")]);
  const float = floatTwin(path);
  if (float) await runMeasured(["export", float, "--float", "-o", out(".float.onnx")]);
  return compilation;
}

/** The model that a quantized one was made from: `kws_float.tflite` beside `kws_int8.tflite`. */
function floatTwin(path: string): string | undefined {
  const twin = path.replace("_int8.", "_float.");
  return twin !== path && existsSync(twin) ? twin : undefined;
}

async function openInNode(name: string, path: string) {
  ort.env.wasm.numThreads = 1;
  ort.env.logLevel = "error";
  const module = (folder: string) => import(pathToFileURL(join(work, folder, "model.js")).href);
  const { load, inputs: ports } = await module(name);
  const { load: loadJs } = await module(`${name}.js`);
  const inputs = sampleFor(ports);
  const contenders: Contender[] = [];
  const failures: string[] = [];
  for (const simd of ["relaxed", "baseline"] as const) {
    try {
      contenders.push(await ours(`qcfg ${simd}`, load, { simd }, inputs));
    } catch (error) {
      failures.push(`qcfg ${simd}: ${(error as Error).message}`);
    }
  }
  contenders.push(await ours("qcfg js", loadJs, {}, inputs));
  const session = (label: string, file: string) =>
    onnxRuntime(label, ort, readFileSync(join(work, file)), ports, inputs);
  contenders.push(await session("onnxruntime-web int8", `${name}.onnx`));
  if (floatTwin(path))
    contenders.push(await session("onnxruntime-web float", `${name}.float.onnx`));
  const isRelaxed = contenders[0]!.name === "qcfg relaxed";
  const model = isRelaxed ? await load({ simd: "relaxed" }) : undefined;
  const rounds = values.quick ? 100 : 300;
  const largest = model ? await measureLargest(model, lower(path), inputs, rounds) : [];
  return { contenders, largest, failures };
}

/** The model as it was compiled, for the sizes of its layers. */
function lower(path: string) {
  const model = accepted(importModel(readFileSync(path), { name: basename(path) }));
  return lowered(quantized(model), defaultRequantize(model));
}

/** Which of our programs give the bytes of the first one. */
function compareOutputs(contenders: readonly Contender[], browser: BrowserReport | undefined) {
  const answers = [
    ...contenders.flatMap(({ name, outputs }) => (outputs ? [[name, outputs] as const] : [])),
    ...Object.entries(browser?.outputs ?? {}).map(([name, outputs]) => {
      return [`${name} in Chromium`, outputs] as const;
    }),
  ];
  const wanted = JSON.stringify(answers[0]![1]);
  const isSame = (outputs: object) => JSON.stringify(outputs) === wanted;
  const named = (list: typeof answers) => list.map(([name]) => name.replace("qcfg ", ""));
  return {
    same: named(answers.filter(([, outputs]) => isSame(outputs))),
    different: named(answers.filter(([, outputs]) => !isSame(outputs))),
  };
}

function sizesOf(folder: string): Sizes {
  const bytesOf = (file: string) =>
    statSync(join(folder, file), { throwIfNoEntry: false })?.size ?? 0;
  const manifest: Manifest = JSON.parse(readFileSync(join(folder, "model.json"), "utf8"));
  const { arenaBytes, arenaLowerBoundBytes } = manifest;
  const program = Math.max(bytesOf("model.wasm"), bytesOf("model.relaxed.wasm"));
  const codeBytes = bytesOf("model.js") + program;
  return { codeBytes, weightBytes: bytesOf("model.bin"), arenaBytes, arenaLowerBoundBytes };
}

function say(title: string, table: string, failures: readonly string[]): void {
  terminal.say([title, table, ...failures, ""].join("\n"));
}

function withoutOutputs({ browser, ...rest }: Measured): object {
  if (!browser) return rest;
  const { outputs, ...report } = browser;
  return { ...rest, browser: report };
}
