import { readFileSync, writeFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { calibration, json, model, qcfg, rules, temporaryPaths } from "../cli/support.ts";

const at = temporaryPaths();
const scheme = ["compile", model, "--rules", rules, "--target", "js"];
const lock = at("digits.lock");

beforeAll(async () => {
  await json(...scheme, "--calib", calibration, "--save-lock", lock, "-o", at("measured"));
}, 30_000);

/** A copy of the lock file, changed. */
function changed(name: string, change: (text: string) => string): string {
  writeFileSync(at(name), change(readFileSync(lock, "utf8")));
  return at(name);
}

describe("a lock file", () => {
  it("is JSON, one site a line, sorted", () => {
    const text = readFileSync(lock, "utf8");
    const { sites, ...head } = JSON.parse(text);
    expect(head).toEqual({
      format: "qcfg-lock",
      version: 1,
      model: expect.stringMatching(/^[0-9a-f]{64}$/),
      rules: expect.stringMatching(/^[0-9a-f]{64}$/),
      data: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    const names = sites.map(({ node, slot }: Record<string, string>) => `${node} ${slot}`);
    expect(names).toEqual(names.toSorted());
    expect(text.split("\n").filter((line) => line.startsWith('    {"node":'))).toHaveLength(
      sites.length,
    );
    expect(sites.find(({ node }: Record<string, string>) => node === "stem_relu")).toMatchObject({
      slot: "output",
      quantizer: "Percentile(99.9, int8, per: tensor, affine)",
      rule: "StemClipped",
      dtype: "int8",
      zeroPoint: [-128],
    });
  });

  it("gives the same program without data, and the same file again", async () => {
    await json(...scheme, "--lock", lock, "--save-lock", at("again.lock"), "-o", at("locked"));
    for (const name of ["model.bin", "model.js", "model.json"])
      expect(readFileSync(at("locked", name))).toEqual(readFileSync(at("measured", name)));
    expect(readFileSync(at("again.lock"), "utf8")).toBe(readFileSync(lock, "utf8"));
  });

  it("serves an export, and explains its scales", async () => {
    const exported = ["export", model, "--rules", rules, "--lock", lock, "-o", at("m.onnx")];
    expect((await qcfg(...exported)).status).toBe(0);
    const { stdout } = await qcfg(
      ...["explain", model, "--rules", rules, "--lock", lock, "--node", "conv"],
    );
    expect(stdout).toContain("the lock file → int8, scale");
  });

  it("is rejected where the rules ask for other sites", async () => {
    const { status, stderr } = await qcfg("compile", model, "--lock", lock, "-o", at("never"));
    expect(status).toBe(1);
    expect(stderr).toContain("error[QC2631]: the lock file does not fit");
    expect(stderr).toMatch(/logits\.kernel: locked as `float`, now `LinearTo8Bits` asks for/);
    expect(stderr).toContain("logits.input[0]: locked by `LogitsInFloat`, and the model has no");
  });

  it("says where model or rules are others and it fits all the same", async () => {
    const commented = at("commented.qcfg");
    writeFileSync(commented, `// Another text of the same rules.\n${readFileSync(rules, "utf8")}`);
    const compile = ["compile", model, "--rules", commented, "--lock", lock, "--target", "js"];
    const { status, stderr } = await qcfg(...compile, "-o", at("commented"));
    expect(status).toBe(0);
    expect(stderr).toContain(
      "warning[QC2632]: the lock file was written for other files: the rules changed",
    );
    expect((await qcfg(...compile, "-o", at("denied"), "--deny", "QC2632")).status).toBe(1);
  });

  it.each([
    ["no JSON", () => "{"],
    ["another format", (text: string) => text.replace("qcfg-lock", "lock")],
    ["another version", (text: string) => text.replace('"version": 1', '"version": 2')],
    ["no digest", (text: string) => text.replace('"data"', '"date"')],
    ["a site twice", (text: string) => text.replace(/^.*"pool1".*$/m, "$&\n$&")],
    ["marks of a merge", (text: string) => `<<<<<<< ours\n${text}`],
    ["a negative scale", (text: string) => text.replace('"scale":[0', '"scale":[-0')],
    ["a zero point out of range", (text: string) => text.replace("[-128]", "[-129]")],
    ["another type", (text: string) => text.replace('"dtype":"int8"', '"dtype":"float32"')],
    [
      "tied sites of two scales",
      (text: string) => text.replace(/("pool1".*?"scale":\[)[^\]]*/, "$10.5"),
    ],
  ])("is rejected with %s", async (name, change) => {
    const file = changed(`${name.replaceAll(" ", "-")}.lock`, change);
    const { status, stderr } = await qcfg(...scheme, "--lock", file, "-o", at("never"));
    expect(status).toBe(1);
    expect(stderr).toContain("error[QC2630]: this is not a lock file");
  });
});
