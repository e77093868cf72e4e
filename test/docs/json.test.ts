import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { commands } from "../../compiler/cli/command-list.ts";
import {
  calibration,
  json,
  labels,
  model,
  rules,
  samples,
  temporaryPaths,
} from "../cli/support.ts";

const page = readFileSync(new URL("../../docs/json.md", import.meta.url), "utf8");
const at = temporaryPaths();
copyFileSync(rules, at("rules.qcfg"));
writeFileSync(at("scheme.qcfg"), 'import "std/default8bit"\n');
writeFileSync(at("wrong.qcfg"), "quantize A on l: Dens set * = float\n");
const ranges = ["--stats", at("ranges.json")];
const scheme = [model, "--rules", at("rules.qcfg"), ...ranges];
const data = ["--data", samples, "--labels", labels];

/** In this order: later ones read what earlier ones write. Each with the first cell of its row. */
const calls: readonly (readonly [row: string, args: readonly string[]])[] = [
  [
    "export",
    ["export", model, "--calib", calibration, "--save-stats", at("ranges.json"), "-o", at("x")],
  ],
  ["init", ["init", at("project")]],
  ["compile", ["compile", ...scheme, "--target", "js", "-o", at("out")]],
  ["run", ["run", at("out"), "--input", samples, "--output", at("y.npy")]],
  ["eval", ["eval", at("out"), ...data]],
  ["bench", ["bench", at("out"), "--runs", "2"]],
  ["inspect MODEL", ["inspect", model]],
  ["inspect DIR", ["inspect", at("out")]],
  ["check", ["check", at("rules.qcfg"), "--model", model]],
  ["test", ["test", at("scheme.qcfg"), "--runs", "1"]],
  ["types", ["types", at("rules.qcfg")]],
  ["fmt", ["fmt", at("rules.qcfg")]],
  ["explain MODEL", ["explain", ...scheme]],
  ["explain CODE", ["explain", "--code", "QC1204"]],
  ["diff", ["diff", at("scheme.qcfg"), at("rules.qcfg"), model, ...ranges]],
];

/** Names in backticks, those in parentheses apart. */
function fieldsOf(row: string): {
  readonly all: readonly string[];
  readonly optional: ReadonlySet<string>;
} {
  const cell = page
    .split("\n")
    .find((line) => line.startsWith(`| \`${row}\` |`))!
    .split("|")[2]!;
  const names = (pattern: RegExp) => [...cell.matchAll(pattern)].map(([, name]) => name!);
  return { all: names(/`(\w+)`/g), optional: new Set(names(/\(`(\w+)`\)/g)) };
}

/** Told of beside the fields: words that values have, and the other of two shapes. */
const words = new Set([
  ...["integer", "float", "simulated", "compiled", "model", "perplexity", "json"],
  ...["replay", "failures"],
]);

it("each command has a row, but for the server, whose language is another", () => {
  const missing = commands
    .map(({ name }) => name)
    .filter((name) => !page.includes(`| \`${name}\` |`) && !page.includes(`| \`${name} `));
  expect(missing.filter((name) => name !== "lsp")).toEqual([]);
  expect(commands.length).toBeGreaterThan(10);
});

describe("the document of", () => {
  it.each(calls)("%s is as the manual says", async (row, args) => {
    const document = await json(...args);
    const { all, optional } = fieldsOf(row);
    const fields = Object.keys(document).filter((name) => name !== "diagnostics");
    expect(fields.filter((name) => !all.includes(name))).toEqual([]);
    const required = all.filter((name) => !optional.has(name) && !words.has(name));
    expect(required.filter((name) => !fields.includes(name))).toEqual([]);
    expect(document.diagnostics).toBeInstanceOf(Array);
  });

  it("lists of objects are told field by field", async () => {
    const { nodes, borders, groups, rules: explained } = await json("explain", ...scheme);
    const told = (name: string) => page.includes(`\`${name}\``);
    for (const entry of [
      ...nodes,
      ...borders,
      ...groups,
      ...explained,
      ...nodes.flatMap((n: { sites: object[] }) => n.sites),
    ])
      for (const name of Object.keys(entry)) expect([name, told(name)]).toEqual([name, true]);
  });
});
