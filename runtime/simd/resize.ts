import { Pointer } from "./memory";

/** As in the reference; an output of the vectors is one accumulator in a register, which it leaves once. */
export function resample(
  x: Pointer<f32>,
  indices: Pointer<i32>,
  weights: Pointer<f32>,
  y: Pointer<f32>,
  outer: i32,
  size: i32,
  inner: i32,
  count: i32,
  taps: i32,
  outside: f32,
): void {
  let to = y;
  for (let o = 0; o < outer; o++) {
    const from = x.from(o * size * inner);
    for (let j = 0; j < count; j++, to = to.from(inner)) {
      const first = j * taps;
      const last = first + taps;
      let i = 0;
      for (; i <= inner - 4; i += 4) {
        let sum = f32x4.splat(0);
        for (let t = first; t < last; t++) {
          const index = indices[t];
          const value =
            index < 0 ? f32x4.splat(outside) : v128.load(from.at(index * inner + i));
          sum = f32x4.add(sum, f32x4.mul(v128.load32_splat(weights.at(t)), value));
        }
        v128.store(to.at(i), sum);
      }
      for (; i < inner; i++) {
        let sum: f32 = 0;
        for (let t = first; t < last; t++) {
          const index = indices[t];
          sum += weights[t] * (index < 0 ? outside : from[index * inner + i]);
        }
        to[i] = sum;
      }
    }
  }
}
