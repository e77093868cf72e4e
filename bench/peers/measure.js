// What Node and a browser both run: contenders, measured in turns, so that what disturbs one disturbs all.

/** @typedef {{ name: string, run: () => unknown, loadMs: number }} Contender */

/**
 * Milliseconds of one inference, for each contender. They take turns of about `turnMs`; the result is the median over all
 * their runs, and the shortest.
 */
export async function race(contenders, { rounds = 12, turnMs = 60 } = {}) {
  const times = new Map(contenders.map(({ name }) => [name, []]));
  for (const { run } of contenders) {
    // Engines compile again what runs often; nobody is measured before that.
    const end = performance.now() + 400;
    for (let i = 0; i < 4 || performance.now() < end; i++) await run();
  }
  for (let round = 0; round < rounds; round++) {
    for (const { name, run } of contenders) {
      const one = await timeOf(run, 1);
      // A clock of a browser is coarse: short inferences are timed in batches.
      const batch = Math.max(1, Math.ceil(1 / Math.max(one, 0.005)));
      const end = performance.now() + turnMs;
      do times.get(name).push(await timeOf(run, batch));
      while (performance.now() < end);
    }
  }
  return contenders.map(({ name, loadMs }) => {
    const sorted = times.get(name).sort((a, b) => a - b);
    return { name, ms: sorted[sorted.length >> 1], min: sorted[0], loadMs };
  });
}

async function timeOf(run, batch) {
  const start = performance.now();
  for (let i = 0; i < batch; i++) {
    const result = run();
    if (result instanceof Promise) await result;
  }
  return (performance.now() - start) / batch;
}

/** A value of every input: numbers of a fixed pseudo-random sequence. */
export function sampleFor(ports) {
  let state = 1;
  const next = () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
  return Object.fromEntries(
    ports.map(({ name, dtype, shape }) => {
      const length = shape.reduce((a, b) => a * b, 1);
      const arrays = { float32: Float32Array, int8: Int8Array, uint8: Uint8Array, int32: Int32Array };
      const value = { float32: () => next() * 2 - 1, int32: () => 0 }[dtype];
      return [name, arrays[dtype].from({ length }, value ?? (() => next() * 256))];
    }),
  );
}

/** Our program in one family: from `load` to the first answer, then ready to run. */
export async function ours(name, load, options, inputs) {
  const start = performance.now();
  const model = await load(options);
  model.run(inputs);
  const loadMs = performance.now() - start;
  const run = () => model.run(inputs);
  return { name, run, loadMs, outputs: model.run(inputs) };
}

/** A session of ONNX Runtime on a model's bytes; inputs by position, as floats where the model takes floats. */
export async function onnxRuntime(name, ort, bytes, ports, inputs) {
  const start = performance.now();
  const session = await ort.InferenceSession.create(bytes, {
    executionProviders: ["wasm"],
    graphOptimizationLevel: "all",
    logSeverityLevel: 3,
  });
  const feeds = {};
  for (const [i, inputName] of session.inputNames.entries()) {
    const { name: port, shape } = ports[i];
    const { type } = session.inputMetadata[i];
    const data = type === "float32" ? Float32Array.from(inputs[port]) : inputs[port];
    feeds[inputName] = new ort.Tensor(type, data, shape);
  }
  await session.run(feeds);
  const loadMs = performance.now() - start;
  return { name, run: () => session.run(feeds), loadMs };
}
