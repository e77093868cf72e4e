import { defineUnary } from "./elementwise.ts";

export const Erf = defineUnary({
  name: "Erf",
  doc: "y = 2/√π · ∫₀ˣ e^(−t²) dt",
  kernel: "mapErf",
  traits: ["monotone"],
  onnx: "Erf",
});
