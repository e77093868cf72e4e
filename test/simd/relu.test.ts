import fc from "fast-check";
import { describe, it } from "vitest";
import { float32Array } from "./arbitraries.ts";
import { type KernelProperty, prepareFamilies } from "./families.ts";

const properties: readonly KernelProperty[] = [
  {
    kernel: "relu",
    signature: ["float32", "float32"],
    calls: fc
      .nat({ max: 40 })
      .chain((length) => fc.tuple(float32Array(length), float32Array(length), fc.constant(length))),
  },
];

describe("rectifiers", async () => {
  const families = await prepareFamilies(properties);
  it.each(properties)("$kernel of $signature", (property) => families.check(property));
});
