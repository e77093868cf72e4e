import { defineBinary } from "./elementwise.ts";

export const Xor = defineBinary({
  name: "Xor",
  doc: "y = either a or b",
  kernel: "xor",
  accepts: "booleans",
  traits: ["commutative"],
  onnx: "Xor",
});
