/**
 * Perplexity of the character transformer, float beside each scheme of the standard library: all sequences of the evaluation
 * data, 100 of calibration. `node bench/transformer.ts [SCHEME…] [--limit N]`. Needs the folder of models beside the project.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type CompileRequest, compileToFolder, loadFolder } from "../compiler/cli/node.ts";
import type { Tensor } from "../compiler/ir/types.ts";
import {
  accepted,
  arrayOf,
  hasShared,
  importShared,
  samplesOf,
  sharedPath,
  take,
} from "../test/support/models.ts";

const schemes = ["default8bit", "dynamic", "weights4", "int16x8", "tflite", "onnxruntime"] as const;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { limit: { type: "string", default: "300" } },
});
if (!hasShared) process.exit(0);

const name = "char_transformer.onnx";
const samples = samplesOf(importShared(name).graph, "data/charlm/eval_x.npy");
const labels = arrayOf("data/charlm/eval_y.npy").data as ArrayLike<number>;
const folder = mkdtempSync(join(tmpdir(), "qcfg-transformer-"));
const ranges = { calib: [sharedPath("data/charlm/calib_x.npy")] };

const row = ([first, ...others]: readonly string[]) =>
  console.log(first!.padEnd(14) + others.map((cell) => cell.padStart(12)).join(""));

row(["scheme", "perplexity", "difference", "coverage", "model.bin"]);
const float = await measured("float", { float: true });
row(["float", float.perplexity.toFixed(4), "", "", float.size]);
for (const scheme of schemes) {
  if (positionals.length > 0 && !positionals.includes(scheme)) continue;
  const needsRanges = scheme !== "dynamic" && scheme !== "weights4";
  const rules = `std/${scheme}`;
  const { perplexity, coverage, size } = await measured(scheme, {
    rules,
    ...(needsRanges && ranges),
  });
  const difference = `${(100 * (perplexity / float.perplexity - 1)).toFixed(2)} %`;
  row([scheme, perplexity.toFixed(4), difference, `${(100 * coverage).toFixed(1)} %`, size]);
}
rmSync(folder, { recursive: true });

async function measured(scheme: string, request: Partial<CompileRequest>) {
  const model = sharedPath(`models/${name}`);
  const compiled = { folder: join(folder, scheme), model, ...request };
  const report = accepted(await compileToFolder(compiled));
  const { run } = accepted(await loadFolder(compiled.folder));
  const count = Math.min(Number(values.limit), samples.count);
  const size = `${(report.files["model.bin"]! / 1000).toFixed(0)} kB`;
  return { perplexity: perplexityOf(run, count), coverage: report.coverage.share, size };
}

/** The exponential of the mean surprise at the labels. */
function perplexityOf(
  run: (inputs: ReadonlyMap<string, Tensor>) => ReadonlyMap<string, Tensor>,
  count: number,
): number {
  let [surprise, at] = [0, 0];
  for (const sample of take(samples, count)) {
    const [logits] = [...run(sample).values()];
    const classes = 65;
    for (let from = 0; from < logits!.data.length; from += classes, at++) {
      const row = logits!.data.subarray(from, from + classes) as Float32Array;
      const most = Math.max(...row);
      const sum = row.reduce((total, x) => total + Math.exp(x - most), 0);
      surprise += Math.log(sum) + most - row[labels[at]!]!;
    }
  }
  return Math.exp(surprise / at);
}
