import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { compileToFolder, host, loadFolder, readModel } from "../../compiler/cli/node.ts";
import {
  type CompileOptions,
  check,
  compile,
  exportOnnx,
  type ImportedModel,
  ops,
} from "../../compiler/index.ts";
import { tensor } from "../../compiler/ir/types.ts";
import { calibration, model as digits, root } from "../cli/support.ts";
import { accepted, importDigits, samplesOf, take } from "../support/models.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const folder = temporaryFolder();

const model: ImportedModel = importDigits();
const samples = () => take(samplesOf(model.graph, "examples/digits/calib_x.npy"), 20);
const codes = async (options: Omit<CompileOptions, "host">) => {
  const { value, diagnostics } = await compile(model, { host, ...options });
  expect(value).toBeUndefined();
  return diagnostics.map(({ code }) => code);
};

describe("compile", () => {
  it("gives the files that the command line writes", { timeout: 60_000 }, async () => {
    const request = { model: digits, calib: [calibration], folder: join(folder, "cli") };
    accepted(await compileToFolder(request));
    const all = samplesOf(model.graph, "examples/digits/calib_x.npy");
    const compiled = accepted(await compile(model, { host, samples: take(all) }));
    expect([...compiled.files.keys()]).toHaveLength(7);
    for (const [name, content] of compiled.files) {
      const written = readFileSync(join(folder, "cli", name));
      expect(written.equals(Buffer.from(content)), name).toBe(true);
    }
    expect(compiled.summary.integerNodes).toBeGreaterThan(10);
    expect(exportOnnx(compiled.quantized.graph, ops).length).toBeGreaterThan(1000);
  });

  it("takes rules as text, and statistics in place of samples", async () => {
    const rules = {
      path: "mine.qcfg",
      text: 'import "std/default8bit"\nquantize None override { match layer: Dense\n set layer.* = float }\n',
    };
    const { manifest, summary } = accepted(
      await compile(model, { host, rules, samples: samples() }),
    );
    expect(summary.floatNodes.map(({ op }) => op)).toContain("Dense");
    expect(manifest).toMatchObject({
      model: "digits.onnx",
      requantize: "onnx",
      rules: { None: 1 },
    });
    expect(await codes({ statistics: new Map() })).toEqual(["QC2272"]);
  });

  it("says as data what is wrong", async () => {
    expect(await codes({})).toEqual(["QC2500"]);
    expect(await codes({ samples: [] })).toEqual(["QC2253"]);
    expect(await codes({ samples: [new Map()] })).toEqual(["QC2259"]);
    const image = tensor("float32", [1, 1, 28, 28], new Array(784).fill(1));
    const named = new Map([["image", image]]);
    expect(await codes({ samples: [new Map([...named, ["label", image]])] })).toEqual(["QC2259"]);
    const flat = new Map([["image", { ...image, shape: [784] }]]);
    expect(await codes({ samples: [flat] })).toEqual(["QC2259"]);
    const short = new Map([["image", { ...image, data: new Float32Array(3) }]]);
    expect(await codes({ samples: [short] })).toEqual(["QC2259"]);
    expect(await codes({ rules: { path: "r.qcfg", text: "quantize" } })).toEqual(["QC1003"]);
  });
});

it("check gives the faults of a rule file and of what it imports", () => {
  const path = join(root, "examples/digits/rules.qcfg");
  const text = readFileSync(path, "utf8");
  expect(check({ path, text }, host.resolveRules)).toEqual([]);
  const importing = { path: join(folder, "main.qcfg"), text: 'import "./other"\n' };
  expect(check(importing, host.resolveRules)).toHaveLength(1);
  writeFileSync(join(folder, "other.qcfg"), "rewrite");
  const found = check(importing, host.resolveRules);
  expect(found[0]).toMatchObject({ severity: "error" });
});

describe("doors with files", () => {
  it("give rejections as data", async () => {
    const nowhere = join(folder, "nowhere");
    for (const { value, diagnostics } of [
      await readModel(nowhere),
      await loadFolder(nowhere),
      await compileToFolder({ model: nowhere, folder: join(folder, "new") }),
    ]) {
      expect(value).toBeUndefined();
      expect(diagnostics).toMatchObject([{ severity: "error" }]);
    }
  });

  it("hash a model with the data beside it", () => {
    expect(host.sha256([new TextEncoder().encode("a"), new TextEncoder().encode("bc")])).toBe(
      "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
    );
  });
});
