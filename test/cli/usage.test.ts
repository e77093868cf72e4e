import { type StdioOptions, spawnSync } from "node:child_process";
import { existsSync, openSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { explain } from "../../compiler/cli/exit-codes.ts";
import { openTerminal } from "../../compiler/cli/terminal.ts";
import { Rejected } from "../../grammar/source/diagnostic.ts";
import { model, qcfg, qcfgProcess, root } from "./support.ts";

describe("usage", () => {
  it("is shown with examples", async () => {
    const help = await qcfg("--help");
    expect(help).toMatchObject({ status: 0, stderr: "" });
    expect(help.stdout).toContain("Examples:\n  $ qcfg inspect ");
    const { status, stdout } = await qcfg("eval", "--help");
    expect(status).toBe(0);
    expect(stdout).toContain("Examples:\n  $ qcfg eval ");
    expect((await qcfg("--version")).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  it.each([
    [[]],
    [["frobnicate"]],
    [["compile", model]],
    [["compile", model, "-o", "x", "--requantize", "banker"]],
    [["compile", model, "-o", "x", "--calib", "a.npy", "--stats", "b.json"]],
    [["compile", model, "-o", "x", "--float", "--scale", "one"]],
    [["eval", model, "--data", "x.npy"]],
    [["bench", "x", "--runs", "0"]],
  ])("exits with 2 for %j", async (args) => {
    const { status, stdout, stderr } = await qcfg(...args);
    expect(status).toBe(2);
    expect(stdout).toBe("");
    expect(stderr).not.toBe("");
  });

  it.each([
    [["compile", model, "--json"], "required option '-o, --output <folder>' not specified"],
    [["check", "a.qcfg", "--min-coverage", "1", "--json"], "`--min-coverage` needs a model"],
  ])("is JSON where that is asked for: %j", async (args, message) => {
    const { status, stdout } = await qcfg(...args);
    expect(status).toBe(2);
    const { usage, diagnostics } = JSON.parse(stdout);
    expect(usage).toContain(message);
    expect(diagnostics).toEqual([]);
  });

  it.skipIf(!existsSync("/dev/full"))("a result that cannot be written is a fault", () => {
    const main = join(root, "compiler/cli/main.ts");
    const full = openSync("/dev/full", "w");
    const stdio: StdioOptions = ["ignore", full, "pipe"];
    const { status, stderr } = spawnSync(process.execPath, [main, "explain", "QC1204"], { stdio });
    expect(status).toBe(1);
    expect(String(stderr)).toMatch(/^error: the result cannot be written .*no space left[^\n]*\n$/);
  });

  it("exits with 1 for a file that is not there, and prints no colours into a pipe", async () => {
    const { status, stderr } = qcfgProcess("inspect", "nowhere.onnx");
    expect(status).toBe(1);
    expect(stderr).toMatch(/^error\[QC2520\]: there is no file `nowhere\.onnx`/);
    expect(stderr).not.toContain("\u001b");
  });
});

it("of the fuzzer is shown, too", () => {
  const fuzz = (...args: readonly string[]) =>
    spawnSync(process.execPath, [join(root, "scripts/fuzz.ts"), ...args], { encoding: "utf8" });
  expect(fuzz("--help").stdout).toContain("Examples:\n  $ npm run fuzz");
  const { status, stderr } = fuzz("--seconds", "soon");
  expect(status).toBe(2);
  expect(stderr).toMatch(/^error: option '--seconds <n>'/);
});

describe("a terminal", () => {
  const screen = (options: { readonly json?: boolean; readonly colours?: boolean } = {}) => {
    const written = { stdout: "", stderr: "" };
    const terminal = openTerminal({
      stdout: { write: (text) => (written.stdout += text) },
      stderr: { write: (text) => (written.stderr += text) },
      json: options.json ?? false,
      colours: options.colours ?? false,
      isInteractive: options.colours ?? false,
    });
    return { written, terminal };
  };
  const rejected = new Rejected([
    { code: "QC2599", severity: "error", message: "wrong", labels: [] },
  ]);

  it("gets our bugs with a request for a report", () => {
    const { written, terminal } = screen({ json: true });
    expect(explain(new Error("internal: fold: no such node"), terminal)).toBe(3);
    expect(written.stderr).toMatch(/^internal: fold: no such node\n {4}at /);
    expect(written.stderr).toContain("report it");
    expect(explain(new TypeError("x is undefined"), screen().terminal)).toBe(3);
  });

  it("gets faults of the input as frames, and JSON where it is wanted", () => {
    const { written, terminal } = screen({ json: true });
    expect(explain(rejected, terminal)).toBe(1);
    expect(written.stderr).toBe("error[QC2599]: wrong\n\n");
    expect(JSON.parse(written.stdout).diagnostics).toHaveLength(1);
  });

  it("shows colours and a progress bar that leaves nothing behind", () => {
    const { written, terminal } = screen({ colours: true });
    terminal.report(rejected.diagnostics);
    expect(written.stderr).toContain("\u001b[1;31merror[QC2599]");
    const progress = terminal.progress("evaluating", 2);
    progress(1);
    expect(written.stderr).toContain("evaluating ████████████░░░░░░░░░░░░ 1/2");
    progress(2);
    expect(written.stderr.endsWith("\r\u001b[2K")).toBe(true);
  });

  it("shows no progress in a pipe", () => {
    const { written, terminal } = screen();
    terminal.progress("evaluating", 2)(1);
    expect(written.stderr).toBe("");
  });
});
