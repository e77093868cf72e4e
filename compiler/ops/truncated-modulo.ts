import { defineBinary, elementwiseToOnnx } from "./elementwise.ts";

export const TruncatedModulo = defineBinary({
  name: "TruncatedModulo",
  doc: "y = the remainder of a / b with the sign of a",
  kernel: "truncatedModulo",
  toOnnx: elementwiseToOnnx("Mod", () => ({ fmod: 1 })),
});
