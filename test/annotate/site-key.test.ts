import * as fc from "fast-check";
import { expect, it } from "vitest";
import { type Site, siteKey } from "../../compiler/ir/annotations.ts";

/** Around the limits of what the parts of a key hold. */
const indices = fc.oneof(fc.nat(40), fc.nat(2 ** 20));
const nodes = fc.oneof(fc.nat(40), fc.integer({ min: 0, max: 2 ** 28 - 1 }));
const sites: fc.Arbitrary<Site> = fc.oneof(
  fc.record({ kind: fc.constant("value"), value: fc.record({ node: nodes, output: indices }) }),
  fc.record({ kind: fc.constantFrom("constant", "edge"), node: nodes, operand: indices }),
);

it("is the same for the same sites and for no others", () => {
  fc.assert(
    fc.property(sites, sites, (a, b) => {
      expect(Number.isSafeInteger(siteKey(a))).toBe(true);
      expect(siteKey(a) === siteKey(b)).toBe(JSON.stringify(a) === JSON.stringify(b));
    }),
    { numRuns: 2000 },
  );
});
