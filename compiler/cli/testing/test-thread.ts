/** A thread of `qcfg test`: tests one part of a file after the other. */
import { parentPort, workerData } from "node:worker_threads";
import { ops } from "../../ops/index.ts";
import { partsOf, type TestPart, testPart } from "../../testing/test-parts.ts";
import type { TestedLibrary } from "../../testing/tested-library.ts";
import { openedRules } from "./opened-rules.ts";
import type { PartOfFile, ThreadOptions } from "./test-in-threads.ts";

const { runs, seed, end } = workerData as ThreadOptions;
const options = { runs, seed, isOver: () => end !== undefined && Date.now() > end };
const opened = new Map<
  string,
  { readonly tested: TestedLibrary; readonly parts: readonly TestPart[] }
>();

function open(path: string) {
  const known = opened.get(path);
  if (known) return known;
  const tested = openedRules(path);
  const file = { tested, parts: partsOf(tested) };
  opened.set(path, file);
  return file;
}

parentPort!.on("message", ({ path, part }: PartOfFile) => {
  try {
    const { tested, parts } = open(path);
    parentPort!.postMessage({ report: testPart(parts[part]!, tested, ops, options) });
  } catch {
    // It fails again where it is asked for, and there with all that is to be told of it.
    parentPort!.postMessage({});
  }
});
