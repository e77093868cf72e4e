/**
 * Our programs beside the other runtimes of the web, in one run on one machine: in Node, and in Chromium where it is
 * installed. `npm run bench:peers -- [MODEL…] [--rounds N] [--no-browser] [--json FILE]`; without models those of the
 * folder `shared` beside the project.
 */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, extname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import * as ort from "onnxruntime-web";
import { measureInBrowser } from "./browser.ts";
import { type Contender, onnxRuntime, ours, type Result, race, sampleFor } from "./measure.js";

const root = resolve(import.meta.dirname, "../..");
const shared = resolve(root, "../shared/models");
const work = join(root, "build/peers");
const defaults = ["mobilenet_v2", "kws", "resnet8", "vww", "ad"].map(
  (name) => `${name}_int8.tflite`,
);

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: "string", default: "12" },
    browser: { type: "boolean", default: true },
    json: { type: "string" },
    help: { type: "boolean", short: "h" },
  },
  allowNegative: true,
});
const rounds = Number(values.rounds);

if (values.help) {
  console.log("bench:peers [MODEL…] [--rounds N] [--no-browser] [--json FILE]");
} else {
  const paths = positionals.length > 0 ? positionals : defaults.map((name) => join(shared, name));
  const present = paths.filter((path) => existsSync(path));
  for (const path of paths) if (!present.includes(path)) console.log(`${path}: not there, skipped`);
  await compare(present);
}

/** A table row: one runtime on one model in one engine. */
interface Row extends Result {
  readonly model: string;
  readonly engine: string;
}

async function compare(paths: readonly string[]): Promise<void> {
  mkdirSync(work, { recursive: true });
  const rows: Row[] = [];
  for (const path of paths) {
    const name = prepare(path);
    console.log(`${name} in Node ${process.versions.node}`);
    const results = await measureInNode(name, path);
    rows.push(...results.map((result) => ({ ...result, model: name, engine: "node" })));
    print(results);
    if (!values.browser) continue;
    const browser = await measureInBrowser({ name, liteRtModel: path, folder: work, rounds });
    if (browser === undefined) {
      console.log("  no Chromium on the PATH: the browser's part is skipped\n");
      continue;
    }
    console.log(`${name} in ${browser.version}`);
    rows.push(...browser.results.map((result) => ({ ...result, model: name, engine: "chromium" })));
    print(browser.results);
    for (const failure of browser.failures) console.log(`  ${failure}\n`);
  }
  if (values.json) writeFileSync(values.json, `${JSON.stringify(rows, undefined, 2)}\n`);
}

/** Compiles a model for both targets and exports it. Gives the name of its folder. */
function prepare(path: string): string {
  const name = basename(path, extname(path));
  const out = (suffix: string) => join(work, `${name}${suffix}`);
  const qcfg = (...words: string[]) =>
    execFileSync(process.execPath, [join(root, "compiler/cli/main.ts"), ...words], {
      stdio: ["ignore", "ignore", "inherit"],
    });
  qcfg("compile", path, "--target", "wasm", "-o", out(""));
  qcfg("compile", path, "--target", "js", "-o", out(".js"));
  qcfg("export", path, "-o", out(".onnx"));
  const float = floatTwin(path);
  if (float) qcfg("export", float, "--float", "-o", out(".float.onnx"));
  return name;
}

/** The model that a quantized one was made from: `kws_float.tflite` beside `kws_int8.tflite`. */
function floatTwin(path: string): string | undefined {
  const twin = path.replace("_int8.", "_float.");
  return twin !== path && existsSync(twin) ? twin : undefined;
}

async function measureInNode(name: string, path: string): Promise<readonly Result[]> {
  ort.env.wasm.numThreads = 1;
  ort.env.logLevel = "error";
  const module = (folder: string) => import(pathToFileURL(join(work, folder, "model.js")).href);
  const { load, inputs: ports } = await module(name);
  const { load: loadJs } = await module(`${name}.js`);
  const inputs = sampleFor(ports);
  const contenders: Contender[] = [];
  for (const simd of ["relaxed", "baseline"] as const) {
    try {
      contenders.push(await ours(`qcfg ${simd}`, load, { simd }, inputs));
    } catch (error) {
      console.log(`  qcfg ${simd}: ${(error as Error).message}`);
    }
  }
  contenders.push(await ours("qcfg js", loadJs, {}, inputs));
  checkSameBytes(contenders);
  const session = (label: string, file: string) =>
    onnxRuntime(label, ort, readFileSync(join(work, file)), ports, inputs);
  contenders.push(await session("onnxruntime-web int8", `${name}.onnx`));
  if (floatTwin(path))
    contenders.push(await session("onnxruntime-web float", `${name}.float.onnx`));
  return race(contenders, { rounds });
}

function checkSameBytes([first, ...others]: readonly Contender[]): void {
  for (const other of others)
    for (const [port, values] of Object.entries(first!.outputs!))
      if (Buffer.compare(bytesOf(values), bytesOf(other.outputs![port]!)) !== 0)
        throw new Error(`${other.name} and ${first!.name} differ in ${port}`);
}

function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Buffer {
  return Buffer.from(buffer as ArrayBuffer, byteOffset, byteLength);
}

/** One line for each runtime, with the ratio to our fastest program. */
function print(results: readonly Result[]): void {
  const best = results[0]!.ms;
  const line = (cells: readonly string[]) =>
    `  ${cells[0]!.padEnd(24)}${cells
      .slice(1)
      .map((cell) => cell.padStart(12))
      .join("")}`;
  console.log(line(["", "median ms", "min ms", "to qcfg", "load ms"]));
  for (const { name, ms, min, loadMs } of results)
    console.log(
      line([name, ms.toFixed(3), min.toFixed(3), `${(ms / best).toFixed(2)} ×`, loadMs.toFixed(1)]),
    );
  console.log();
}
