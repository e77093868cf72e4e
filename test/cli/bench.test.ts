import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { layerTable } from "../../compiler/cli/bench/layer-table.ts";
import { reportLayers, throughputOf } from "../../compiler/cli/bench/layers.ts";
import { markup } from "../../compiler/cli/markup.ts";
import { runtimeSources } from "../../compiler/cli/runtime-sources.ts";
import { emitJavaScript } from "../../compiler/emit/emit-javascript.ts";
import { emitWebAssembly } from "../../compiler/emit/emit-webassembly.ts";
import { schedule } from "../../compiler/lower/schedule.ts";
import { ops } from "../../compiler/ops/index.ts";
import { Sketch } from "../rewrite/support.ts";
import { json, qcfg, temporaryPaths } from "./support.ts";

const at = temporaryPaths();
const minute = 60_000;

/** A layer whose name must not become markup, and an op that multiplies nothing. */
function small() {
  const s = new Sketch();
  const kernel = s.random([16, 32]);
  const y = s.node("Dense", [s.input("x", [4, 32]), kernel], {}, "layer <1>");
  return schedule(s.graph(s.node("ReLU", [y])), ops, "onnx");
}

beforeAll(async () => {
  const digests = { modelDigest: "", rulesDigest: "" };
  const origin = { model: "small", ...digests, rules: {}, floatNodes: [], preprocessing: {} };
  const targets = { wasm: emitWebAssembly, js: emitJavaScript };
  for (const [target, emit] of Object.entries(targets)) {
    mkdirSync(at(target));
    const files = await emit(small(), origin, runtimeSources);
    for (const [name, content] of files) writeFileSync(at(target, name), content);
  }
}, minute);

describe("bench of a program in JavaScript", () => {
  it("gives latencies, sizes and the time to the first answer", async () => {
    const result = await json("bench", at("js"), "--runs", "5");
    const { runs, min, median, p95, firstAnswer, arenaBytes, arenaLowerBoundBytes } = result;
    expect(runs).toBe(5);
    expect(0 < min && min <= median && median <= p95 && firstAnswer > 0).toBe(true);
    expect(arenaLowerBoundBytes).toBeLessThanOrEqual(arenaBytes);
    expect(result).toMatchObject({ target: "js", files: { "model.js": expect.any(Number) } });
  });

  it("says that it has no layers to measure, and no programs to choose from", async () => {
    const layers = await qcfg("bench", at("js"), "--layers");
    expect(layers).toMatchObject({ status: 1, stdout: "" });
    expect(layers.stderr).toMatch(/QC2518[\s\S]*--target wasm/);
    expect(await json("bench", at("js"), "--runs", "1", "--simd", "baseline")).toMatchObject({
      diagnostics: [{ code: "QC2501", severity: "warning" }],
    });
  });
});

it(
  "bench --layers says where the time goes, also as a page that needs no other",
  async () => {
    const options = ["--simd", "baseline", "--runs", "5", "--html", at("layers.html")];
    const { family, layers } = await json("bench", at("wasm"), ...options);
    expect(family).toBe("baseline");
    expect(layers.product.gmacsPerSecond).toBeGreaterThan(0);
    expect(layers.layers).toMatchObject([
      { op: "Dense", node: "layer <1>", macs: 4 * 16 * 32 },
      { op: "ReLU", macs: 0, gmacsPerSecond: 0 },
    ]);
    expect(layers.total.macs).toBe(4 * 16 * 32);
    const page = readFileSync(at("layers.html"), "utf8");
    expect(page).toContain("layer &lt;1&gt;");
    expect(page).toContain("<svg");
    expect(page).not.toMatch(/https?:|<script|<link|url\(/);
  },
  minute,
);

describe("the report of layers", () => {
  const product = throughputOf(2e6, 0.1);
  const step = (node: string, macs?: number) => {
    return { node, op: "Conv2D", kernel: "conv2d", rules: [], ...(macs !== undefined && { macs }) };
  };

  it("has shares of the whole, and of the plain product", () => {
    const report = reportLayers([step("a", 1e6), step("b")], [0.3, 0.1], product);
    expect(report.product.gmacsPerSecond).toBeCloseTo(20);
    expect(report.layers[0]).toMatchObject({ share: expect.closeTo(0.75) });
    expect(report.layers[0]!.shareOfProduct).toBeCloseTo(1 / 6);
    expect(report.layers[1]).toMatchObject({ macs: 0, shareOfProduct: 0 });
    expect(report.total).toMatchObject({ ms: 0.4, macs: 1e6, share: 1 });
  });

  it("of a program without steps is empty", () => {
    expect(layerTable(reportLayers([], [], product))).toMatch(/total +0.000 /);
  });

  it("fits 100 columns", () => {
    const names = ["x".repeat(200), "a/b/last"];
    const table = layerTable(
      reportLayers(
        names.map((n) => step(n, 123456)),
        [0.25, 1e-5],
        product,
      ),
    );
    const lines = table.split("\n");
    expect(Math.max(...lines.map((line) => line.length))).toBe(100);
    expect(table).toContain("a/b/last");
    expect(table).toMatch(/…x+ .* 123k +0\.5 /);
  });
});

it("markup escapes what it is given, but for markup", () => {
  expect(markup`<b>${`"<&>"`}</b>${[markup`<i>`, markup`${1}`]}`.text).toBe(
    "<b>&quot;&lt;&amp;&gt;&quot;</b><i>1",
  );
});
