// The page that measures in a browser: called by `peers.ts` through the driver.
import { onnxRuntime, ours, race, sampleFor } from "./measure.js";

let ort;
let litert;

async function bytesAt(url) {
  return new Uint8Array(await (await fetch(url)).arrayBuffer());
}

async function liteRt(url, ports, inputs) {
  const module = await import("@litertjs/core");
  if (!litert) {
    const start = performance.now();
    await module.loadLiteRt("/peers/@litertjs/core/wasm/");
    litert = { startMs: performance.now() - start };
  }
  const start = performance.now();
  const model = await module.loadAndCompile(url, { accelerator: "wasm" });
  const tensors = ports.map(({ name, shape }) => new module.Tensor(inputs[name], [...shape]));
  const run = async () => {
    for (const result of await model.run(tensors)) {
      result.toTypedArray?.();
      result.delete();
    }
  };
  await run();
  return { name: "LiteRT.js", run, loadMs: litert.startMs + performance.now() - start };
}

async function contenders({ name, liteRtModel }) {
  const { load, inputs: ports } = await import(`/compiled/${name}/model.js`);
  const inputs = sampleFor(ports);
  const found = [];
  const failures = [];
  const attempt = async (label, make) => {
    try {
      found.push(await make());
    } catch (error) {
      failures.push(`${label}: ${String(error?.message ?? error).split("\n")[0]}`);
    }
  };
  for (const simd of ["relaxed", "baseline"])
    await attempt(simd, () => ours(`qcfg ${simd}`, load, { simd }, inputs));
  if (!ort) {
    ort = await import("/peers/onnxruntime-web/dist/ort.wasm.min.mjs");
    ort.env.wasm.numThreads = 1;
    ort.env.wasm.wasmPaths = "/peers/onnxruntime-web/dist/";
  }
  await attempt("onnxruntime-web int8", async () =>
    onnxRuntime("onnxruntime-web int8", ort, await bytesAt(`/compiled/${name}.onnx`), ports, inputs),
  );
  if (liteRtModel) await attempt("LiteRT.js", () => liteRt(liteRtModel, ports, inputs));
  return { found, failures };
}

window.measureModel = async (model, options) => {
  const { found, failures } = await contenders(model);
  const outputs = Object.fromEntries(
    found.flatMap((each) => (each.outputs ? [[each.name, each.outputs]] : [])),
  );
  return { results: await race(found, options), failures, outputs };
};
window.ready = true;
