import { writeFileSync } from "node:fs";
import { expect, it } from "vitest";
import type { Difference } from "../../compiler/explain/diff.ts";
import { calibration, json, model, qcfg, rules, temporaryPaths } from "../cli/support.ts";

const at = temporaryPaths();
const standard = at("standard.qcfg");
writeFileSync(standard, 'import "std/default8bit"\n');

it("is nothing for one file", async () => {
  const { status, stdout } = await qcfg("diff", rules, rules, model, "--exit-code");
  expect(status).toBe(0);
  expect(stdout).toContain("no difference");
});

it("names nodes, sites, rules and totals", async () => {
  const found: Difference = await json("diff", standard, rules, model, "--calib", calibration);
  expect(found).toMatchObject({ version: 1, model: "digits.onnx", isSame: false });
  expect(found.before.coverage.share).toBe(1);
  expect(found.after.coverage.share).toBeLessThan(1);
  expect(found.after.constantBytes).toBeGreaterThan(found.before.constantBytes);
  const byName = new Map(found.nodes.map((node) => [node.node, node]));
  const logits = byName.get("logits")!;
  expect(logits).toMatchObject({ before: { kind: "integer" }, after: { kind: "float" } });
  expect(logits.rewrites!.before).toMatchObject([{ rule: "IntegerLayer" }]);
  expect(logits.sites).toContainEqual({
    site: "logits.kernel",
    before: expect.objectContaining({ rule: "LinearTo8Bits", dtype: "int8" }),
    after: expect.objectContaining({ rule: "LogitsInFloat", request: "float" }),
  });
  expect(byName.get("logits_dequantize")).not.toHaveProperty("after");
  expect(byName.get("flat_dequantize")).not.toHaveProperty("before");
  expect(byName.has("stem")).toBe(true);
  expect(byName.has("mean")).toBe(false);
});

it("is text, and exits with 1 where that is asked for", async () => {
  const plain = await qcfg("diff", standard, rules, model);
  expect(plain.status).toBe(0);
  expect(plain.stdout).toContain("~ logits (Dense): integer → float");
  expect(plain.stdout).toContain("    + logits.kernel = float by LogitsInFloat");
  expect(plain.stdout).toContain(
    "coverage   100% of 429,488 multiply-accumulates, 13 of 13 ops → ",
  );
  const { status, stdout } = await qcfg("diff", standard, rules, model, "--exit-code");
  expect({ status, stdout }).toEqual({ status: 1, stdout: plain.stdout });
});

it("compares what there is where a rule file has errors, says so and exits with 1", async () => {
  const faulty = at("faulty.qcfg");
  writeFileSync(
    faulty,
    'import "std/default8bit"\nquantize Wide {\n  match p: MaxPool2D { poolSize: [3, 3] }\n  set p.* = float\n}\n',
  );
  const { status, stdout, stderr } = await qcfg("diff", standard, faulty, model);
  expect(stderr).toContain("error[QC2110]: `Wide` matches nothing in the model");
  expect(stdout).toContain("no difference in what could be compared");
  expect(stdout).toContain(`${faulty} has errors`);
  expect(status).toBe(1);
  const told = await qcfg("diff", faulty, rules, model, "--json");
  expect(JSON.parse(told.stdout)).toMatchObject({ isSame: false, faulty: [faulty] });
  expect(told.status).toBe(1);
});
