import { expect, it } from "vitest";
import { shadowedRules } from "../../compiler/analyses/shadowed.ts";
import { ops } from "../../compiler/ops/index.ts";
import { commonName } from "../../grammar/name-pattern.ts";
import { libraryWithImports } from "./support.ts";

it("a name that one pattern has and another has not is found by the shortest of the one", () => {
  const regex = (source: string) => ({ kind: "regex", source }) as const;
  expect(commonName([regex("layer_1_.*")], [regex("layer_2_.*")])).toEqual({ name: "layer_1_" });
  expect(commonName([regex("a*")], [regex("a")])).toEqual({ name: "aa" });
  expect(commonName([regex("layer_1")], [regex("layer_.*")])).toBe("none");
  expect(commonName([regex("[^\\s\\S]")], [regex("a")])).toBe("none");
});

it("hundreds of rules by name are compared, as far as counted, without a search for each pair", () => {
  const rules = Array.from(
    { length: 400 },
    (_, i) =>
      `quantize R${i} ${i % 2 ? "override" : ""} { match n: Conv2D require n.name ~ /layer_${i >> 1}_.*/ set n.output = a${i % 2 ? 8 : 16} }`,
  );
  const { quantizes } = libraryWithImports(
    `quantizer a8 = AllValues(int8) quantizer a16 = AllValues(int16) ${rules.join("\n")}`,
  );
  // The first rules are met by their overrides before what may be compared is used up.
  const found = shadowedRules(quantizes, ops, () => true).map(({ rule }) => rule.name);
  expect(found.slice(0, 3)).toEqual(["R0", "R2", "R4"]);
});
