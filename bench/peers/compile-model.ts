import { spawnSync } from "node:child_process";
import { join, resolve } from "node:path";
import type { Compilation } from "./claims.ts";

const main = join(resolve(import.meta.dirname, "../.."), "compiler/cli/main.ts");

/** Tells at the end on a pipe of its own what a process took; the memory in KiB. */
const meter = `data:text/javascript,${encodeURIComponent(`
import { writeSync } from "node:fs";
process.on("exit", () => {
  const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage();
  writeSync(3, JSON.stringify([maxRSS, userCPUTime + systemCPUTime]));
});`)}`;

/** Runs the command line in a process of its own. Throws with what it says, where it fails. */
export function runMeasured(words: readonly string[]): Compilation {
  const started = performance.now();
  const { status, output } = spawnSync(process.execPath, ["--import", meter, main, ...words], {
    stdio: ["ignore", "ignore", "pipe", "pipe"],
    encoding: "utf8",
  });
  const seconds = (performance.now() - started) / 1000;
  if (status !== 0) throw new Error(`qcfg ${words.join(" ")}:\n${output[2]}`);
  const [kibibytes, microseconds] = JSON.parse(output[3]!) as [number, number];
  return { seconds, cpuSeconds: microseconds / 1e6, peakBytes: kibibytes * 1024 };
}
