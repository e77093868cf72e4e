import { sigmoid, tanh } from "./transcendental.ts";

// Recurrent layers in one direction. All tensors are float32. `x` is [steps, batch, inputs], `kernel` [gates · hidden,
// inputs], `recurrent` [gates · hidden, hidden], `y` [steps, batch, hidden]; `state` is [batch, hidden], the initial state
// before the call and the last one after it. Sums have one accumulator each: bias, then inputs, then the state, in index
// order. `backward` is 1 for a layer that begins with the last step.

/** Functions of gates. Numbers, because emitted programs pass them. */
export const GateFunction = { sigmoid: 0, tanh: 1, relu: 2, hardSigmoid: 3, linear: 4 } as const;

function gate(x: number, code: number): number {
  if (code === GateFunction.sigmoid) return sigmoid(x);
  if (code === GateFunction.tanh) return tanh(x);
  if (code === GateFunction.relu) return x < 0 ? 0 : x;
  if (code === GateFunction.linear) return x;
  const line = Math.fround(Math.fround(Math.fround(0.2) * x) + 0.5);
  return line < 0 ? 0 : line > 1 ? 1 : line;
}

/** `x` limited to [−limit, limit]; a limit of 0 stands for none. */
function limited(x: number, limit: number): number {
  if (limit === 0) return x;
  return x < -limit ? -limit : x > limit ? limit : x;
}

function plusProduct(sum: number, a: number, b: number): number {
  return Math.fround(sum + Math.fround(a * b));
}

/** `sums[o] += Σ x[from + i] · kernel[first + o, i]` for `rows` places `o`. */
function addProducts(
  sums: Float32Array,
  x: Float32Array,
  from: number,
  kernel: Float32Array,
  first: number,
  rows: number,
  inputs: number,
): void {
  const last = rows - 1;
  for (let o = 0; o < rows; o += 4) {
    // Four sums at a time hide the latency of addition; past the end the last one is summed again.
    const o1 = Math.min(o + 1, last);
    const o2 = Math.min(o + 2, last);
    const o3 = Math.min(o + 3, last);
    let acc0 = sums[o]!;
    let acc1 = sums[o1]!;
    let acc2 = sums[o2]!;
    let acc3 = sums[o3]!;
    for (let i = 0; i < inputs; i++) {
      const value = x[from + i]!;
      acc0 = Math.fround(acc0 + Math.fround(value * kernel[(first + o) * inputs + i]!));
      acc1 = Math.fround(acc1 + Math.fround(value * kernel[(first + o1) * inputs + i]!));
      acc2 = Math.fround(acc2 + Math.fround(value * kernel[(first + o2) * inputs + i]!));
      acc3 = Math.fround(acc3 + Math.fround(value * kernel[(first + o3) * inputs + i]!));
    }
    sums[o] = acc0;
    sums[o1] = acc1;
    sums[o2] = acc2;
    sums[o3] = acc3;
  }
}

/** `state = f(bias + x · kernelᵀ + state · recurrentᵀ)`; `sums` has room for `hidden` numbers. */
export function rnn(
  x: Float32Array,
  kernel: Float32Array,
  recurrent: Float32Array,
  bias: Float32Array,
  y: Float32Array,
  state: Float32Array,
  sums: Float32Array,
  steps: number,
  batch: number,
  inputs: number,
  hidden: number,
  backward: number,
  clip: number,
  f: number,
): void {
  for (let step = 0; step < steps; step++) {
    const t = backward === 1 ? steps - 1 - step : step;
    for (let b = 0; b < batch; b++) {
      for (let j = 0; j < hidden; j++) sums[j] = bias[j]!;
      addProducts(sums, x, (t * batch + b) * inputs, kernel, 0, hidden, inputs);
      addProducts(sums, state, b * hidden, recurrent, 0, hidden, hidden);
      for (let j = 0; j < hidden; j++) {
        const h = gate(limited(sums[j]!, clip), f);
        state[b * hidden + j] = h;
        y[(t * batch + b) * hidden + j] = h;
      }
    }
  }
}

/**
 * Gates input, output, forget and cell candidate, in this order: `cell = F · cell + I · C`, `state = O · h(cell)`, with
 * `I, O, F = f(…)` and `C = g(…)` of the sums. `peephole` is [3 · hidden] for input, output, forget: their sums see the cell
 * through it. With `coupled` = 1, `F = 1 − I`. `cell` is [batch, hidden] like `state`; `sums` has room for 4 · hidden numbers.
 */
export function lstm(
  x: Float32Array,
  kernel: Float32Array,
  recurrent: Float32Array,
  bias: Float32Array,
  peephole: Float32Array,
  y: Float32Array,
  state: Float32Array,
  cell: Float32Array,
  sums: Float32Array,
  steps: number,
  batch: number,
  inputs: number,
  hidden: number,
  backward: number,
  clip: number,
  f: number,
  g: number,
  h: number,
  coupled: number,
): void {
  for (let step = 0; step < steps; step++) {
    const t = backward === 1 ? steps - 1 - step : step;
    for (let b = 0; b < batch; b++) {
      for (let j = 0; j < 4 * hidden; j++) sums[j] = bias[j]!;
      addProducts(sums, x, (t * batch + b) * inputs, kernel, 0, 4 * hidden, inputs);
      addProducts(sums, state, b * hidden, recurrent, 0, 4 * hidden, hidden);
      for (let j = 0; j < hidden; j++) {
        const before = cell[b * hidden + j]!;
        const input = gate(limited(plusProduct(sums[j]!, peephole[j]!, before), clip), f);
        const forget =
          coupled === 1
            ? Math.fround(1 - input)
            : gate(
                limited(
                  plusProduct(sums[2 * hidden + j]!, peephole[2 * hidden + j]!, before),
                  clip,
                ),
                f,
              );
        const candidate = gate(limited(sums[3 * hidden + j]!, clip), g);
        const after = Math.fround(Math.fround(forget * before) + Math.fround(input * candidate));
        const looking = plusProduct(sums[hidden + j]!, peephole[hidden + j]!, after);
        const output = gate(limited(looking, clip), f);
        const result = Math.fround(output * gate(after, h));
        cell[b * hidden + j] = after;
        state[b * hidden + j] = result;
        y[(t * batch + b) * hidden + j] = result;
      }
    }
  }
}

/**
 * Gates update, reset and candidate, in this order: `state = (1 − U) · C + U · state` with `U, R = f(…)` of the sums and `C =
 * g(x · kernelᵀ + bias + (R · state) · recurrentᵀ + recurrentBias)`, or with `resetAfter` = 1 `C = g(x · kernelᵀ + bias + R ·
 * (state · recurrentᵀ + recurrentBias))`. `bias` and `recurrentBias` are [3 · hidden]; `sums`, `inner` and `faded` have room for
 * 3 · hidden, hidden and hidden numbers.
 */
export function gru(
  x: Float32Array,
  kernel: Float32Array,
  recurrent: Float32Array,
  bias: Float32Array,
  recurrentBias: Float32Array,
  y: Float32Array,
  state: Float32Array,
  sums: Float32Array,
  inner: Float32Array,
  faded: Float32Array,
  steps: number,
  batch: number,
  inputs: number,
  hidden: number,
  backward: number,
  clip: number,
  f: number,
  g: number,
  resetAfter: number,
): void {
  for (let step = 0; step < steps; step++) {
    const t = backward === 1 ? steps - 1 - step : step;
    for (let b = 0; b < batch; b++) {
      const own = b * hidden;
      for (let j = 0; j < 3 * hidden; j++) {
        sums[j] = j < 2 * hidden ? bias[j]! + recurrentBias[j]! : bias[j]!;
      }
      addProducts(sums, x, (t * batch + b) * inputs, kernel, 0, 3 * hidden, inputs);
      addProducts(sums, state, own, recurrent, 0, 2 * hidden, hidden);
      for (let j = 0; j < hidden; j++) {
        const reset = gate(limited(sums[hidden + j]!, clip), f);
        sums[hidden + j] = reset;
        faded[j] = resetAfter === 1 ? state[own + j]! : Math.fround(reset * state[own + j]!);
        inner[j] = recurrentBias[2 * hidden + j]!;
      }
      addProducts(inner, faded, 0, recurrent, 2 * hidden, hidden, hidden);
      for (let j = 0; j < hidden; j++) {
        const factor = resetAfter === 1 ? sums[hidden + j]! : 1;
        const sum = Math.fround(sums[2 * hidden + j]! + Math.fround(factor * inner[j]!));
        const candidate = gate(limited(sum, clip), g);
        const update = gate(limited(sums[j]!, clip), f);
        const kept = Math.fround(update * state[own + j]!);
        const result = Math.fround(Math.fround(Math.fround(1 - update) * candidate) + kept);
        state[own + j] = result;
        y[(t * batch + b) * hidden + j] = result;
      }
    }
  }
}
