import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { temporaryFolder } from "../support/temporary-folder.ts";

const text = readFileSync(new URL("../../docs/testing.md", import.meta.url), "utf8");
const door = new URL("../../compiler/testing/index.ts", import.meta.url).pathname;
const modules = new URL("../../node_modules/", import.meta.url).pathname;
const folder = temporaryFolder();

/** The examples are what they are shown as: test files, and programs that end. */
const files = [...text.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, example], i) => {
  const path = join(folder, `example-${i}.ts`);
  const code = example!
    .replaceAll('"qcfg/testing"', JSON.stringify(door))
    .replaceAll('"fast-check"', JSON.stringify(join(modules, "fast-check/lib/fast-check.js")))
    .replaceAll('"vitest"', JSON.stringify(join(modules, "vitest/dist/index.js")));
  writeFileSync(path, code);
  return path;
});

describe("the examples of the manual", async () => {
  for (const path of files) await import(path);
  it("are there", () => expect(files).toHaveLength(2));
});
