import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { resolveRules, ruleSource } from "../../compiler/cli/rule-files.ts";
import { check } from "../../compiler/compile.ts";
import { ops } from "../../compiler/ops/index.ts";
import {
  joins,
  refusesNearMisses,
  rulesOf,
  sound,
  testedLibrary,
  testFile,
} from "../../compiler/testing/index.ts";
import { format, parse } from "../../grammar/index.ts";

const folder = new URL("../../examples/rule-library/rules/", import.meta.url).pathname;

describe.each(readdirSync(folder))("the library of examples, %s", (name) => {
  const path = `${folder}${name}`;
  const text = readFileSync(path, "utf8");

  it("has no fault and is in canonical form", () => {
    expect(check(ruleSource(path), resolveRules)).toEqual([]);
    expect(format(parse(path, text).value)).toBe(text);
  });

  it("passes its tests and keeps all laws", () => {
    const { value } = testedLibrary({ path, text }, { ops, resolve: resolveRules });
    const { tests, failures, rules } = testFile(path, value!, ops, { runs: 20 });
    expect(tests.flatMap((test) => test.failures.map(({ message }) => message))).toEqual([]);
    expect(failures.map(({ message }) => message)).toEqual([]);
    for (const rule of rules) expect(rule.matched, rule.rule).toBeGreaterThan(0);
  });
});

it("its tests in Node say the same", () => {
  const rules = rulesOf(readFileSync(`${folder}limits.qcfg`, "utf8"), { path: "limits.qcfg" });
  for (const rule of rules.rewrites) {
    sound(rule, rules, { runs: 20 });
    refusesNearMisses(rule.name, rules, { runs: 20 });
  }
  joins(rules, { runs: 20 });
});
