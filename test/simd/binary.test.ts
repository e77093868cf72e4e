import fc from "fast-check";
import { describe, it } from "vitest";
import { elements, integerViews, mixedElements, views } from "./arbitraries.ts";
import { type KernelProperty, prepareFamilies, type ViewName } from "./families.ts";
import { broadcasts } from "./views.ts";

/** `kernel(a, b, y, view)`. */
function binary(kernel: string, a: ViewName, y: ViewName = a, b: ViewName = a): KernelProperty {
  return {
    kernel,
    signature: [a, b, y, "int32"],
    calls: broadcasts(2).chain(({ view, lengths, length }) =>
      fc.tuple(
        mixedElements(a, lengths[0]!),
        mixedElements(b, lengths[1]!),
        elements(y, length),
        fc.constant(view),
      ),
    ),
  };
}

const choice = (view: ViewName): KernelProperty => ({
  kernel: "select",
  signature: ["uint8", view, view, view, "int32"],
  calls: broadcasts(3).chain(({ view: table, lengths: [c, a, b], length }) =>
    fc.tuple(
      fc.uint8Array({ minLength: c!, maxLength: c!, max: 1 }),
      elements(view, a!),
      elements(view, b!),
      elements(view, length),
      fc.constant(table),
    ),
  ),
});

const properties: readonly KernelProperty[] = [
  ...["add", "subtract", "minimum", "maximum", "squaredDifference"].flatMap((kernel) =>
    views.map((view) => binary(kernel, view)),
  ),
  ...views.filter((view) => view !== "int32").map((view) => binary("multiply", view)),
  binary("multiplyInt32", "int32"),
  binary("divide", "float32"),
  binary("floorDivide", "float32"),
  ...["divideInteger", "floorDivideInteger"].flatMap((kernel) =>
    integerViews.map((view) => binary(kernel, view)),
  ),
  ...["floorModulo", "truncatedModulo"].flatMap((kernel) =>
    views.map((view) => binary(kernel, view)),
  ),
  ...["equal", "notEqual", "less", "lessEqual"].flatMap((kernel) =>
    views.map((view) => binary(kernel, view, "uint8")),
  ),
  ...["and", "or", "xor"].map((kernel) => binary(kernel, "uint8")),
  binary("prelu", "float32"),
  ...views.map(choice),
  ...views.map((view) => binary("power", view)),
  binary("power", "float32", "float32", "int32"),
  binary("power", "int32", "int32", "float32"),
];

describe("kernels of two operands", async () => {
  const families = await prepareFamilies(properties);
  it.each(properties)("$kernel of $signature", (property) => families.check(property));
});
