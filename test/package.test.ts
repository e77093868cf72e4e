// What `npm publish` would ship: packed, installed in an empty folder, and used there by command and by import.
import { spawnSync } from "node:child_process";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { delimiter, dirname, join, resolve } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";

const root = resolve(import.meta.dirname, "..");
const digits = (file: string) => join(root, "examples/digits", file);
const folder = mkdtempSync(join(tmpdir(), "qcfg-package-"));
const app = join(folder, "app");
const minutes = 60_000;

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs a command with the Node that runs the tests; gives its standard output. */
function run(command: string, args: readonly string[], cwd: string): string {
  const PATH = [dirname(process.execPath), process.env.PATH].join(delimiter);
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    cwd,
    encoding: "utf8",
    env: { ...process.env, PATH },
  });
  if (error) throw error;
  if (status !== 0) throw new Error(`\`${command} ${args.join(" ")}\`: ${stdout}${stderr}`);
  return stdout;
}

beforeAll(() => {
  run("npm", ["pack", "--pack-destination", folder], root);
  const tarball = join(folder, readdirSync(folder).find((name) => name.endsWith(".tgz"))!);
  mkdirSync(app);
  writeFileSync(join(app, "package.json"), '{ "private": true, "type": "module" }\n');
  install(tarball);
}, 5 * minutes);

/**
 * Installs as users do where npm has the dependencies at hand; else unpacks, and links to the repository's copies of
 * the declared ones: a machine without network has no others.
 */
function install(tarball: string): void {
  try {
    run("npm", ["install", "--offline", "--no-audit", "--no-fund", tarball], app);
  } catch {
    const modules = join(app, "node_modules");
    rmSync(modules, { recursive: true, force: true });
    mkdirSync(join(modules, "qcfg"), { recursive: true });
    run("tar", ["-xzf", tarball, "-C", join(modules, "qcfg"), "--strip-components=1"], app);
    const manifest = JSON.parse(readFileSync(join(modules, "qcfg/package.json"), "utf8"));
    for (const name of Object.keys(manifest.dependencies)) {
      const link = join(modules, name);
      mkdirSync(dirname(link), { recursive: true });
      symlinkSync(join(root, "node_modules", name), link, "dir");
    }
  }
}

/** The command as the package's `bin` says. */
function qcfg(...args: readonly string[]): string {
  const { bin } = JSON.parse(readFileSync(join(app, "node_modules/qcfg/package.json"), "utf8"));
  return run(process.execPath, [join(app, "node_modules/qcfg", bin.qcfg), ...args], app);
}

it("compiles and evaluates", { timeout: 2 * minutes }, () => {
  qcfg("compile", digits("digits.onnx"), "--calib", digits("calib_x.npy"), "-o", "digits");
  const data = ["--data", digits("eval_x.npy"), "--labels", digits("eval_y.npy")];
  const { accuracy, samples } = JSON.parse(qcfg("eval", "digits", ...data, "--json"));
  expect(samples).toBe(1000);
  expect(accuracy).toBeGreaterThan(0.97);
});

it("has typed imports that work", { timeout: 2 * minutes }, () => {
  writeFileSync(join(app, "program.ts"), program);
  const options = "--strict --target es2024 --module nodenext --skipLibCheck --types node";
  const typeRoots = ["--typeRoots", join(root, "node_modules/@types")];
  const tsc = createRequire(import.meta.url).resolve("typescript/bin/tsc");
  run(process.execPath, [tsc, ...options.split(" "), ...typeRoots, "program.ts"], app);
  const args = ["program.js", digits("digits.onnx"), digits("calib_x.npy")];
  expect(run(process.execPath, args, app)).toBe("image logits 10\n");
});

const program = `
import { importModel, type Diagnostic, type ImportedModel } from "qcfg";
import { compileToFolder, loadFolder, readBytes } from "qcfg/node";
import { type Model, PlanError } from "qcfg/runtime";

const [path = "", calibration = ""] = process.argv.slice(2);
const imported: ImportedModel = importModel(readBytes(path), { name: "digits" }).value!;
const { value, diagnostics } = compileToFolder({ model: path, calib: [calibration], folder: "own" });
if (value === undefined) throw new Error(diagnostics.map(({ message }: Diagnostic) => message).join());
const { model }: { readonly model: Model } = await loadFolder(value.folder);
const outputs = model.run({ image: new Float32Array(784) });
try {
  model.run({});
} catch (error) {
  if (!(error instanceof Error) || error.name !== PlanError.name) throw error;
}
console.log(imported.graph.inputs[0]!.name, ...Object.keys(outputs), outputs.logits!.length);
`;
