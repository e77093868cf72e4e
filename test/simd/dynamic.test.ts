import fc from "fast-check";
import { describe, it } from "vitest";
import { elements, mixedFloat32Array } from "./arbitraries.ts";
import { type Arguments, type KernelProperty, prepareFamilies } from "./families.ts";

/** Integers that are chosen at run time, and the reals of their sums. */

const sizes = fc.tuple(fc.nat({ max: 4 }), fc.nat({ max: 19 }));

const properties: readonly KernelProperty[] = [
  {
    kernel: "dynamicQuantize",
    signature: ["float32", "uint8", "float32", "int32"],
    calls: sizes.chain(([rows, inner]) =>
      fc
        .tuple(
          fc.oneof(mixedFloat32Array(rows * inner), elements("float32", rows * inner)),
          elements("uint8", rows * inner),
          elements("float32", rows),
          elements("int32", rows),
        )
        .map((arrays): Arguments => [...arrays, rows, inner]),
    ),
  },
  {
    kernel: "dynamicScale",
    signature: ["int32", "float32", "int32", "int32", "float32", "float32", "float32"],
    calls: fc.tuple(sizes, fc.boolean()).chain(([[rows, outputs], isShared]) => {
      const ranges = isShared ? 1 : rows;
      return fc
        .tuple(
          elements("int32", rows * outputs),
          mixedFloat32Array(ranges),
          elements("int32", ranges),
          elements("int32", outputs),
          mixedFloat32Array(outputs),
          mixedFloat32Array(outputs),
          elements("float32", rows * outputs),
        )
        .map((arrays): Arguments => [...arrays, rows, outputs, isShared ? 0 : 1]);
    }),
  },
];

describe("integers of run time", async () => {
  const families = await prepareFamilies(properties);
  it.each(properties)("$kernel", (property) => families.check(property));
});
