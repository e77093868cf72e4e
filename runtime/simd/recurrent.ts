import { Pointer } from "./memory";
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

/**
 * `sums[o] += Σ x[i] · kernel[o, i]` for `rows` places `o`. Lanes are rows, so that each sum keeps its own order: squares of
 * 4 × 4 weights are transposed on the way.
 */
function addProducts(
  sums: Pointer<f32>,
  x: Pointer<f32>,
  kernel: Pointer<f32>,
  rows: i32,
  inputs: i32,
): void {
  let o = 0;
  // Two vectors of sums at a time hide the latency of addition.
  for (; o <= rows - 8; o += 8) {
    let low = v128.load(sums.at(o));
    let high = v128.load(sums.at(o + 4));
    let i = 0;
    for (; i <= inputs - 4; i += 4) {
      low = plusSquare(low, x.from(i), kernel.from(o * inputs + i), inputs);
      high = plusSquare(high, x.from(i), kernel.from((o + 4) * inputs + i), inputs);
    }
    for (; i < inputs; i++) {
      low = plusColumn(low, x.from(i), kernel.from(o * inputs + i), inputs);
      high = plusColumn(high, x.from(i), kernel.from((o + 4) * inputs + i), inputs);
    }
    v128.store(sums.at(o), low);
    v128.store(sums.at(o + 4), high);
  }
  for (; o <= rows - 4; o += 4) {
    let sum = v128.load(sums.at(o));
    let i = 0;
    for (; i <= inputs - 4; i += 4)
      sum = plusSquare(sum, x.from(i), kernel.from(o * inputs + i), inputs);
    for (; i < inputs; i++)
      sum = plusColumn(sum, x.from(i), kernel.from(o * inputs + i), inputs);
    v128.store(sums.at(o), sum);
  }
  for (; o < rows; o++) {
    let sum = sums[o];
    for (let i = 0; i < inputs; i++) sum += x[i] * kernel[o * inputs + i];
    sums[o] = sum;
  }
}

/** Adds the products of four inputs in a row with four columns of four rows. */
@inline
function plusSquare(sum: v128, x: Pointer<f32>, kernel: Pointer<f32>, inputs: i32): v128 {
  const row0 = v128.load(kernel.at(0));
  const row1 = v128.load(kernel.at(inputs));
  const row2 = v128.load(kernel.at(2 * inputs));
  const row3 = v128.load(kernel.at(3 * inputs));
  const left01 = i32x4.shuffle(row0, row1, 0, 4, 1, 5);
  const left23 = i32x4.shuffle(row2, row3, 0, 4, 1, 5);
  const right01 = i32x4.shuffle(row0, row1, 2, 6, 3, 7);
  const right23 = i32x4.shuffle(row2, row3, 2, 6, 3, 7);
  sum = plusProducts(sum, x.at(0), i64x2.shuffle(left01, left23, 0, 2));
  sum = plusProducts(sum, x.at(1), i64x2.shuffle(left01, left23, 1, 3));
  sum = plusProducts(sum, x.at(2), i64x2.shuffle(right01, right23, 0, 2));
  return plusProducts(sum, x.at(3), i64x2.shuffle(right01, right23, 1, 3));
}

/** Adds the products of one input with one column of four rows. */
@inline
function plusColumn(sum: v128, x: Pointer<f32>, kernel: Pointer<f32>, inputs: i32): v128 {
  let column = v128.load32_zero(kernel.at(0));
  column = v128.load32_lane(kernel.at(inputs), column, 1);
  column = v128.load32_lane(kernel.at(2 * inputs), column, 2);
  column = v128.load32_lane(kernel.at(3 * inputs), column, 3);
  return plusProducts(sum, x.at(0), column);
}

@inline
function plusProducts(sum: v128, x: usize, weights: v128): v128 {
  return f32x4.add(sum, f32x4.mul(v128.load32_splat(x), weights));
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
