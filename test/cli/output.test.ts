import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { checkOutputFolder } from "../../compiler/cli/compiled-folder.ts";
import { checkWritable, makeFolders, writeFileAtomically } from "../../compiler/cli/files.ts";
import { calibration, model, qcfg, root, temporaryPaths } from "./support.ts";

const at = temporaryPaths();
const isRoot = process.getuid?.() === 0;

describe("an output that cannot be written", () => {
  it("is told at once, below /proc too", () => {
    if (!existsSync("/proc/self")) return;
    expect(() => checkOutputFolder("/proc/nope/x")).toThrow("QC2521");
    expect(() => checkWritable("/proc/nope/x")).toThrow("QC2521");
    expect(() => writeFileAtomically("/proc/nope/x", "")).toThrow("QC2521");
  });

  it("is told before the work", async () => {
    writeFileSync(at("file"), "");
    const scheme = [model, "--calib", calibration];
    for (const args of [
      ["compile", ...scheme, "-o", at("file/program")],
      ["compile", ...scheme, "-o", at("new"), "--save-stats", at("file/ranges.json")],
      ["export", ...scheme, "-o", at()],
    ]) {
      const { status, stderr } = await qcfg(...args);
      expect(status).toBe(1);
      expect(stderr).toMatch(
        /^error\[QC2521\].*cannot be written\n.*(a part of the path|a folder)/,
      );
    }
  });

  it.skipIf(isRoot)("may be one without permission", () => {
    mkdirSync(at("closed"));
    chmodSync(at("closed"), 0o555);
    expect(() => checkOutputFolder(at("closed"))).toThrow("QC2521");
    expect(() => checkOutputFolder(at("closed/new"))).toThrow("QC2521");
    expect(() => checkWritable(at("closed/new.onnx"))).toThrow("QC2521");
  });
});

it("a reader that has gone is no fault: the folder is written, to the end", async () => {
  const args = ["compile", model, "--float", "--trace-rules", "-o", at("unread")];
  const command = spawn(process.execPath, [join(root, "compiler/cli/main.ts"), ...args]);
  command.stdout.destroy();
  command.stderr.destroy();
  expect(await once(command, "exit")).toEqual([0, null]);
  expect((await qcfg("inspect", at("unread"))).status).toBe(0);
  expect(
    readdirSync(at("unread")).filter((name) => !/^(model|package)\.[\w.]+$/.test(name)),
  ).toEqual([]);
});

it("checking leaves nothing behind", () => {
  checkOutputFolder(at("a/b/c"));
  checkWritable(at("a/b/c.onnx"));
  checkWritable("/dev/stdout");
  expect(existsSync(at("a"))).toBe(false);
  expect(makeFolders(at("a/b"))).toEqual([at("a"), at("a/b")]);
  expect(makeFolders(at("a/b"))).toEqual([]);
});
