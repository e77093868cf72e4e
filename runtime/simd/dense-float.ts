import { loadSome4, storeSome4 } from "./lanes";
import { Pointer } from "./memory";
import { accumulateRun, packedProduct } from "./product-float";

/** See the reference. For weights that are not known ahead: they are transposed in registers. */
export function dense(
  x: Pointer<f32>,
  kernel: Pointer<f32>,
  bias: Pointer<f32>,
  y: Pointer<f32>,
  rows: i32,
  inputs: i32,
  outputs: i32,
): void {
  for (let o = 0; o < outputs; o += 4) {
    const count = min(outputs - o, 4);
    const start = loadSome4<f32>(bias.at(o), count);
    const w0 = kernel.at(o * inputs);
    const w1 = kernel.at((o + min(1, count - 1)) * inputs);
    const w2 = kernel.at((o + min(2, count - 1)) * inputs);
    const w3 = kernel.at((o + min(3, count - 1)) * inputs);
    for (let r = 0; r < rows; r++) {
      const sum = accumulateRun(start, x.at(r * inputs), w0, w1, w2, w3, inputs);
      storeSome4<f32>(y.at(r * outputs + o), sum, count);
    }
  }
}

/** `dense` on packed weights and biases: see `packedProduct`. `x` is [rows, inputs], `y` is [rows, outputs]. */
export function densePacked(
  x: Pointer<f32>,
  packed: Pointer<f32>,
  y: Pointer<f32>,
  rows: i32,
  inputs: i32,
  outputs: i32,
): void {
  packedProduct(x.at(0), inputs << 2, packed.at(0), y.at(0), outputs << 2, rows, inputs, outputs);
}
