/** The storage of any tensor. Kernels that take it work alike on every dtype; both sides of a copy have the same one. */
export type Elements =
  | Float32Array
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array;
