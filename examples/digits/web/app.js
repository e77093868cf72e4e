// Draws, asks the compiled network, shows its answer. `model/` is a compiled folder: see the README beside this.

const size = 28;
const element = (id) => document.getElementById(id);
const pad = element("pad").getContext("2d");
const small = element("small").getContext("2d", { willReadFrequently: true });

/** The picture as the network takes it: bright ink on dark paper, 0 … 255, one number for each pixel. */
function picture() {
  small.imageSmoothingQuality = "high";
  small.fillStyle = "black";
  small.fillRect(0, 0, size, size);
  small.drawImage(pad.canvas, 0, 0, size, size);
  const { data } = small.getImageData(0, 0, size, size);
  return Float32Array.from({ length: size * size }, (_, i) => data[4 * i]);
}

function softmax(logits) {
  const most = Math.max(...logits);
  const powers = Array.from(logits, (x) => Math.exp(x - most));
  const sum = powers.reduce((a, b) => a + b);
  return powers.map((p) => p / sum);
}

/** Milliseconds of one inference. The clock of a browser is coarse, so it is the mean of as many as fill a frame. */
function timeOf(run) {
  const start = performance.now();
  let runs = 0;
  do {
    run();
    runs++;
  } while (performance.now() - start < 8);
  return (performance.now() - start) / runs;
}

function show(model) {
  const inputs = { image: picture() };
  const { logits } = model.run(inputs);
  const shares = softmax(logits);
  const best = shares.indexOf(Math.max(...shares));
  element("answer").textContent = String(best);
  element("time").textContent = `${timeOf(() => model.run(inputs)).toFixed(3)} ms`;
  for (const [digit, item] of [...element("scores").children].entries()) {
    item.style.setProperty("--share", shares[digit].toFixed(3));
    item.classList.toggle("best", digit === best);
    item.title = `${(100 * shares[digit]).toFixed(1)} %`;
  }
}

function clear() {
  pad.fillStyle = "black";
  pad.fillRect(0, 0, pad.canvas.width, pad.canvas.height);
  picture();
  element("answer").textContent = "–";
  for (const item of element("scores").children) item.style.setProperty("--share", "0");
}

function place({ offsetX, offsetY }) {
  const { canvas } = pad;
  return [(offsetX * canvas.width) / canvas.clientWidth, (offsetY * canvas.height) / canvas.clientHeight];
}

function listen(onChange) {
  const { canvas } = pad;
  Object.assign(pad, { lineWidth: 22, lineCap: "round", lineJoin: "round", strokeStyle: "white" });
  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    pad.beginPath();
    pad.moveTo(...place(event));
    pad.lineTo(...place(event));
    pad.stroke();
    onChange();
  });
  canvas.addEventListener("pointermove", (event) => {
    if (event.buttons === 0) return;
    pad.lineTo(...place(event));
    pad.stroke();
    onChange();
  });
  element("clear").addEventListener("click", clear);
}

async function start() {
  for (let digit = 0; digit < 10; digit++) element("scores").append(document.createElement("li"));
  clear();
  const began = performance.now();
  const { load } = await import("./model/model.js");
  const simd = new URLSearchParams(location.search).get("simd") ?? "auto";
  const model = await load({ simd });
  element("loaded").textContent = `${(performance.now() - began).toFixed(0)} ms`;
  element("program").textContent = model.family ? `WebAssembly, ${model.family} SIMD` : "JavaScript";
  // Strokes come faster than frames: one answer for each frame is enough.
  let waiting = false;
  listen(() => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => {
      waiting = false;
      show(model);
    });
  });
  document.body.dataset.ready = "true";
  // For tests and the curious: the network itself.
  globalThis.model = model;
}

start().catch((error) => {
  element("program").textContent = "–";
  const problem = element("problem");
  problem.hidden = false;
  problem.textContent = `The network cannot be loaded: ${error.message}. Compile it first: npm run demo:web.`;
});
