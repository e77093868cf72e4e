// Every SIMD kernel, by the name that emitted programs call it: the names of `runtime/reference/index.ts`.
export { relu } from "./relu";
export { resample } from "./resize";
