import fc from "fast-check";
import { describe, it } from "vitest";
import { float32Array } from "./arbitraries.ts";
import { type KernelProperty, prepareFamilies } from "./families.ts";

const extent = fc.nat({ max: 4 });

const properties: readonly KernelProperty[] = [
  {
    kernel: "resample",
    signature: ["float32", "int32", "float32", "float32"],
    calls: fc
      .record({
        outer: extent,
        size: fc.integer({ min: 1, max: 5 }),
        inner: fc.nat({ max: 10 }),
        count: extent,
        taps: fc.constantFrom(2, 4),
        outside: fc.float(),
      })
      .chain(({ outer, size, inner, count, taps, outside }) => {
        const places = { minLength: count * taps, maxLength: count * taps };
        return fc.tuple(
          float32Array(outer * size * inner),
          fc
            .array(fc.integer({ min: -1, max: size - 1 }), places)
            .map((each) => Int32Array.from(each)),
          float32Array(count * taps),
          float32Array(outer * count * inner),
          ...[outer, size, inner, count, taps, outside].map(fc.constant),
        );
      }),
  },
];

describe("resizing", async () => {
  const families = await prepareFamilies(properties);
  it.each(properties)("$kernel of $signature", (property) => families.check(property));
});
