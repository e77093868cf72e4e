import { readFileSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { readManifest } from "../../compiler/cli/compiled-folder.ts";
import { Rejected } from "../../grammar/source/diagnostic.ts";
import { calibration, json, model, temporaryPaths } from "../cli/support.ts";

const folder = temporaryPaths()("compiled");
await json("compile", model, "--calib", calibration, "-o", folder);
const whole = readFileSync(`${folder}/model.json`, "utf8");

/** What becomes of a manifest in which one field was replaced. */
function read(change: (manifest: Record<string, unknown>) => void) {
  const manifest = JSON.parse(whole);
  change(manifest);
  writeFileSync(`${folder}/model.json`, JSON.stringify(manifest));
  return readManifest(folder);
}

describe("an edited model.json is no manifest", () => {
  it.each([
    "formatVersion",
    "model",
    "target",
    "requantize",
    "inputs",
    "outputs",
    "steps",
    "rules",
    "floatNodes",
    "constantBytes",
    "arenaBytes",
    "arenaLowerBoundBytes",
  ])("with anything else as its %s", (field) => {
    for (const value of [null, true, 0.5, [null], [[]], [{}], [{ name: 1 }]]) {
      expect(() => read((manifest) => (manifest[field] = value))).toThrow(Rejected);
    }
  });

  it("but is one as it was written, and with fields that nobody reads", () => {
    expect(read(() => {}).inputs).toHaveLength(1);
    expect(read((manifest) => (manifest.remark = "mine")).inputs).toHaveLength(1);
  });
});
