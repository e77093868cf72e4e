import { Pointer } from "./memory";
import { accumulateFour, accumulateOne, accumulateRun } from "./product-float";
import { sigmoid, tanh } from "./transcendental";

// See the reference, whose codes of functions these are.
const sigmoidCode = 0;
const tanhCode = 1;
const reluCode = 2;
const linearCode = 4;

function gate(x: f32, code: i32): f32 {
  if (code == sigmoidCode) return sigmoid(x);
  if (code == tanhCode) return tanh(x);
  if (code == reluCode) return x < 0 ? 0 : x;
  if (code == linearCode) return x;
  const line: f32 = <f32>0.2 * x + 0.5;
  return line < 0 ? 0 : line > 1 ? 1 : line;
}

/** `x` limited to [−limit, limit]; a limit of 0 stands for none. */
@inline
function limited(x: f32, limit: f32): f32 {
  if (limit == 0) return x;
  return x < -limit ? -limit : x > limit ? limit : x;
}

/** `sums[o] += Σ x[i] · kernel[o, i]` for `rows` places `o`. */
function addProducts(
  sums: Pointer<f32>,
  x: Pointer<f32>,
  kernel: Pointer<f32>,
  rows: i32,
  inputs: i32,
): void {
  const row = <usize>inputs << 2;
  let w = kernel.at(0);
  let o = 0;
  for (; o <= rows - 8; o += 8, w += 8 * row) addEight(sums.at(o), x.at(0), w, row);
  for (; o <= rows - 4; o += 4, w += 4 * row) {
    const sum = v128.load(sums.at(o));
    v128.store(sums.at(o), accumulateRun(sum, x.at(0), w, w + row, w + 2 * row, w + 3 * row, inputs));
  }
  for (; o < rows; o++) {
    let sum = sums[o];
    for (let i = 0; i < inputs; i++) sum += x[i] * kernel[o * inputs + i];
    sums[o] = sum;
  }
}

/** Eight rows of `row` bytes: two vectors of sums at a time hide the latency of addition. */
function addEight(sums: usize, x: usize, w: usize, row: usize): void {
  let low = v128.load(sums);
  let high = v128.load(sums, 16);
  let v = w + 4 * row;
  const end = x + row;
  for (; x + 16 <= end; x += 16, w += 16, v += 16) {
    low = accumulateFour(low, x, w, w + row, w + 2 * row, w + 3 * row);
    high = accumulateFour(high, x, v, v + row, v + 2 * row, v + 3 * row);
  }
  for (; x < end; x += 4, w += 4, v += 4) {
    low = accumulateOne(low, x, w, w + row, w + 2 * row, w + 3 * row);
    high = accumulateOne(high, x, v, v + row, v + 2 * row, v + 3 * row);
  }
  v128.store(sums, low);
  v128.store(sums, high, 16);
}

/** As in the reference. */
export function rnn(
  x: Pointer<f32>,
  kernel: Pointer<f32>,
  recurrent: Pointer<f32>,
  bias: Pointer<f32>,
  y: Pointer<f32>,
  state: Pointer<f32>,
  sums: Pointer<f32>,
  steps: i32,
  batch: i32,
  inputs: i32,
  hidden: i32,
  backward: i32,
  clip: f32,
  f: i32,
): void {
  for (let step = 0; step < steps; step++) {
    const t = backward == 1 ? steps - 1 - step : step;
    for (let b = 0; b < batch; b++) {
      const own = state.from(b * hidden);
      const out = y.from((t * batch + b) * hidden);
      memory.copy(sums.at(0), bias.at(0), 4 * hidden);
      addProducts(sums, x.from((t * batch + b) * inputs), kernel, hidden, inputs);
      addProducts(sums, own, recurrent, hidden, hidden);
      for (let j = 0; j < hidden; j++) {
        const h = gate(limited(sums[j], clip), f);
        own[j] = h;
        out[j] = h;
      }
    }
  }
}

/** As in the reference. */
export function lstm(
  x: Pointer<f32>,
  kernel: Pointer<f32>,
  recurrent: Pointer<f32>,
  bias: Pointer<f32>,
  peephole: Pointer<f32>,
  y: Pointer<f32>,
  state: Pointer<f32>,
  cell: Pointer<f32>,
  sums: Pointer<f32>,
  steps: i32,
  batch: i32,
  inputs: i32,
  hidden: i32,
  backward: i32,
  clip: f32,
  f: i32,
  g: i32,
  h: i32,
  coupled: i32,
): void {
  const outputs = sums.from(hidden);
  const forgets = sums.from(2 * hidden);
  const candidates = sums.from(3 * hidden);
  for (let step = 0; step < steps; step++) {
    const t = backward == 1 ? steps - 1 - step : step;
    for (let b = 0; b < batch; b++) {
      const own = state.from(b * hidden);
      const kept = cell.from(b * hidden);
      const out = y.from((t * batch + b) * hidden);
      memory.copy(sums.at(0), bias.at(0), 16 * hidden);
      addProducts(sums, x.from((t * batch + b) * inputs), kernel, 4 * hidden, inputs);
      addProducts(sums, own, recurrent, 4 * hidden, hidden);
      for (let j = 0; j < hidden; j++) {
        const before = kept[j];
        const input = gate(limited(sums[j] + peephole[j] * before, clip), f);
        const forget: f32 =
          coupled == 1
            ? 1 - input
            : gate(limited(forgets[j] + peephole[2 * hidden + j] * before, clip), f);
        const candidate = gate(limited(candidates[j], clip), g);
        const after = forget * before + input * candidate;
        const looking = outputs[j] + peephole[hidden + j] * after;
        const result = gate(limited(looking, clip), f) * gate(after, h);
        kept[j] = after;
        own[j] = result;
        out[j] = result;
      }
    }
  }
}

/** As in the reference. */
export function gru(
  x: Pointer<f32>,
  kernel: Pointer<f32>,
  recurrent: Pointer<f32>,
  bias: Pointer<f32>,
  recurrentBias: Pointer<f32>,
  y: Pointer<f32>,
  state: Pointer<f32>,
  sums: Pointer<f32>,
  inner: Pointer<f32>,
  faded: Pointer<f32>,
  steps: i32,
  batch: i32,
  inputs: i32,
  hidden: i32,
  backward: i32,
  clip: f32,
  f: i32,
  g: i32,
  resetAfter: i32,
): void {
  const resets = sums.from(hidden);
  const candidates = sums.from(2 * hidden);
  const last = recurrent.from(2 * hidden * hidden);
  for (let step = 0; step < steps; step++) {
    const t = backward == 1 ? steps - 1 - step : step;
    for (let b = 0; b < batch; b++) {
      const own = state.from(b * hidden);
      const out = y.from((t * batch + b) * hidden);
      for (let j = 0; j < 2 * hidden; j++) sums[j] = bias[j] + recurrentBias[j];
      memory.copy(candidates.at(0), bias.at(2 * hidden), 4 * hidden);
      addProducts(sums, x.from((t * batch + b) * inputs), kernel, 3 * hidden, inputs);
      addProducts(sums, own, recurrent, 2 * hidden, hidden);
      for (let j = 0; j < hidden; j++) {
        const reset = gate(limited(resets[j], clip), f);
        resets[j] = reset;
        faded[j] = resetAfter == 1 ? own[j] : reset * own[j];
      }
      memory.copy(inner.at(0), recurrentBias.at(2 * hidden), 4 * hidden);
      addProducts(inner, faded, last, hidden, hidden);
      for (let j = 0; j < hidden; j++) {
        const factor: f32 = resetAfter == 1 ? resets[j] : 1;
        const candidate = gate(limited(candidates[j] + factor * inner[j], clip), g);
        const update = gate(limited(sums[j], clip), f);
        const result = (<f32>1 - update) * candidate + update * own[j];
        own[j] = result;
        out[j] = result;
      }
    }
  }
}
