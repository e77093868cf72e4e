import { describe, expect, it } from "vitest";
import { someInstances } from "../../compiler/analyses/overlaps.ts";
import { areToldApart } from "../../compiler/analyses/told-apart.ts";
import { ops } from "../../compiler/ops/index.ts";
import { libraryWithImports } from "./support.ts";

/** Whether two patterns of one node, called `n`, are told apart, in either order. */
function compare(one: string, other: string): boolean {
  const { quantizes } = libraryWithImports(
    `${[one, other].map((text, i) => `quantize R${i} { match ${text} set n.output = float }`).join("\n")}`,
  );
  const [a, b] = quantizes.map((rule) => {
    const [instance] = someInstances(rule, ops);
    return { rule, instance: instance!, id: instance!.roots[0]! };
  });
  const found = areToldApart(a!, b!);
  expect(areToldApart(b!, a!)).toBe(found);
  return found;
}

describe("two rules do not meet at a node", () => {
  it.each([
    ["n: Clip { min: 0, max: 1 }", "n: Clip { min: 0, max: 6 }"],
    ["n: Clip { max: 1 }", "n: Clip { max: 2 .. 6 }"],
    ["n: Clip { max: 1 }", "n: Clip { max: > 1 }"],
    ["n: Conv2D { strides: [1, 1] }", "n: Conv2D { strides: [2, 2] }"],
    ["n: Add require n.name ~ /block_1_.*/", "n: Add require n.name ~ /block_2_.*/"],
    ["n: Add require n.name ~ /block_1/", "n: Add require !(n.name ~ /block_.*/)"],
  ])("of which one says `%s`, the other one `%s`", (one, other) => {
    expect(compare(one, other)).toBe(true);
  });
});

describe("two rules may meet at a node", () => {
  it.each([
    ["n: Clip { min: 0 }", "n: Clip { max: 6 }"],
    ["n: Clip { max: 6 }", "n: Clip { max: 6 }"],
    ["n: Clip { max: 6 }", "n: Clip { max: m }"],
    ["n: Clip { max: 3 }", "n: Clip { max: 2 .. 6 }"],
    ["n: Add require n.name ~ /block_1.*/", "n: Add require n.name ~ /block_12.*/"],
    ["n: Add require n.name ~ /block_1/", "n: Add"],
    ["x -> n: ReLU require x.name ~ /a/", "n: ReLU require n.name ~ /b/"],
  ])("of which one says `%s`, the other one `%s`", (one, other) => {
    expect(compare(one, other)).toBe(false);
  });
});
