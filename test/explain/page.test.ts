import { writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { explanationPage } from "../../compiler/cli/explain/page.ts";
import { host } from "../../compiler/cli/host.ts";
import { explainModel } from "../../compiler/compile.ts";
import type { Explanation } from "../../compiler/explain/explanation.ts";
import type { ImportedModel } from "../../compiler/frontends/import-model.ts";
import type { Graph } from "../../compiler/ir/graph.ts";
import { chromiumArguments, findChromium } from "../../scripts/find-chromium.ts";
import { calibration, model, qcfg, rules, temporaryPaths } from "../cli/support.ts";
import { Sketch } from "../rewrite/support.ts";
import { accepted } from "../support/models.ts";

const at = temporaryPaths();
const hostile = "</script><img src=x onerror=\"document.title='taken'\">";

function imported(graph: Graph): ImportedModel {
  const facts = { name: "sketch", sources: [], format: "onnx", quantized: false } as const;
  return { ...facts, graph, dimensions: [], metadata: {} };
}

async function explained(graph: Graph): Promise<Explanation> {
  return accepted(await explainModel(imported(graph), { host }));
}

/** A chain of layers, each with a way around it. */
function residualChain(length: number): Graph {
  const s = new Sketch();
  let x = s.input("x", [1, 8]);
  for (let i = 0; i < length; i++) {
    const layer = s.node("Dense", [x, s.random([8, 8], i)], {}, `layer_${i}`);
    x = s.node("Add", [layer, x], {}, `sum_${i}`);
  }
  return s.graph(x);
}

describe("the page of a large graph", () => {
  it("is in parts, and drawn in a time that grows with their number alone", async () => {
    const nodes = (count: number): Explanation["nodes"] =>
      Array.from({ length: count }, (_, i) => ({
        ...{ node: `n${i}`, op: "ReLU", kind: "integer", type: "i8[1]", parts: [], sources: [] },
        ...{ reads: i === 0 ? [] : [`n${i - 1}`], rewrites: [], sites: [], nearMisses: [] },
      }));
    const small = await explained(residualChain(2));
    const page = explanationPage({ ...small, nodes: nodes(700) });
    expect(page.match(/class="part"/g)!.length).toBeGreaterThan(2);
    expect(page.match(/data-node="/g)).toHaveLength(700);
  });
});

const executablePath = findChromium();
if (executablePath === undefined) console.log("no Chromium on the PATH: its page is not clicked");

describe.skipIf(executablePath === undefined)("the page in Chromium", () => {
  let browser: Browser;
  const faults: string[] = [];

  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: executablePath!, args: chromiumArguments });
  }, 30_000);

  afterAll(() => browser?.close());

  async function open(file: string): Promise<Page> {
    const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
    page.on("pageerror", ({ message }) => faults.push(message));
    page.on("request", (request) => {
      if (!request.url().startsWith("file:")) faults.push(request.url());
    });
    await page.goto(pathToFileURL(file).href);
    await page.waitForSelector("body[data-ready]");
    return page;
  }

  it("tells of the node that is clicked, found, or reached by an arrow", async () => {
    const { status } = await qcfg(
      ...["explain", model, "--rules", rules, "--calib", calibration, "--html", at("digits.html")],
    );
    expect(status).toBe(0);
    const page = await open(at("digits.html"));
    const panel = page.locator("aside");
    await page.locator('.node[aria-label="Conv2D stem, in integers"]').click();
    expect(await panel.locator("h2").textContent()).toBe("stem");
    expect(await panel.textContent()).toContain("FoldBatchNorm");
    expect(await panel.textContent()).toContain("300 samples in [0, ");
    expect(await panel.locator(".histogram").count()).toBe(1);
    await page.keyboard.press("ArrowDown");
    expect(await panel.locator("h2").textContent()).toBe("pool1");
    await page.locator("#search").fill("logits");
    await page.keyboard.press("Enter");
    expect(await panel.textContent()).toContain("In float because");
    await page.getByRole("button", { name: /^StemClipped/ }).click();
    expect(await page.locator(".node.lit").count()).toBe(2);
    expect(await panel.locator("h2").textContent()).toBe("StemClipped");
    await page.getByRole("button", { name: "Scales" }).click();
    expect(await page.locator("#scales tbody tr").count()).toBeGreaterThan(20);
    expect(await panel.isVisible()).toBe(false);
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: /^float/ }).click();
    expect(await page.locator(".node.lit").count()).toBe(1);
    expect(await panel.locator("h2").textContent()).toBe("Overview");
    expect(await panel.locator("tbody tr").first().textContent()).toMatch(/^Conv2D4\d\d\.\d%$/);
    await page.keyboard.press("/");
    expect(await page.locator("#search:focus").count()).toBe(1);
    const ground = () => page.evaluate("getComputedStyle(document.body).backgroundColor");
    const before = await ground();
    await page.getByRole("button", { name: "dark or light" }).click();
    expect(await ground()).not.toBe(before);
    expect(faults).toEqual([]);
  });

  it("takes names of a model as text, whatever they are", async () => {
    const s = new Sketch();
    const graph = s.graph(s.node("ReLU", [s.input("x", [1, 4])], {}, hostile));
    const file = at("hostile.html");
    writeFileSync(file, explanationPage(await explained(graph)));
    const page = await open(file);
    await page.locator(".node").nth(2).click();
    expect(await page.locator("aside h2").textContent()).toBe(hostile);
    expect(await page.locator("img").count()).toBe(0);
    expect(await page.title()).toBe("sketch, explained");
    expect(faults).toEqual([]);
  });

  it("opens a graph of many nodes, part by part", async () => {
    const file = at("large.html");
    writeFileSync(file, explanationPage(await explained(residualChain(400))));
    const page = await open(file);
    const parts = await page.locator("#part option").count();
    expect(parts).toBeGreaterThan(2);
    await page.locator("#part").selectOption({ index: parts - 1 });
    await page.locator('.node[aria-label^="Dense layer_399,"]').click();
    expect(await page.locator("aside h2").textContent()).toBe("layer_399");
    expect(faults).toEqual([]);
  });
});
