import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { selectInteger } from "../../compiler/lower/select-integer.ts";
import { kernels } from "../../runtime/reference/index.ts";
import {
  convCases,
  denseCases,
  matMulCases,
  moduleOf,
  run,
  scheduleOf,
  signs,
} from "./packed-layers.ts";

// A schedule of one layer, selected, planned and run in WebAssembly, gives what the reference kernel gives.

describe.each(["baseline", "relaxed"] as const)("packed integer layers, %s", async (family) => {
  const module = await moduleOf(family, ["densePackedInteger", "conv2dPackedInteger"]);
  // Sums in pairs saturate where the dot product is not exact: there such weights are not tried.
  const small = family === "relaxed" && signs === undefined;
  it.each([
    ["denseInteger", denseCases(small)],
    ["matMulInteger", matMulCases(small)],
    ["conv2dInteger", convCases(small)],
  ] as const)("%s", (_, cases) => {
    fc.assert(
      fc.property(cases, (each) => {
        const schedule = selectInteger(scheduleOf(each));
        expect(schedule.steps[0]!.kernel).toMatch(/PackedInteger$/);
        const found = run(module, schedule, each.arrays[0]!);
        const wanted = each.arrays.map((array) => array.slice());
        const reference = kernels[each.kernel as keyof typeof kernels];
        (reference as (...values: unknown[]) => void)(...wanted, ...each.numbers);
        expect(found).toEqual(wanted[each.y]);
      }),
      { numRuns: 1500 },
    );
  });
});
