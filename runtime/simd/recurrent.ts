import { loadSome4, storeSome4 } from "./lanes";
import { limit } from "./map";
import { Pointer } from "./memory";
import { accumulate, accumulateFour, accumulateOne, accumulateRun } from "./product-float";
import { sigmoid4, tanh4 } from "./transcendental";

// Recurrent layers, see the reference, whose codes of functions these are.
const sigmoidCode = 0;
const tanhCode = 1;
const reluCode = 2;
const linearCode = 4;

function gate(x: v128, code: i32): v128 {
  if (code == sigmoidCode) return sigmoid4(x);
  if (code == tanhCode) return tanh4(x);
  if (code == reluCode) return f32x4.pmax(x, f32x4.splat(0));
  if (code == linearCode) return x;
  const line = f32x4.add(f32x4.mul(f32x4.splat(0.2), x), f32x4.splat(0.5));
  return limit<f32>(line, f32x4.splat(0), f32x4.splat(1));
}

/** What sums are limited to, both ways; a limit of 0 stands for none. */
@inline
function limitOf(clip: f32): v128 {
  return f32x4.splat(clip == 0 ? Infinity : clip);
}

@inline
function limited(x: v128, most: v128): v128 {
  return limit<f32>(x, f32x4.neg(most), most);
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
  const most = limitOf(clip);
  for (let step = 0; step < steps; step++) {
    const t = backward == 1 ? steps - 1 - step : step;
    for (let b = 0; b < batch; b++) {
      const own = state.from(b * hidden);
      const out = y.from((t * batch + b) * hidden);
      memory.copy(sums.at(0), bias.at(0), 4 * hidden);
      addProducts(sums, x.from((t * batch + b) * inputs), kernel, hidden, inputs);
      addProducts(sums, own, recurrent, hidden, hidden);
      for (let j = 0; j < hidden; j += 4) {
        const n = hidden - j;
        const h = gate(limited(loadSome4<f32>(sums.at(j), n), most), f);
        storeSome4<f32>(own.at(j), h, n);
        storeSome4<f32>(out.at(j), h, n);
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
  const most = limitOf(clip);
  for (let step = 0; step < steps; step++) {
    const t = backward == 1 ? steps - 1 - step : step;
    for (let b = 0; b < batch; b++) {
      const own = state.from(b * hidden);
      const kept = cell.from(b * hidden);
      const out = y.from((t * batch + b) * hidden);
      memory.copy(sums.at(0), bias.at(0), 16 * hidden);
      addProducts(sums, x.from((t * batch + b) * inputs), kernel, 4 * hidden, inputs);
      addProducts(sums, own, recurrent, 4 * hidden, hidden);
      for (let j = 0; j < hidden; j += 4) {
        const n = hidden - j;
        const before = loadSome4<f32>(kept.at(j), n);
        const entering = accumulate(
          loadSome4<f32>(sums.at(j), n),
          loadSome4<f32>(peephole.at(j), n),
          before,
        );
        const input = gate(limited(entering, most), f);
        let forget = f32x4.sub(f32x4.splat(1), input);
        if (coupled != 1) {
          const staying = accumulate(
            loadSome4<f32>(forgets.at(j), n),
            loadSome4<f32>(peephole.at(2 * hidden + j), n),
            before,
          );
          forget = gate(limited(staying, most), f);
        }
        const candidate = gate(limited(loadSome4<f32>(candidates.at(j), n), most), g);
        const after = accumulate(f32x4.mul(forget, before), input, candidate);
        const leaving = accumulate(
          loadSome4<f32>(outputs.at(j), n),
          loadSome4<f32>(peephole.at(hidden + j), n),
          after,
        );
        const result = f32x4.mul(gate(limited(leaving, most), f), gate(after, h));
        storeSome4<f32>(kept.at(j), after, n);
        storeSome4<f32>(own.at(j), result, n);
        storeSome4<f32>(out.at(j), result, n);
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
  const most = limitOf(clip);
  for (let step = 0; step < steps; step++) {
    const t = backward == 1 ? steps - 1 - step : step;
    for (let b = 0; b < batch; b++) {
      const own = state.from(b * hidden);
      const out = y.from((t * batch + b) * hidden);
      for (let j = 0; j < 2 * hidden; j++) sums[j] = bias[j] + recurrentBias[j];
      memory.copy(candidates.at(0), bias.at(2 * hidden), 4 * hidden);
      addProducts(sums, x.from((t * batch + b) * inputs), kernel, 3 * hidden, inputs);
      addProducts(sums, own, recurrent, 2 * hidden, hidden);
      for (let j = 0; j < hidden; j += 4) {
        const n = hidden - j;
        const reset = gate(limited(loadSome4<f32>(resets.at(j), n), most), f);
        const before = loadSome4<f32>(own.at(j), n);
        storeSome4<f32>(resets.at(j), reset, n);
        storeSome4<f32>(faded.at(j), resetAfter == 1 ? before : f32x4.mul(reset, before), n);
      }
      memory.copy(inner.at(0), recurrentBias.at(2 * hidden), 4 * hidden);
      addProducts(inner, faded, last, hidden, hidden);
      for (let j = 0; j < hidden; j += 4) {
        const n = hidden - j;
        const one = f32x4.splat(1);
        const factor = resetAfter == 1 ? loadSome4<f32>(resets.at(j), n) : one;
        const sum = accumulate(
          loadSome4<f32>(candidates.at(j), n),
          factor,
          loadSome4<f32>(inner.at(j), n),
        );
        const candidate = gate(limited(sum, most), g);
        const update = gate(limited(loadSome4<f32>(sums.at(j), n), most), f);
        const changed = f32x4.mul(f32x4.sub(one, update), candidate);
        const result = accumulate(changed, update, loadSome4<f32>(own.at(j), n));
        storeSome4<f32>(own.at(j), result, n);
        storeSome4<f32>(out.at(j), result, n);
      }
    }
  }
}
