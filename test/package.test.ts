// What `npm publish` would ship: packed, installed in an empty folder, and used there by command and by import.
import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { delimiter, dirname, join, resolve } from "node:path";
import { beforeAll, expect, it, vi } from "vitest";
import { startEditor } from "./language-server/editor.ts";
import { temporaryFolder } from "./support/temporary-folder.ts";

const root = resolve(import.meta.dirname, "..");
const digits = (file: string) => join(root, "examples/digits", file);
const folder = temporaryFolder();
const app = join(folder, "app");
const minutes = 60_000;

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

it("has the files of the tutorial", () => {
  const there = readdirSync(join(app, "node_modules/qcfg/examples/digits"));
  const wanted = ["calib_x.npy", "digits.onnx", "eval_x.npy", "eval_y.npy", "rules.qcfg"];
  expect(there).toEqual(expect.arrayContaining(wanted));
});

it("compiles and evaluates", { timeout: 2 * minutes }, () => {
  qcfg("compile", digits("digits.onnx"), "--calib", digits("calib_x.npy"), "-o", "digits");
  const data = ["--data", digits("eval_x.npy"), "--labels", digits("eval_y.npy")];
  const { accuracy, samples } = JSON.parse(qcfg("eval", "digits", ...data, "--json"));
  expect(samples).toBe(1000);
  expect(accuracy).toBeGreaterThan(0.97);
});

/** Programs of the user's by their names, type-checked and translated together. */
function translate(programs: Readonly<Record<string, string>>): void {
  const files = Object.keys(programs).map((name) => `${name}.ts`);
  files.forEach((file, i) => {
    writeFileSync(join(app, file), Object.values(programs)[i]!);
  });
  const options = "--strict --target es2024 --module nodenext --skipLibCheck --types node";
  const typeRoots = ["--typeRoots", join(root, "node_modules/@types")];
  const tsc = createRequire(import.meta.url).resolve("typescript/bin/tsc");
  run(process.execPath, [tsc, ...options.split(" "), ...typeRoots, ...files], app);
}

it("serves editors, and has the thread that its checks run in", {
  timeout: 2 * minutes,
}, async () => {
  const { bin } = JSON.parse(readFileSync(join(app, "node_modules/qcfg/package.json"), "utf8"));
  const options = { model: digits("digits.onnx") };
  const main = join(app, "node_modules/qcfg", bin.qcfg);
  const editor = await startEditor({ initializationOptions: options }, main);
  const { uri } = editor.open(readFileSync(digits("rules.qcfg"), "utf8")).textDocument;
  const lenses = () => editor.ask("textDocument/codeLens", { textDocument: { uri } });
  await vi.waitFor(async () => expect(await lenses()).toHaveLength(2), minutes);
  await editor.stop();
});

it("works as the README says, with typed imports", { timeout: 3 * minutes }, () => {
  symlinkSync(join(root, "examples"), join(app, "examples"), "dir");
  const readme = readFileSync(join(root, "README.md"), "utf8");
  const blocks = [...readme.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, text]) => text!);
  const named = Object.fromEntries(blocks.map((text, i) => [`readme${i}`, text]));
  translate({ ...named, program });
  for (const name of Object.keys(named)) run(process.execPath, [`${name}.js`], app);
  const written = readdirSync(join(app, "build")).sort();
  expect(written).toEqual(["digits", "noise", "noise.onnx"]);
  const args = ["program.js", digits("digits.onnx"), digits("calib_x.npy")];
  expect(run(process.execPath, args, app)).toBe(
    "image logits 10\ndigits.onnx true 10\nno quantizer is called `Nothing`\n",
  );
});

const program = `
import { check, compile, importModel, type Compiled, type Diagnostic, type ImportedModel } from "qcfg";
import { compileToFolder, host, loadFolder, readBytes, writeFolder } from "qcfg/node";
import { type Model, PlanError } from "qcfg/runtime";

const [path = "", calibration = ""] = process.argv.slice(2);
const messages = (diagnostics: readonly Diagnostic[]) => diagnostics.map(({ message }) => message).join();
const imported: ImportedModel = importModel(readBytes(path), { name: "digits.onnx" }).value!;
const { value: written, diagnostics } = await compileToFolder({ model: path, calib: [calibration], folder: "own" });
if (written === undefined) throw new Error(messages(diagnostics));
const model: Model = (await loadFolder(written.folder)).value!.model;
const outputs = model.run({ image: new Float32Array(784) });
try {
  model.run({});
} catch (error) {
  if (!(error instanceof Error) || error.name !== PlanError.name) throw error;
}

const shape = [1, 1, 28, 28];
const image = (seed: number) => Float32Array.from({ length: 784 }, (_, i) => (i * seed) % 256);
const samples = [1, 3, 5].map((seed) => new Map([["image", { dtype: "float32" as const, shape, data: image(seed) }]]));
const rules = { path: "mine.qcfg", text: 'import "std/default8bit"\\n' };
const compiled = await compile(imported, { host, rules, samples });
if (compiled.value === undefined) throw new Error(messages(compiled.diagnostics));
const { files, manifest, summary }: Compiled = compiled.value;
await writeFolder("pure", files);
const pure = (await loadFolder("pure")).value!.model;
console.log(imported.graph.inputs[0]!.name, ...Object.keys(outputs), outputs.logits!.length);
console.log(manifest.model, summary.integerNodes > 10, pure.run({ image: image(1) }).logits!.length);
console.log(messages(check({ path: "bad.qcfg", text: "quantizer q = Nothing()" }, host.resolveRules)));
`;
