import { cpus } from "node:os";
import { type Command, Option } from "commander";
import { type Latency, type MadeUpInputs, madeUpInputs, measureLatency } from "../bench/latency.ts";
import { layerPage } from "../bench/layer-page.ts";
import { layerTable } from "../bench/layer-table.ts";
import { type LayerReport, reportLayers, throughputOf, timeSteps } from "../bench/layers.ts";
import { openPlainProduct, plainProductMacs } from "../bench/plain-product.ts";
import { type CompiledFolder, openCompiled, readManifest } from "../compiled-folder.ts";
import { reject } from "../data/diagnostics.ts";
import { noParts, optionUnused } from "../diagnostics.ts";
import { checkWritable, writeFileAtomically } from "../files.ts";
import { common, positiveInteger } from "../options.ts";
import type { Terminal } from "../terminal.ts";
import { byteText, rowsText } from "../text.ts";

interface BenchOptions {
  readonly runs: number;
  readonly layers?: boolean;
  readonly html?: string;
  readonly simd?: "relaxed" | "baseline";
}

export function defineBench(bare: Command, terminal: Terminal): void {
  const command = bare
    .description("Times single inferences of a compiled folder on made-up data, after a warm-up.")
    .argument("<folder>", "compiled folder")
    .option("--runs <n>", "inferences to time", positiveInteger, 100)
    .option("--layers", "time of each layer, beside a plain matrix product on the same engine")
    .option("--html <file>", "the layers as a page with a chart")
    .addOption(
      new Option(
        "--simd <family>",
        "the program to take; without it, the fastest that is exact here",
      ).choices(["relaxed", "baseline"]),
    );
  common(command, [
    "bench build/model",
    "bench build/model --runs 1000 --json",
    "bench build/model --layers",
    "bench build/model --html layers.html",
  ]).action((folder: string, options: BenchOptions) => bench(folder, options, terminal));
}

async function bench(folder: string, options: BenchOptions, terminal: Terminal): Promise<void> {
  const { runs, html, simd } = options;
  const wantsLayers = options.layers === true || html !== undefined;
  if (readManifest(folder).target === "js") {
    if (wantsLayers) reject(noParts(folder));
    const reason = "the program is compiled to JavaScript";
    if (simd !== undefined) terminal.report([optionUnused("--simd", folder, reason)]);
  }
  if (html !== undefined) checkWritable(html);
  const started = performance.now();
  const compiled = await openCompiled(folder, simd === undefined ? {} : { simd });
  const loaded = performance.now();
  const inputs = madeUpInputs(compiled.inputs);
  const firstRun = performance.now();
  compiled.model.run(inputs);
  const firstAnswer = loaded - started + performance.now() - firstRun;
  const latency = measureLatency(compiled.model, inputs, runs, terminal.progress("timing", runs));
  const layers = wantsLayers ? await measureLayers(compiled, inputs, runs, terminal) : undefined;
  const measured: Measured = { compiled, latency, firstAnswer };
  if (layers && html !== undefined) {
    const { model } = compiled.manifest;
    const page = layerPage(
      { model, engine: engineOf(compiled), figures: rowsOf(measured) },
      layers,
    );
    writeFileAtomically(html, page);
  }
  terminal.result({ runs, ...jsonOf(measured), ...(layers && { layers }) }, () => {
    const table = layers && ["", layerTable(layers), productLine(layers)];
    return [engineOf(compiled), rowsText(rowsOf(measured)), ...(table ?? [])].join("\n");
  });
}

async function measureLayers(
  { model, manifest }: CompiledFolder,
  inputs: MadeUpInputs,
  runs: number,
  terminal: Terminal,
): Promise<LayerReport> {
  const product = await openPlainProduct(model.family!);
  const own = { model, inputs, steps: manifest.steps.length };
  const progress = terminal.progress("timing layers", runs);
  const [times, productTimes] = timeSteps([own, product], runs, progress);
  const productTime = productTimes!.reduce((sum, ms) => sum + ms, 0);
  return reportLayers(manifest.steps, times!, throughputOf(plainProductMacs, productTime));
}

/** What is known of the whole program. */
interface Measured {
  readonly compiled: CompiledFolder;
  readonly latency: Latency;
  /** Milliseconds from opening the folder to the end of the first inference. */
  readonly firstAnswer: number;
}

function jsonOf({ compiled: { manifest, model, files }, latency, firstAnswer }: Measured): object {
  const { target, arenaBytes, arenaLowerBoundBytes, constantBytes } = manifest;
  const { family } = model;
  const sizes = { files, arenaBytes, arenaLowerBoundBytes, constantBytes };
  const engine = { node: process.versions.node, processor: cpus()[0]?.model };
  return { ...latency, firstAnswer, target, ...(family && { family }), engine, ...sizes };
}

function rowsOf({ compiled, latency, firstAnswer }: Measured) {
  const { arenaBytes, arenaLowerBoundBytes } = compiled.manifest;
  const milliseconds = Object.entries({ ...latency, "first answer": firstAnswer });
  return [
    ...milliseconds.map(([name, ms]) => [name, `${ms.toFixed(3)} ms`] as const),
    ...Object.entries(compiled.files).map(([name, bytes]) => [name, byteText(bytes)] as const),
    ["arena", byteText(arenaBytes)] as const,
    ["arena, at least", byteText(arenaLowerBoundBytes)] as const,
  ];
}

/** `relaxed SIMD · Node 24.1.0 · AMD EPYC`. */
function engineOf({ model: { family } }: CompiledFolder): string {
  const program = family ? `${family} SIMD` : "JavaScript";
  return [program, `Node ${process.versions.node}`, cpus()[0]?.model ?? process.arch].join(" · ");
}

function productLine({ product }: LayerReport): string {
  const figure = `${product.gmacsPerSecond.toFixed(1)} GMAC/s`;
  return `plain product, int8 784 × 256 × 256: ${figure}, ${product.ms.toFixed(3)} ms`;
}
