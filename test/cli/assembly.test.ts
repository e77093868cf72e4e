import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, expect, test } from "vitest";
import { assemblerBeside, openAssembler } from "../../compiler/cli/assembly/assembler-beside.ts";
import { runtimeSources } from "../../compiler/cli/runtime-sources.ts";
import type { AssembleProgram } from "../../compiler/emit/assemble-program.ts";
import { emitWebAssembly } from "../../compiler/emit/emit-webassembly.ts";
import { schedule } from "../../compiler/lower/schedule.ts";
import { ops } from "../../compiler/ops/index.ts";
import { Sketch } from "../rewrite/support.ts";
import { noOrigin } from "../support/models.ts";

const folder = mkdtempSync(join(tmpdir(), "qcfg-assembly-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const scheduled = (op: string) => {
  const s = new Sketch();
  return schedule(s.graph(s.node(op, [s.input("x", [1, 6])], {}, "y")), ops, "onnx");
};
const emit = (op: string, assemble?: AssembleProgram) =>
  emitWebAssembly(scheduled(op), noOrigin, runtimeSources, assemble);

test("another process assembles to the same bytes, each request its own", async () => {
  const some = ["ReLU", "Abs", "Negative"];
  const beside = await Promise.all(some.map((op) => emit(op, assemblerBeside.assemble)));
  expect(beside).toEqual(await Promise.all(some.map((op) => emit(op))));
});

test("what goes wrong there is told here", async () => {
  const plan = scheduled("ReLU");
  const steps = plan.steps.map((step) => ({ ...step, kernel: "nothing" }));
  const outline = { schedule: { ...plan, steps }, plan: { offsets: [0, 64] } };
  const request = outline as unknown as Parameters<AssembleProgram>[0];
  await expect(assemblerBeside.assemble(request)).rejects.toThrow("undefined");
});

test("where the other process ends, this one assembles", async () => {
  const path = join(folder, "ends.mjs");
  writeFileSync(path, "process.exit(9);\n");
  const { assemble, start } = openAssembler(pathToFileURL(path));
  start();
  expect(await emit("Abs", assemble)).toEqual(await emit("Abs"));
});
