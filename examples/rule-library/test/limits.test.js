import { readFileSync } from "node:fs";
import { test } from "node:test";
import { joins, refusesNearMisses, rulesOf, sound } from "qcfg/testing";

const text = readFileSync(new URL("../rules/limits.qcfg", import.meta.url), "utf8");
const rules = rulesOf(text, { path: "limits.qcfg" });

for (const rule of rules.rewrites) {
  test(`${rule.name} keeps what a graph computes`, () => sound(rule, rules));
  test(`${rule.name} fires nowhere else`, () => refusesNearMisses(rule, rules));
}

test("limits have one result", () => joins(rules));
