/** `y = max(x, 0)`; a NaN stays NaN. */
export function relu(x: Float32Array, y: Float32Array, length: number): void {
  for (let i = 0; i < length; i++) y[i] = x[i]! < 0 ? 0 : x[i]!;
}
