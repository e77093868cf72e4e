import { existsSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { json, model, qcfg, rules, temporaryPaths } from "../cli/support.ts";

const at = temporaryPaths();

function file(name: string, text: string): string {
  writeFileSync(at(name), text);
  return at(name);
}

const own = file(
  "own.qcfg",
  `import "./imported.qcfg"
quantizer a8 = AllValues(int8, per: tensor, affine)
quantize Wish {
  match d: Dense
  set d.output = a8
}
quantize SecondInput {
  match c: Conv2D -> ReLU -> e: any
  require c == first(Conv2D)
  set c.output[1] = a8
  fuse c, e
}
quantize LastInFloat override {
  match d: Dense
  require d.name ~ /logits/ || d.name ~ /predictions_.*/
  set d.* = float
}
`,
);
file(
  "imported.qcfg",
  `import "std/default8bit"
quantize Attention { match MatMul -> s: Softmax set s.output = float }
`,
);
const on = ["--model", model];
/** Warnings that are told, by code. */
const told = ({ stderr }: { readonly stderr: string }) =>
  [...stderr.matchAll(/^(\w+)\[(QC\d+)\]/gm)].map(([, severity, code]) => `${severity} ${code}`);

/** What is never silent: lints, their codes, and what they are told of. */
const lints = [
  ["unmatched-rule", "QC2601", "`Attention` matches nothing"],
  ["unknown-name", "QC2602", "like `predictions_.*`"],
  ["lost-request", "QC2603", "`Wish` asks for gives way to `LastInFloat` at 1 site"],
  ["idle-clause", "QC2605", "`c.output[1]` of `SecondInput` stands for nothing"],
  ["idle-clause", "QC2605", "`fuse c, e` of `SecondInput` makes nothing one unit"],
  ["float-op", "QC2604", "1 `Dense` stays in float: `LastInFloat` asks for float"],
] as const;

describe.each(lints)("%s", (lint, code, text) => {
  it("is a warning with --warn, and an error with --deny or with its code", async () => {
    const warned = await qcfg("check", own, ...on, "--warn", lint);
    expect(warned.status).toBe(0);
    expect(told(warned)).toContain(`warning ${code}`);
    expect(warned.stderr).toContain(text);
    for (const name of [lint, code]) {
      const denied = await qcfg("check", own, ...on, "--deny", name);
      expect(denied.status).toBe(1);
      expect(told(denied)).toContain(`error ${code}`);
    }
  });
});

it("only what is surely a mistake is a warning unasked", async () => {
  expect(told(await qcfg("check", own, ...on)).sort()).toEqual([
    "warning QC2602",
    "warning QC2605",
    "warning QC2605",
  ]);
});

it("--deny warnings takes all that is told", async () => {
  const { status, stderr } = await qcfg("check", own, ...on, "--deny", "warnings");
  expect(status).toBe(1);
  expect(new Set(told({ stderr }))).toEqual(new Set(["error QC2602", "error QC2605"]));
  const clean = await qcfg("check", rules, ...on, "--deny", "warnings");
  expect(clean.status).toBe(0);
  const all = await qcfg("check", rules, ...on, "--warn", "float-op", "--deny", "warnings");
  expect(told(all)).toEqual(["error QC2604"]);
});

it("the summary of a compilation has all of it, and nothing is written where it is denied", async () => {
  const statistics = ["--stats", at("ranges.json"), "--target", "js", "-o", at("out")];
  const { calibration } = await import("../cli/support.ts");
  await json(
    ...["compile", model, "--calib", calibration, "--save-stats", at("ranges.json")],
    ...["--target", "js", "-o", at("first")],
  );
  const denied = await qcfg("compile", model, "--rules", own, ...statistics, "--deny", "float-op");
  expect(denied.status).toBe(1);
  expect(existsSync(at("out"))).toBe(false);
  const report = await json("compile", model, "--rules", own, ...statistics);
  expect(report.findings.map(({ lint }: { lint: string }) => lint)).toEqual(
    lints.map(([lint]) => lint),
  );
  expect(report.coverage.share).toBeGreaterThan(0.99);
  const { stdout } = await qcfg("compile", model, "--rules", own, ...statistics);
  for (const [, , text] of lints.slice(0, -1)) expect(stdout).toContain(text);
  expect(stdout).toContain("float: logits (Dense): `LastInFloat` asks for float");
  const exported = ["export", model, "--rules", own, "--stats", at("ranges.json")];
  const refused = await qcfg(...exported, "-o", at("x.onnx"), "--deny", "lost-request");
  expect(told(refused)).toContain("error QC2603");
  expect(existsSync(at("x.onnx"))).toBe(false);
});

it("rules that quantize nothing are told, and can be denied; weights alone are something", async () => {
  const empty = file("empty.qcfg", "");
  const compiled = ["compile", model, "--rules", empty, "--target", "js", "-o", at("empty")];
  const { status, stdout } = await qcfg(...compiled);
  expect(status).toBe(0);
  expect(stdout).toContain("the rules quantize nothing");
  const denied = await qcfg("check", empty, ...on, "--deny", "nothing-quantized");
  expect(told(denied)).toEqual(["error QC2606"]);
  expect(denied.stderr).toContain('`import "std/default8bit"` takes the default scheme');
  const weights = file(
    "weights.qcfg",
    "quantize W on l: Dense set kernel = LastValue(int8, per: channel, symmetric)",
  );
  expect(told(await qcfg("check", weights, ...on, "--deny", "nothing-quantized"))).toEqual([]);
});

describe("coverage", () => {
  it("is of the multiply-accumulates, and 100% leaves no op in float", async () => {
    const least = (share: string) => qcfg("check", rules, ...on, "--min-coverage", share);
    expect((await least("99.8%")).status).toBe(0);
    expect((await least("0.998")).status).toBe(0);
    const { status, stderr } = await least("100%");
    expect(status).toBe(1);
    expect(stderr).toContain("error[QC2610]: `--min-coverage 100%` is not reached");
    expect(stderr).toContain("digits.onnx › logits: `Dense` in float: `LogitsInFloat`");
  });

  it.each([
    ["integer_only", "1 op of the model stays in float"],
    ["coverage >= 0.9999", "the coverage of the model is 99.85%, below 99.99%"],
  ])("is required by a rule file: %s", async (requirement, message) => {
    const strict = file("strict.qcfg", `import "./last.qcfg"\nrequire ${requirement}\n`);
    file(
      "last.qcfg",
      'import "std/default8bit"\nquantize Last { match d: Dense set d.* = float }\n',
    );
    const { status, stderr } = await qcfg("check", strict, ...on);
    expect(status).toBe(1);
    expect(stderr).toContain(`error[QC2611]: ${message}`);
    expect(stderr).toContain(`2 │ require ${requirement}`);
    const met = file("met.qcfg", 'import "std/default8bit"\nrequire integer_only\n');
    expect((await qcfg("check", met, ...on)).status).toBe(0);
  });

  it.each([
    [["--min-coverage", "90"], "Expected a share"],
    [["--deny", "floats"], "Expected one of unmatched-rule, unknown-name"],
    [["--warn", "QC2604"], "Expected one of unmatched-rule, unknown-name"],
  ])("does not guess what %j means", async (args, message) => {
    const { status, stderr } = await qcfg("check", rules, ...on, ...args);
    expect(status).toBe(2);
    expect(stderr).toContain(message);
  });

  it("needs a model", async () => {
    const { status, stderr } = await qcfg("check", rules, "--min-coverage", "90%");
    expect(status).toBe(2);
    expect(stderr).toContain("name it with `--model`");
  });
});
