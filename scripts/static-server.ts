import { createReadStream, statSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, resolve, sep } from "node:path";

const types: Readonly<Record<string, string>> = {
  ".css": "text/css",
  ".html": "text/html",
  ".js": "text/javascript",
  ".json": "application/json",
  ".mjs": "text/javascript",
  ".wasm": "application/wasm",
};

/** A server on this machine alone. */
export interface StaticServer {
  readonly url: string;
  close(): void;
}

/**
 * Serves folders under their prefixes (`/models/`), the longest that fits first; nothing outside of them.
 * @param port any free one without.
 */
export async function serve(
  folders: Readonly<Record<string, string>>,
  port = 0,
): Promise<StaticServer> {
  const prefixes = Object.keys(folders).sort((a, b) => b.length - a.length);
  const server = createServer((request, response) => {
    const path = decodeURIComponent(new URL(request.url!, "http://localhost").pathname);
    const prefix = prefixes.find((start) => path.startsWith(start));
    const file = prefix && fileIn(folders[prefix]!, path.slice(prefix.length) || "index.html");
    if (!file) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, { "content-type": types[extname(file)] ?? "application/octet-stream" });
    createReadStream(file).pipe(response);
  });
  await new Promise<void>((done, fail) => {
    server.once("error", fail);
    server.listen(port, "127.0.0.1", done);
  });
  return {
    url: `http://localhost:${(server.address() as AddressInfo).port}`,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

function fileIn(folder: string, path: string): string | undefined {
  const file = resolve(folder, path);
  const isInside = file.startsWith(resolve(folder) + sep);
  return isInside && statSync(file, { throwIfNoEntry: false })?.isFile() ? file : undefined;
}
