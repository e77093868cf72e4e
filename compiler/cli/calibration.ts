import { lintSamples } from "../calibrate/lint.ts";
import { parseStatistics, printStatistics } from "../calibrate/statistics-file.ts";
import type { Samples, StatisticsByName } from "../compile.ts";
import { accept, type Listener } from "../listener.ts";
import { calibrate, type PreparedModel } from "../pipeline.ts";
import { readDataset } from "./data/dataset.ts";
import { expectedInputs, type FittedDataset, fitDataset } from "./data/fit.ts";
import type { Preprocessing } from "./data/preprocessing.ts";
import { readText, writeFileAtomically } from "./files.ts";
import { kernelLibrary } from "./kernel-library.ts";
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
 * How to get the statistics of all values that need a range: measured on samples, or read from a file; nothing when
 * neither is given. With `saveStats`, all float values are measured, so that the file serves other rules too.
 */
export function statisticsFrom(
  request: CalibrationRequest,
  listener: Listener,
): ((prepared: PreparedModel) => StatisticsByName) | undefined {
  const { calib, stats, saveStats } = request;
  if (stats !== undefined) return () => parseStatistics(readText(stats), stats);
  if (calib === undefined) return undefined;
  return (prepared) => {
    const statistics = measure(prepared, calib, request, listener);
    if (saveStats !== undefined) writeFileAtomically(saveStats, printStatistics(statistics));
    return statistics;
  };
}

function measure(
  prepared: PreparedModel,
  calib: readonly string[],
  { preprocessing, saveStats }: CalibrationRequest,
  listener: Listener,
): StatisticsByName {
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
    module: kernelLibrary("baseline"),
    progress: (runs) => progress(Math.min(data.count, runs * data.batch)),
  });
  return accept(calibrated, listener);
}

function* samplesOf({ runs, run }: FittedDataset): Samples {
  for (let i = 0; i < runs; i++) yield run(i);
}
