import { execFileSync } from "node:child_process";
import { createReadStream, existsSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join, resolve, sep } from "node:path";
import { chromium } from "playwright-core";
import type { Result } from "./measure.js";

const here = import.meta.dirname;
const types: Readonly<Record<string, string>> = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".mjs": "text/javascript",
  ".wasm": "application/wasm",
};

/** What is measured in a browser: a compiled folder `NAME` and `NAME.onnx` in `folder`, and a TFLite file. */
export interface BrowserRequest {
  readonly name: string;
  readonly folder: string;
  readonly liteRtModel: string;
  readonly rounds: number;
}

export interface BrowserReport {
  readonly version: string;
  readonly results: readonly Result[];
  /** Runtimes that refuse the model, with what they say. */
  readonly failures: readonly string[];
}

/** The contenders in headless Chromium, on a page of a server on this machine; `undefined` where there is none. */
export async function measureInBrowser(
  request: BrowserRequest,
): Promise<BrowserReport | undefined> {
  const executablePath = findChromium();
  if (executablePath === undefined) return undefined;
  const server = await serve(request);
  const { port } = server.address() as AddressInfo;
  const browser = await chromium.launch({
    executablePath,
    args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"],
  });
  try {
    const page = await browser.newPage();
    await page.goto(`http://localhost:${port}/page.html`);
    await page.waitForFunction("window.ready === true");
    const model = { name: request.name, liteRtModel: "/model.tflite" };
    const report = (await page.evaluate(
      `measureModel(${JSON.stringify(model)}, ${JSON.stringify({ rounds: request.rounds })})`,
    )) as Pick<BrowserReport, "results" | "failures">;
    return { version: `Chromium ${browser.version()}`, ...report };
  } finally {
    await browser.close();
    server.close();
  }
}

function findChromium(): string | undefined {
  for (const name of ["chromium", "chromium-browser", "google-chrome"]) {
    try {
      return execFileSync("which", [name], { encoding: "utf8" }).trim();
    } catch {
      // Not under this name.
    }
  }
  return undefined;
}

/** Serves the page, the compiled models and the peers' packages, and nothing else. */
async function serve({ folder, liteRtModel }: BrowserRequest): Promise<Server> {
  const folders: readonly (readonly [string, string])[] = [
    ["/compiled/", folder],
    ["/peers/onnxruntime-web/", join(here, "../../node_modules/onnxruntime-web")],
    ["/peers/", join(here, "node_modules")],
    ["/", here],
  ];
  const server = createServer((request, response) => {
    const path = decodeURIComponent(new URL(request.url!, "http://localhost").pathname);
    const [prefix, base] = folders.find(([start]) => path.startsWith(start))!;
    const file = path === "/model.tflite" ? liteRtModel : resolve(base, path.slice(prefix.length));
    const isInside = file === liteRtModel || file.startsWith(resolve(base) + sep);
    if (!isInside || !existsSync(file)) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, { "content-type": types[extname(file)] ?? "application/octet-stream" });
    createReadStream(file).pipe(response);
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return server;
}
