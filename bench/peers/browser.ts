import { basename, dirname, join } from "node:path";
import { chromium } from "playwright-core";
import { chromiumArguments, findChromium } from "../../scripts/find-chromium.ts";
import { serve } from "../../scripts/static-server.ts";
import type { Contender, RaceOptions, Result } from "./measure.js";

const here = import.meta.dirname;

/** What is measured in a browser: a compiled folder `NAME` and `NAME.onnx` in `folder`, and a TFLite file. */
export interface BrowserRequest {
  readonly name: string;
  readonly folder: string;
  readonly liteRtModel: string;
  readonly race: RaceOptions;
}

export interface BrowserReport {
  readonly version: string;
  readonly results: readonly Result[];
  /** Runtimes that refuse the model, with what they say. */
  readonly failures: readonly string[];
  /** What our programs answered, by their names. */
  readonly outputs: Readonly<Record<string, NonNullable<Contender["outputs"]>>>;
}

/** The contenders in headless Chromium, on a page of a server on this machine; `undefined` where there is none. */
export async function measureInBrowser(
  request: BrowserRequest,
): Promise<BrowserReport | undefined> {
  const executablePath = findChromium();
  if (executablePath === undefined) return undefined;
  const server = await serve({
    "/": here,
    "/compiled/": request.folder,
    "/peers/": join(here, "node_modules"),
    "/peers/onnxruntime-web/": join(here, "../../node_modules/onnxruntime-web"),
    "/source/": dirname(request.liteRtModel),
  });
  const browser = await chromium.launch({ executablePath, args: chromiumArguments });
  try {
    const page = await browser.newPage();
    await page.goto(`${server.url}/page.html`);
    await page.waitForFunction("window.ready === true");
    const model = { name: request.name, liteRtModel: `/source/${basename(request.liteRtModel)}` };
    const report = (await page.evaluate(
      `measureModel(${JSON.stringify(model)}, ${JSON.stringify(request.race)})`,
    )) as Omit<BrowserReport, "version">;
    return { version: `Chromium ${browser.version()}`, ...report };
  } finally {
    await browser.close();
    server.close();
  }
}
