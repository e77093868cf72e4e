type Elements = Float32Array | Int8Array | Uint8Array | Int16Array | Uint16Array | Int32Array;

/** `y = x`, element by element; both of one dtype. */
export function copy(x: Elements, y: Elements, length: number): void {
  for (let i = 0; i < length; i++) y[i] = x[i]!;
}
