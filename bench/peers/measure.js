// What Node and a browser both run: contenders, measured in turns, so that what disturbs one disturbs all.

/** Milliseconds of a sample in steps of the clock: what is rounded away is less than a hundredth. */
const stepsOfSample = 200;

/**
 * Milliseconds of one inference, for each contender. They take turns of about `turnMs`; the result is the median over all
 * their samples, and the shortest. Where the clock is coarse, as in browsers, a sample is many inferences.
 */
export async function race(contenders, { rounds = 12, turnMs = 60, warmMs = 400 } = {}) {
  const sampleMs = stepsOfSample * clockStep();
  const racing = [];
  for (const contender of contenders) {
    // Engines compile again what runs often; nobody is measured before that.
    const end = performance.now() + warmMs;
    for (let i = 0; i < 4 || performance.now() < end; i++) await contender.run();
    racing.push({ ...contender, batch: await batchFor(contender.run, sampleMs), times: [] });
  }
  for (let round = 0; round < rounds; round++) {
    for (const { run, batch, times } of racing) {
      const end = performance.now() + turnMs;
      do times.push((await timeOf(run, batch)) / batch);
      while (performance.now() < end);
    }
  }
  return racing.map(({ name, loadMs, times }) => {
    times.sort((a, b) => a - b);
    return { name, ms: times[times.length >> 1], min: times[0], loadMs };
  });
}

/** Milliseconds between two readings of the clock, at least. */
function clockStep() {
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < 20; i++) {
    const start = performance.now();
    let now = start;
    while (now === start) now = performance.now();
    least = Math.min(least, now - start);
  }
  return least;
}

/** How many inferences take at least so long. */
async function batchFor(run, sampleMs) {
  for (let batch = 1; ; batch *= 2) if ((await timeOf(run, batch)) >= sampleMs) return batch;
}

async function timeOf(run, batch) {
  const start = performance.now();
  for (let i = 0; i < batch; i++) {
    const result = run();
    if (result instanceof Promise) await result;
  }
  return performance.now() - start;
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
  const outputs = Object.entries(model.run(inputs)).map(([port, values]) => [port, [...values]]);
  return { name, run: () => model.run(inputs), loadMs, outputs: Object.fromEntries(outputs) };
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
