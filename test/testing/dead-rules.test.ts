import { expect, it } from "vitest";
import { ops } from "../../compiler/ops/index.ts";
import { testFile } from "../../compiler/testing/index.ts";
import { testedText } from "./support.ts";

/** The second one fires alone where its input has four axes, is refused elsewhere, and comes after the first everywhere. */
const text = `
  rewrite Mine { match x -> d: Dense -> r: ReLU replace r with x -> same d -> Maximum(0) }
  rewrite Other once { match x -> d: Dense -> r: ReLU replace r with x -> same d -> ReLU -> Multiply(x.shape[3] / x.shape[3]) }`;

it("a rule that is dead, and refused at the last graph that was made for it, is told with one where it fires alone", () => {
  const { failures } = testFile("rules.qcfg", testedText(text), ops, { runs: 20 });
  const dead = failures.find(({ rule }) => rule === "Other");
  expect(dead?.message).toBe("it is dead: wherever it matches, `Mine` comes first");
});
