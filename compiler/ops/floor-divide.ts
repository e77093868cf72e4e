import { defineBinary, writeElementwise } from "./elementwise.ts";

export const FloorDivide = defineBinary({
  name: "FloorDivide",
  doc: "y = ⌊a / b⌋",
  kernel: "floorDivide",
  integerKernel: "floorDivideInteger",
  tflite: "FLOOR_DIV",
  toOnnx({ results: [y] }, [a, b], build) {
    if (y!.dtype !== "float32") return build.reject("ONNX divides integers towards zero");
    const [quotient] = writeElementwise("Div", [a, b], [y!], build);
    return build.add("Floor", [quotient], {}, [y!], quotient!.layout);
  },
});
