// What newcomers type: each mistake says what it is and what to do.
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { expect, it } from "vitest";
import { checkOutputFolder, openCompiled } from "../../compiler/cli/compiled-folder.ts";
import { openModel } from "../../compiler/cli/model-file.ts";
import { compileToFolder, loadFolder, readModel } from "../../compiler/cli/node.ts";
import { ruleSource } from "../../compiler/cli/rule-files.ts";
import { renderDiagnostic } from "../../grammar/index.ts";
import { Rejected } from "../../grammar/source/diagnostic.ts";
import { calibration, qcfg as inProcess, model, qcfg, rules, temporaryPaths } from "./support.ts";

const at = temporaryPaths();
mkdirSync(at("folder"));
mkdirSync(at("compiled"));
for (const name of ["model.js", "model.json"]) writeFileSync(at("compiled", name), "{}");
writeFileSync(at("empty"), "");
symlinkSync("loop", at("loop"));

const nobody = { report: () => {}, progress: () => () => {} };
const open = (path: string) => openModel(path, {}, nobody);

it.each<[string, () => unknown, string, RegExp]>([
  ["a model", () => open(at("folder")), "QC2515", /name the file/],
  ["a model", () => open(at("compiled")), "QC2515", /`bench` and `inspect` take the folder/],
  ["a model", () => open(at("empty")), "QC2001", /is empty.*\n.*\n.*`.onnx` or `.tflite`/],
  ["a model", () => open(at("loop")), "QC2520", /links lead to each other/],
  ["a model", () => open(rules), "QC2001", /is a text/],
  ["a model", () => open(calibration), "QC2001", /is a NumPy array/],
  ["rules", () => ruleSource(model), "QC2516", /`qcfg inspect .*digits.onnx`/],
  ["rules", () => ruleSource(calibration), "QC2516", /rule files are text/],
  ["rules", () => ruleSource(at("folder")), "QC2520", /it is a folder/],
  ["a compiled folder", () => openCompiled(model), "QC2504", /`qcfg compile .*digits.onnx --calib/],
  ["a compiled folder", () => openCompiled(at("folder")), "QC2504", /`qcfg compile MODEL/],
  ["a compiled folder", () => openCompiled(at("nowhere")), "QC2504", /there is no such folder/],
  ["an output", () => checkOutputFolder(""), "QC2521", /the name is empty/],
])("what is not %s is told, case %#", async (_, work, code, text) => {
  const error = await Promise.resolve()
    .then(work)
    .catch((thrown: unknown) => thrown);
  if (!(error instanceof Rejected)) throw error;
  expect(error.diagnostics).toMatchObject([{ code }]);
  expect(renderDiagnostic(error.diagnostics[0]!)).toMatch(text);
});

it("the command line and the doors tell the same", async () => {
  for (const command of ["bench", "inspect"]) {
    expect(await qcfg(command, at("folder"))).toMatchObject({ status: 1, stdout: "" });
  }
  expect((await qcfg("inspect", at("loop"))).stderr).toMatch(/^error\[QC2520\]/);
  expect((await qcfg("explain", "qc1204")).stdout).toMatch(/^QC1204: /);
  expect(await qcfg("explain")).toMatchObject({ status: 2, stdout: "" });
  const codes = [
    await readModel(at("compiled")),
    await loadFolder(model),
    await compileToFolder({ model, rules: model, folder: at("new") }),
  ].map(({ diagnostics }) => diagnostics.map(({ code }) => code));
  expect(codes).toEqual([["QC2515"], ["QC2504"], ["QC2516"]]);
});

it.each([
  ["export", ["-o", "MODEL"]],
  ["export", ["-o", "OUT", "--save-stats", "MODEL"]],
  ["compile", ["-o", "OUT", "--save-lock", "RULES"]],
  ["explain", ["--html", "RULES"]],
])("%s does not write over what it reads: %j", async (command, options) => {
  const [ownModel, ownRules] = [at("own.onnx"), at("own.qcfg")];
  copyFileSync(model, ownModel);
  copyFileSync(rules, ownRules);
  const names: Readonly<Record<string, string>> = {
    MODEL: ownModel,
    RULES: ownRules,
    OUT: at("written"),
  };
  const args = options.map((word) => names[word] ?? word);
  const { status, stderr } = await inProcess(
    ...[command, ownModel, "--rules", ownRules, "--calib", calibration, ...args],
  );
  expect(status).toBe(1);
  expect(stderr).toMatch(/^error\[QC2521\].*\n.*it is a file that the command reads/);
  expect(readFileSync(ownModel)).toEqual(readFileSync(model));
  expect(readFileSync(ownRules)).toEqual(readFileSync(rules));
  expect(existsSync(at("written"))).toBe(false);
});
