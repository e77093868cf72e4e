import { readFileSync, writeFileSync } from "node:fs";
import { expect, it } from "vitest";
import { startingProject } from "../../compiler/cli/starting-project.ts";
import { ops } from "../../compiler/ops/index.ts";
import { testFile } from "../../compiler/testing/test-file.ts";
import { format, parse } from "../../grammar/index.ts";
import { testedText } from "../testing/support.ts";
import { json, qcfg, temporaryPaths } from "./support.ts";

const path = temporaryPaths();

it("writes a project, and nothing over what is there", async () => {
  const { files } = await json("init", path("project"));
  expect(files).toEqual(["rules.qcfg", "package.json", "README.md", ".gitignore"]);
  const rules = path("project", "rules.qcfg");
  writeFileSync(rules, "// mine\n");
  const again = await qcfg("init", path("project"));
  expect(again.status).toBe(1);
  expect(again.stderr).toContain("QC2549");
  expect(readFileSync(rules, "utf8")).toBe("// mine\n");
}, 120_000);

it("has rules that are in canonical form, pass their tests and keep all laws", () => {
  const text = startingProject().get("rules.qcfg")!;
  expect(format(parse("rules.qcfg", text).value)).toBe(text);
  const { tests, failures } = testFile("rules.qcfg", testedText(text), ops, { runs: 8 });
  expect(tests.flatMap((test) => test.failures)).toEqual([]);
  expect(failures).toEqual([]);
});
