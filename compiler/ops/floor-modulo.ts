import { defineBinary, writeElementwise } from "./elementwise.ts";

export const FloorModulo = defineBinary({
  name: "FloorModulo",
  doc: "y = a − ⌊a / b⌋ · b, the remainder with the sign of b",
  kernel: "floorModulo",
  onnx: {
    Mod: (node, build) =>
      build.one(node.int("fmod", 0) === 1 ? "TruncatedModulo" : "FloorModulo", [
        node.input(0),
        node.input(1),
      ]),
  },
  tflite: "FLOOR_MOD",
  toOnnx({ results: [y] }, [a, b], build) {
    const node = (opType: string, ...operands: Parameters<typeof writeElementwise>[1][number][]) =>
      writeElementwise(opType, operands, [y!], build)[0];
    if (y!.dtype !== "float32") return [node("Mod", a, b)!];
    return [node("Sub", a, node("Mul", node("Floor", node("Div", a, b)), b))!];
  },
});
