import { lintSamples } from "../calibrate/lint.ts";
import type { Statistics } from "../calibrate/statistics.ts";
import { parseStatistics, printStatistics } from "../calibrate/statistics-file.ts";
import type { Tensor } from "../ir/types.ts";
import { calibrate, type PreparedModel } from "../pipeline.ts";
import { readDataset } from "./data/dataset.ts";
import { reject } from "./data/diagnostics.ts";
import { expectedInputs, type FittedDataset, fitDataset } from "./data/fit.ts";
import type { Preprocessing } from "./data/preprocessing.ts";
import { rangesNeeded } from "./diagnostics.ts";
import { readText, writeFileAtomically } from "./files.ts";
import { accept, type Listener } from "./listener.ts";
import { inputsOf } from "./runnable.ts";

/** Where ranges come from, and where they are kept for another time. */
export interface CalibrationRequest {
  /** Data files, as `readDataset` takes them. */
  readonly calib?: readonly string[] | undefined;
  readonly stats?: string | undefined;
  readonly saveStats?: string | undefined;
  readonly preprocessing?: Preprocessing | undefined;
}

/**
 * The statistics of all values that need a range: measured on samples, or read from a file. Rejects a model whose
 * rules need some when neither is given. With `saveStats`, all float values are measured, so that the file serves
 * other rules too.
 * @param model the file, for messages
 */
export function statisticsFor(
  prepared: PreparedModel,
  model: string,
  request: CalibrationRequest,
  listener: Listener,
): ReadonlyMap<string, Statistics> {
  const { calib, stats, saveStats } = request;
  if (stats !== undefined) return parseStatistics(readText(stats), stats);
  if (calib === undefined) {
    if (prepared.names.size > 0) reject(rangesNeeded(model, prepared.names.size));
    return new Map();
  }
  const statistics = measure(prepared, calib, request, listener);
  if (saveStats !== undefined) writeFileAtomically(saveStats, printStatistics(statistics));
  return statistics;
}

function measure(
  prepared: PreparedModel,
  calib: readonly string[],
  { preprocessing, saveStats }: CalibrationRequest,
  listener: Listener,
): ReadonlyMap<string, Statistics> {
  const inputs = inputsOf(prepared.graph);
  const data = fitDataset(readDataset(calib), inputs, preprocessing);
  listener.report(data.notes);
  accept(
    { value: data, diagnostics: lintSamples(data.sources, expectedInputs(data, inputs)) },
    listener,
  );
  const progress = listener.progress("calibrating", data.count);
  const calibrated = calibrate(prepared, samplesOf(data), {
    everything: saveStats !== undefined,
    progress: (runs) => progress(Math.min(data.count, runs * data.batch)),
  });
  return accept(calibrated, listener);
}

function* samplesOf({ runs, run }: FittedDataset): Iterable<ReadonlyMap<string, Tensor>> {
  for (let i = 0; i < runs; i++) yield run(i);
}
