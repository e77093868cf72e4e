import fc from "fast-check";
import { describe, it } from "vitest";
import { elements, integerRanges, integerViews, mixedElements, views } from "./arbitraries.ts";
import { type KernelProperty, prepareFamilies, type ViewName } from "./families.ts";

/** `kernel(x, y, length, …parameters)`. */
function unary(
  kernel: string,
  from: ViewName,
  to: ViewName = from,
  ...parameters: readonly fc.Arbitrary<number>[]
): KernelProperty {
  return {
    kernel,
    signature: [from, to],
    calls: fc
      .nat({ max: 40 })
      .chain((length) =>
        fc.tuple(
          mixedElements(from, length),
          elements(to, length),
          fc.constant(length),
          ...parameters,
        ),
      ),
  };
}

const real = fc.float({ min: -4, max: 4 });
const positive = fc.float({ min: Math.fround(0.01), max: 4 });
const limit: fc.Arbitrary<number> = fc.oneof(fc.float({ noNaN: true }), real);

const properties: readonly KernelProperty[] = [
  ...["abs", "negative", "sign", "floor", "ceil", "round"].flatMap((kernel) =>
    views.map((view) => unary(kernel, view)),
  ),
  ...views.filter((view) => view !== "int32").map((view) => unary("square", view)),
  ...["sqrt", "rsqrt", "reciprocal", "hardSwish", "softsign"].map((kernel) =>
    unary(kernel, "float32"),
  ),
  unary("clip", "float32", "float32", limit, limit),
  ...integerViews.map((view) =>
    unary("clip", view, view, fc.integer(integerRanges[view]), fc.integer(integerRanges[view])),
  ),
  unary("leakyRelu", "float32", "float32", real),
  unary("thresholdedRelu", "float32", "float32", real),
  unary("hardSigmoid", "float32", "float32", real, real),
  unary("not", "uint8"),
  unary("isNotANumber", "float32", "uint8"),
  ...[
    ...["mapExp", "mapLog", "mapSin", "mapCos", "mapTan", "mapErf", "mapSigmoid", "mapTanh"],
    ...["mapSoftplus", "swish", "mish", "gelu", "geluTanh"],
  ].map((kernel) => unary(kernel, "float32")),
  unary("elu", "float32", "float32", real),
  unary("selu", "float32", "float32", real, real),
  unary("celu", "float32", "float32", positive),
];

describe("kernels of one operand", async () => {
  const families = await prepareFamilies(properties);
  it.each(properties)("$kernel of $signature", (property) => families.check(property));
});
