import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { expect, it } from "vitest";
import {
  checkOutputFolder,
  readManifest,
  writeCompiledFolder,
} from "../../compiler/cli/compiled-folder.ts";
import { type EmittedFiles, packageFile } from "../../compiler/emit/manifest.ts";
import { temporaryPaths } from "./support.ts";

const at = temporaryPaths();
const manifest = JSON.stringify({ formatVersion: 1, inputs: [], outputs: [] });
const files = (program: string): EmittedFiles =>
  new Map([
    ["model.js", program],
    ["model.json", manifest],
  ]);

it("makes a folder that was not there, with the folders above it", () => {
  writeCompiledFolder(at("a/b/new"), files("one"));
  expect(readdirSync(at("a/b"))).toEqual(["new"]);
  expect(readdirSync(at("a/b/new")).sort()).toEqual(["model.js", "model.json"]);
});

it("replaces what an earlier compilation left, and nothing else", () => {
  writeFileSync(at("a/b/new/NOTES"), "mine");
  writeFileSync(at("a/b/new/model.relaxed.wasm"), "of another model");
  checkOutputFolder(at("a/b/new"));
  writeCompiledFolder(at("a/b/new"), files("two"));
  expect(readFileSync(at("a/b/new/model.js"), "utf8")).toBe("two");
  expect(readdirSync(at("a/b/new")).sort()).toEqual(["NOTES", "model.js", "model.json"]);
});

it("takes an empty folder, and refuses a file and a stranger's folder", () => {
  mkdirSync(at("empty"));
  checkOutputFolder(at("empty"));
  writeFileSync(at("file"), "");
  expect(() => checkOutputFolder(at("file"))).toThrow("QC2521");
  mkdirSync(at("other"));
  writeFileSync(at("other/model.json"), '{ "modelTopology": {} }');
  writeFileSync(at("other/weights.bin"), "");
  expect(() => checkOutputFolder(at("other"))).toThrow("QC2503");
  expect(() => readManifest(at("other"))).toThrow("QC2504");
  expect(() => readManifest(at("nowhere"))).toThrow("QC2504");
});

it("does not replace the package.json of a project, alone or beside an earlier compilation", () => {
  mkdirSync(at("project"));
  writeFileSync(at("project/package.json"), '{ "name": "mine" }');
  expect(() => checkOutputFolder(at("project"))).toThrow("QC2503");
  writeFileSync(at("project/model.json"), manifest);
  expect(() => checkOutputFolder(at("project"))).toThrow("QC2503");
  writeFileSync(at("project/package.json"), packageFile[1]);
  checkOutputFolder(at("project"));
});

it("leaves no temporary file behind where it cannot write, and no manifest that is not true", () => {
  mkdirSync(at("blocked/model.js"), { recursive: true });
  writeFileSync(at("blocked/model.json"), manifest);
  expect(() => writeCompiledFolder(at("blocked"), files("x"))).toThrow("QC2521");
  expect(readdirSync(at("blocked"))).toEqual(["model.js"]);
});
