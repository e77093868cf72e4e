import { readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { type Browser, chromium } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { compileToFolder, readNpy } from "../../compiler/cli/node.ts";
import type { WebAssemblyLoadOptions } from "../../runtime/load-webassembly.ts";
import type { Model } from "../../runtime/model.ts";
import { chromiumArguments, findChromium } from "../../scripts/find-chromium.ts";
import { type StaticServer, serve } from "../../scripts/static-server.ts";
import { accepted } from "../support/models.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const digits = resolve(import.meta.dirname, "../../examples/digits");
const executablePath = findChromium();
if (executablePath === undefined) console.log("no Chromium on the PATH: test/browser is skipped");

describe.skipIf(executablePath === undefined)("the digits in Chromium", () => {
  const folder = temporaryFolder();
  let server: StaticServer;
  let browser: Browser;
  let load: (options?: WebAssemblyLoadOptions) => Promise<Model>;
  let images: Float32Array[];

  beforeAll(async () => {
    const request = { model: join(digits, "digits.onnx"), folder, target: "wasm" } as const;
    accepted(await compileToFolder({ ...request, calib: [join(digits, "calib_x.npy")] }));
    ({ load } = await import(pathToFileURL(join(folder, "model.js")).href));
    const file = join(digits, "eval_x.npy");
    const { data } = readNpy(readFileSync(file), file);
    images = Array.from({ length: 20 }, (_, i) =>
      Float32Array.from(data.subarray(i * 784, (i + 1) * 784) as Uint8Array),
    );
    server = await serve({ "/": join(digits, "web"), "/model/": folder });
    browser = await chromium.launch({ executablePath: executablePath!, args: chromiumArguments });
  }, 60_000);

  afterAll(async () => {
    await browser?.close();
    server?.close();
  });

  it.each(["auto", "baseline"] as const)("gives the bytes that Node gives (%s)", async (simd) => {
    const model = await load({ simd });
    const inNode = images.map((image) => [...model.run({ image }).logits!]);
    const page = await browser.newPage();
    await page.goto(server.url);
    const inBrowser = await page.evaluate(
      `import("/model/model.js")
        .then(({ load }) => load({ simd: ${JSON.stringify(simd)} }))
        .then((model) => ${JSON.stringify(images.map((image) => [...image]))}.map(
          (pixels) => [...model.run({ image: Float32Array.from(pixels) }).logits]))`,
    );
    expect(inBrowser).toEqual(inNode);
  });

  it("works in a worker", async () => {
    const model = await load();
    const inNode = [...model.run({ image: images[0]! }).logits!];
    const page = await browser.newPage();
    await page.goto(server.url);
    const inWorker = await page.evaluate(`new Promise((done, fail) => {
      const text = \`import { load } from "${server.url}/model/model.js";
        const model = await load();
        const image = Float32Array.from(${JSON.stringify([...images[0]!])});
        postMessage([...model.run({ image }).logits]);\`;
      const url = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
      const worker = new Worker(url, { type: "module" });
      worker.onmessage = ({ data }) => done(data);
      worker.onerror = ({ message }) => fail(new Error(message));
    })`);
    expect(inWorker).toEqual(inNode);
  });

  it("a digit drawn on the page is read", async () => {
    const page = await browser.newPage();
    await page.goto(server.url);
    await page.waitForSelector("body[data-ready]");
    const pad = (await page.locator("#pad").boundingBox())!;
    await page.mouse.move(pad.x + 140, pad.y + 50);
    await page.mouse.down();
    await page.mouse.move(pad.x + 140, pad.y + 230, { steps: 12 });
    await page.mouse.up();
    await page.waitForFunction("document.getElementById('answer').textContent === '1'");
    expect(await page.locator("#time").textContent()).toMatch(/^\d+\.\d{3} ms$/);
    await page.screenshot({ path: join(tmpdir(), "qcfg-digits.png") });
  });
});
