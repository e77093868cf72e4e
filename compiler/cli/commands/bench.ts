import type { Command } from "commander";
import { allocate, quantRange, sizeOf, type Tensor } from "../../ir/types.ts";
import { type CompiledFolder, openCompiled } from "../compiled-folder.ts";
import { common, positiveInteger } from "../options.ts";
import type { ModelPort } from "../runnable.ts";
import type { Terminal } from "../terminal.ts";
import { byteText, rowsText } from "../text.ts";

interface BenchOptions {
  readonly runs: number;
}

/** Whichever comes first. */
const warmUpRuns = 10;
const warmUpMilliseconds = 1000;

export function defineBench(program: Command, terminal: Terminal): void {
  const command = program
    .command("bench")
    .summary("latency and size of a compiled folder")
    .description("Times single inferences of a compiled folder on made-up data, after a warm-up.")
    .argument("<folder>", "compiled folder")
    .option("--runs <n>", "inferences to time", positiveInteger, 100);
  common(command, ["bench build/model", "bench build/model --runs 1000 --json"]).action(
    async (folder: string, { runs }: BenchOptions) => {
      const compiled = await openCompiled(folder);
      const latency = measure(compiled, runs, terminal);
      const { arenaBytes, constantBytes } = compiled.manifest;
      const { files } = compiled;
      terminal.result({ runs, ...latency, files, arenaBytes, constantBytes }, () =>
        rowsText([
          ...Object.entries(latency).map(([name, ms]) => [name, `${ms.toFixed(3)} ms`] as const),
          ...Object.entries(files).map(([name, bytes]) => [name, byteText(bytes)] as const),
          ["arena", byteText(arenaBytes)],
        ]),
      );
    },
  );
}

/** Latencies in milliseconds. */
interface Latency {
  readonly min: number;
  readonly median: number;
  readonly mean: number;
  readonly p95: number;
  readonly max: number;
}

function measure({ model, inputs }: CompiledFolder, runs: number, terminal: Terminal): Latency {
  const values = Object.fromEntries(inputs.map((input) => [input.name, madeUp(input).data]));
  const start = performance.now();
  for (let i = 0; i < warmUpRuns && performance.now() - start < warmUpMilliseconds; i++) {
    model.run(values);
  }
  const progress = terminal.progress("timing", runs);
  const times = new Float64Array(runs);
  for (let i = 0; i < runs; i++) {
    const started = performance.now();
    model.run(values);
    times[i] = performance.now() - started;
    progress(i + 1);
  }
  times.sort();
  const at = (share: number) => times[Math.min(runs - 1, Math.ceil(share * runs) - 1)]!;
  const mean = times.reduce((sum, time) => sum + time, 0) / runs;
  return { min: times[0]!, median: at(0.5), mean, p95: at(0.95), max: times[runs - 1]! };
}

/**
 * The same values each time: floats in 0 … 1, quantized integers over their whole range. Other integers are indices,
 * of which only 0 is known to be valid.
 */
function madeUp({ dtype, shape, quant }: ModelPort): Tensor {
  const data = allocate(dtype, sizeOf(shape));
  let state = 1;
  const random = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  if (dtype === "float32") for (let i = 0; i < data.length; i++) data[i] = random();
  else if (quant !== undefined && dtype !== "bool") {
    const [lowest, highest] = quantRange[dtype];
    const draw = () => lowest + Math.floor(random() * (highest - lowest + 1));
    for (let i = 0; i < data.length; i++) data[i] = draw();
  }
  return { dtype, shape, data };
}
