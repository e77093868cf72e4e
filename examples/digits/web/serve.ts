/** What `npm run demo:web` runs: compiles the digits into the page's folder and serves it. */
import { spawnSync } from "node:child_process";
import { join, resolve } from "node:path";
import { serve } from "../../../scripts/static-server.ts";

const here = import.meta.dirname;
const example = (file: string) => resolve(here, "..", file);
const qcfg = resolve(here, "../../../compiler/cli/main.ts");
const { status } = spawnSync(
  process.execPath,
  [
    ...[qcfg, "compile", example("digits.onnx"), "--calib", example("calib_x.npy")],
    ...["--target", "wasm", "-o", join(here, "model")],
  ],
  { stdio: "inherit" },
);
if (status === 0) {
  const { url } = await serve({ "/": here }, Number(process.env.PORT ?? 8080));
  console.log(`\nDraw a digit: ${url}  (Ctrl+C ends)`);
} else {
  process.exitCode = status ?? 1;
}
