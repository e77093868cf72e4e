/**
 * `npm run test:engines -- [--no-zoo]`: compiled programs give the same bytes in every engine that there is here as the
 * reference kernels, in JavaScript, baseline and relaxed SIMD. Node 22 and 24 come from the registry; Chromium from the
 * PATH. Ends with 1 where something differs.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { chromium } from "playwright-core";
import { ts } from "ts-morph";
import { runtimeSources } from "../../compiler/cli/runtime-sources.ts";
import type { Target } from "../../compiler/emit/manifest.ts";
import { emitModel, evaluator, type LoweredModel } from "../../compiler/pipeline.ts";
import type { PortArray } from "../../runtime/model.ts";
import { chromiumArguments, findChromium } from "../../scripts/find-chromium.ts";
import { serve } from "../../scripts/static-server.ts";
import {
  digits,
  type Form,
  floatModels,
  lowerCase,
  type ModelCase,
  quantizedModels,
  type Sample,
} from "../support/model-cases.ts";
import { hasShared, lowered, noOrigin } from "../support/models.ts";
import { pinned } from "../support/replays.ts";
import { beyondRanges, quantizeZooModel } from "../zoo/inspect.ts";
import { zoo } from "../zoo/models.ts";
import { type EngineReport, families, type ProgramCase, sha256 } from "./run-programs.ts";

const root = resolve(import.meta.dirname, "../..");
const work = join(root, "build/engines");
const { values } = parseArgs({
  options: { zoo: { type: "boolean", default: true } },
  allowNegative: true,
});

interface EmittedCase extends ProgramCase {
  /** The digest of what the reference kernels give. */
  readonly wanted: string;
}

rmSync(work, { recursive: true, force: true });
const cases = await emitAll();
writeFileSync(join(work, "cases.json"), JSON.stringify(cases));
for (const file of ["files", "load-webassembly", "model"]) strip(`runtime/${file}.ts`);
for (const file of ["run-programs", "in-node"]) strip(`test/engines/${file}.ts`);
const reports = new Map<string, EngineReport>();
for (const major of [22, 24]) reports.set(...inNode(major));
const replaying = [22, 24].map(replaysSame);
const browser = await inChromium();
if (browser) reports.set(...browser);
else console.log("no Chromium on the PATH: skipped");
process.exitCode = print() && !replaying.includes(false) ? 0 : 1;

async function emitAll(): Promise<readonly EmittedCase[]> {
  const emittedCases: EmittedCase[] = [];
  for (const [request, form] of requests()) {
    const { integer, samples } = lowerCase(request, form);
    emittedCases.push(await emitCase(`${request.model}, ${form}`, integer, samples.slice(0, 2)));
  }
  for (const model of values.zoo ? Object.values(zoo).flat() : []) {
    const { quantized, tests } = quantizeZooModel(model);
    const samples = [tests[0]!, beyondRanges(tests[0]!)];
    emittedCases.push(await emitCase(`zoo: ${model.name}`, lowered(quantized, "onnx"), samples));
  }
  return emittedCases;
}

function requests(): readonly (readonly [ModelCase, Form])[] {
  const own = [[digits, "quantized"] as const, [digits, "float"] as const];
  if (!hasShared) return own;
  return [
    ...own,
    ...quantizedModels.map((request) => [request, "as it is"] as const),
    ...floatModels.map((request) => [request, "quantized"] as const),
  ];
}

/** Writes both programs of a model and runs it on the reference kernels. */
async function emitCase(
  name: string,
  integer: LoweredModel,
  samples: readonly Sample[],
): Promise<EmittedCase> {
  console.log(name);
  for (const target of ["js", "wasm"] as const) await write(name, integer, target);
  const run = evaluator(integer.graph, integer.requantize);
  const results = samples.flatMap((sample) => [...run(sample).values()]);
  return {
    name,
    samples: samples.map((sample) =>
      Object.fromEntries([...sample].map(([port, { data }]) => [port, Array.from(data)])),
    ),
    wanted: await sha256(results.map(({ data }) => data as PortArray)),
  };
}

async function write(name: string, integer: LoweredModel, target: Target): Promise<void> {
  const folder = join(work, name, target);
  mkdirSync(folder, { recursive: true });
  const options = { origin: noOrigin, target, readSource: runtimeSources };
  for (const [file, content] of await emitModel(integer, options))
    writeFileSync(join(folder, file), content);
}

/** A source as JavaScript at the same place in the folder of work. */
function strip(path: string): void {
  const { outputText } = ts.transpileModule(readFileSync(join(root, path), "utf8"), {
    compilerOptions: {
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.ESNext,
      rewriteRelativeImportExtensions: true,
    },
  });
  const out = join(work, path.replace(/\.ts$/, ".js"));
  mkdirSync(dirname(out), { recursive: true });
  writeFileSync(out, outputText);
}

function inNode(major: number): readonly [version: string, report: EngineReport] {
  const script = join(work, "test/engines/in-node.js");
  const { version, report } = JSON.parse(runInNode(major, script, `${pathToFileURL(work)}/`));
  return [`Node ${version}`, report];
}

function runInNode(major: number, ...script: readonly string[]): string {
  const words = ["--yes", "--package", `node@${major}`, "node", ...script];
  // Away from the project, whose own Node would be taken.
  return execFileSync("npx", words, {
    cwd: tmpdir(),
    encoding: "utf8",
    maxBuffer: 2 ** 28,
    stdio: ["ignore", "pipe", "inherit"],
  });
}

/** Whether replay strings are the same graphs. */
function replaysSame(major: number): boolean {
  const digests = JSON.parse(runInNode(major, join(root, "test/engines/replays.ts")));
  const others = pinned.flatMap(([text, digest], i) => (digests[i] === digest ? [] : [text]));
  for (const text of others) console.log(`Node ${major}: ${text} is another graph`);
  if (others.length === 0)
    console.log(`Node ${major}: ${pinned.length} replay strings are the same graphs`);
  return others.length === 0;
}

async function inChromium(): Promise<readonly [version: string, report: EngineReport] | undefined> {
  const executablePath = findChromium();
  if (executablePath === undefined) return undefined;
  const server = await serve({ "/": work, "/page/": join(root, "examples/digits/web") });
  const instance = await chromium.launch({ executablePath, args: chromiumArguments });
  try {
    const page = await instance.newPage();
    await page.goto(`${server.url}/page/index.html`);
    const report = await page.evaluate(`(async () => {
      const { runPrograms } = await import("/test/engines/run-programs.js");
      const cases = await (await fetch("/cases.json")).json();
      return runPrograms(location.origin + "/", cases);
    })()`);
    return [`Chromium ${instance.version()}`, report as EngineReport];
  } finally {
    await instance.close();
    server.close();
  }
}

/** The table: a line for each engine and model. Whether all is the same. */
function print(): boolean {
  let isSame = true;
  const widest = Math.max(...cases.map(({ name }) => name.length)) + 2;
  for (const [engine, { signs, digests }] of reports) {
    console.log(`\n${engine}; relaxed dot product: ${signs}`);
    console.log("".padEnd(widest) + families.map((family) => family.padEnd(12)).join(""));
    for (const { name, wanted } of cases) {
      const words = families.map((family) => verdict(digests[name]![family], wanted));
      isSame &&= words.every((word) => word === "same" || word === "–");
      console.log(name.padEnd(widest) + words.map((word) => word.padEnd(12)).join(""));
    }
  }
  return isSame;
}

function verdict(digest: string | undefined, wanted: string): string {
  if (digest === undefined) return "–";
  if (digest.startsWith("failed")) return digest;
  return digest === wanted ? "same" : "differs";
}
