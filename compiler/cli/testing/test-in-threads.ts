import { extname } from "node:path";
import { Worker } from "node:worker_threads";
import { ops } from "../../ops/index.ts";
import { type PartReport, partsOf, testPart } from "../../testing/test-parts.ts";
import type { TestedLibrary } from "../../testing/tested-library.ts";

/** How thoroughly threads test. */
export interface ThreadOptions {
  readonly runs: number;
  readonly seed: number;
  /** No new graph is begun after it, in milliseconds since 1970; absent for no limit. */
  readonly end?: number;
}

/** A part of a rule file, by its number. */
export interface PartOfFile {
  readonly path: string;
  readonly part: number;
}

/** A thread reads the rules anew, which takes as long as some parts. */
const leastParts = 12;

/**
 * What became of each part of each file, in their order, whichever thread was the first to be done. Seeds belong to rules, so that the
 * number of threads changes nothing.
 */
export async function testInThreads(
  files: readonly { readonly path: string; readonly tested: TestedLibrary }[],
  jobs: number,
  options: ThreadOptions,
  told: (steps: number) => void,
): Promise<readonly (readonly PartReport[])[]> {
  const all = files.map(({ tested }) => partsOf(tested));
  const waiting = files.flatMap(({ path }, file) =>
    all[file]!.map((_, part) => ({ path, file, part })),
  );
  const reports = all.map((parts) => new Array<PartReport>(parts.length));
  const threads = Math.min(jobs, Math.floor(waiting.length / leastParts));
  const here = (file: number, part: number): PartReport => {
    const { runs, seed, end } = options;
    const isOver = () => end !== undefined && Date.now() > end;
    return testPart(all[file]![part]!, files[file]!.tested, ops, { runs, seed, isOver });
  };
  const work = async (test: (one: PartOfFile & { file: number }) => Promise<PartReport>) => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      reports[next.file]![next.part] = await test(next);
      told(all[next.file]![next.part]!.steps);
    }
  };
  if (threads < 2) {
    await work(async ({ file, part }) => here(file, part));
    return reports;
  }
  const started = Array.from({ length: threads }, () => startThread(options));
  try {
    await Promise.all(
      started.map((thread) =>
        work(
          async ({ path, file, part }) => (await thread.test({ path, part })) ?? here(file, part),
        ),
      ),
    );
  } finally {
    // A thread that waits would keep the process from ending.
    for (const thread of started) void thread.stop();
  }
  return reports;
}

function startThread(options: ThreadOptions) {
  const url = new URL(`test-thread${extname(import.meta.url)}`, import.meta.url);
  const worker = new Worker(url, { workerData: options });
  return {
    test: (part: PartOfFile) =>
      new Promise<PartReport | undefined>((done, fail) => {
        const settle = () => worker.off("message", onMessage).off("error", onError);
        const onMessage = ({ report }: { readonly report?: PartReport }) => {
          settle();
          done(report);
        };
        const onError = (error: Error) => {
          settle();
          fail(error);
        };
        worker.on("message", onMessage).on("error", onError);
        worker.postMessage(part);
      }),
    stop: () => worker.terminate(),
  };
}
