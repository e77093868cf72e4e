import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout } from "node:timers/promises";
import type { Compilation } from "./claims.ts";

const main = join(resolve(import.meta.dirname, "../.."), "compiler/cli/main.ts");

/** Kept by each process that `METERS` is handed down to: a file that is empty until it ends, then what it took; the memory in KiB. */
const meter = `data:text/javascript,${encodeURIComponent(`
import { writeFileSync } from "node:fs";
const path = process.env.METERS + "/" + process.pid;
writeFileSync(path, "");
process.on("exit", () => {
  const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage();
  writeFileSync(path, JSON.stringify([maxRSS, userCPUTime + systemCPUTime]));
});`)}`;

/**
 * Runs the command line in a process of its own. Throws with what it says, where it fails. The processor time and the memory are
 * those of all its processes together, as if all had their most at once.
 */
export async function runMeasured(words: readonly string[]): Promise<Compilation> {
  const folder = mkdtempSync(join(tmpdir(), "qcfg-meters-"));
  try {
    const started = performance.now();
    const { status, stderr } = spawnSync(process.execPath, [main, ...words], {
      stdio: ["ignore", "ignore", "pipe"],
      encoding: "utf8",
      env: { ...process.env, NODE_OPTIONS: `--import ${meter}`, METERS: folder },
    });
    const seconds = (performance.now() - started) / 1000;
    if (status !== 0) throw new Error(`qcfg ${words.join(" ")}:\n${stderr}`);
    const taken = await readMeters(folder);
    return {
      seconds,
      cpuSeconds: taken.reduce((sum, [, microseconds]) => sum + microseconds, 0) / 1e6,
      peakBytes: taken.reduce((sum, [kibibytes]) => sum + kibibytes, 0) * 1024,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Of every process, once all have ended: those that were started end a little after the first. */
async function readMeters(folder: string): Promise<readonly (readonly [number, number])[]> {
  for (let waited = 0; waited < 5000; waited += 20) {
    const texts = readdirSync(folder).map((name) => readFileSync(join(folder, name), "utf8"));
    if (texts.every((text) => text !== "")) return texts.map((text) => JSON.parse(text));
    await setTimeout(20);
  }
  throw new Error("a process of the command line does not end");
}
