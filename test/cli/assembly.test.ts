import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, expect, test } from "vitest";
import { assemblerBeside, openAssembler } from "../../compiler/cli/assembly/assembler-beside.ts";
import { programLoader } from "../../compiler/cli/program-loader.ts";
import { runtimeSources } from "../../compiler/cli/runtime-sources.ts";
import { assemble } from "../../compiler/emit/assemble.ts";
import { linkedLoader } from "../../compiler/emit/link-javascript.ts";

const folder = mkdtempSync(join(tmpdir(), "qcfg-assembly-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const entry = "program.ts";
const program = (result: number) =>
  new Map([[entry, `export function run(): i32 {\n  return ${result};\n}\n`]]);

test("the package has the loader that is linked from its sources", () => {
  expect(programLoader()).toBe(linkedLoader(runtimeSources));
});

test("another process assembles to the same bytes, each request its own", async () => {
  const results = [1, 2, 3];
  const beside = await Promise.all(
    results.map((result) => assemblerBeside.assemble(program(result), entry, "baseline")),
  );
  const here = await Promise.all(
    results.map((result) => assemble(program(result), entry, "baseline")),
  );
  expect(beside).toEqual(here);
});

test("what is wrong with a program is told by either", async () => {
  const wrong = new Map([[entry, "export function run(): i32 { return nothing; }"]]);
  const told = /internal: assembler[\s\S]*nothing/;
  await expect(assemblerBeside.assemble(wrong, entry, "relaxed")).rejects.toThrow(told);
});

test("where the other process ends, this one assembles", async () => {
  const path = join(folder, "ends.mjs");
  writeFileSync(path, "process.exit(9);\n");
  const { assemble: beside, start } = openAssembler(pathToFileURL(path));
  start();
  const here = await assemble(program(4), entry, "relaxed");
  expect(await beside(program(4), entry, "relaxed")).toEqual(here);
});
