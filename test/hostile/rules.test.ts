import { describe, expect, it } from "vitest";
import { ops } from "../../compiler/ops/index.ts";
import { annotate } from "../../compiler/quantize/annotate.ts";
import { loadLibrary } from "../../compiler/rewrite/load-rules.ts";
import { buildNetwork } from "../support/networks.ts";

const graph = buildNetwork({ height: 2, width: 2, channels: 1, layers: [[0, 1, 1]], seed: 1 });

/** Codes of what is wrong with a rule file that asks for `quantizer`, checked and applied to a small network. */
function codesOf(text: string): readonly string[] {
  const library = loadLibrary({ path: "hostile.qcfg", text }, { ops, resolve: () => undefined });
  const applied = library.value
    ? annotate(graph, library.value.quantizes, { ops }).diagnostics
    : [];
  const errors = [...library.diagnostics, ...applied].filter(
    ({ severity }) => severity === "error",
  );
  return errors.map(({ code }) => code);
}

describe("quantizers of impossible numbers are rejected", () => {
  it.each([
    "Fixed(int8, min: 0, max: 1e300)",
    "Fixed(int8, min: 5, max: 1)",
    "Fixed(int8, min: 0 / 0, max: 1)",
    "Fixed(int8, min: -1 / 0, max: 1)",
    "MovingAverage(momentum: 5)",
    "MovingAverage(momentum: -1)",
    "Percentile(200)",
    "Percentile(0)",
    "LastValue(int8, per: group(0))",
    "LastValue(int8, per: group(1.5))",
    "LastValue(int8, per: group(1 / 0))",
    "LastValue(int8, per: group(-2))",
  ])("%s", (quantizer) => {
    expect(codesOf(`quantize A { match x: Conv2D set x.output = ${quantizer} }`)).toEqual([
      "QC2112",
    ]);
  });
});

describe("names of JavaScript in rule files", () => {
  it("are names like others", () => {
    const text = `quantizer __proto__ = LastValue(int8)
      quantizer constructor = __proto__
      quantize ToString { match valueOf: Conv2D set valueOf.output = constructor }
      expect ToString fires == 1`;
    expect(codesOf(text)).toEqual([]);
  });

  it.each([
    "quantize A { match x: Conv2D { constructor: 1 } set x.output = float }",
    "quantize A { match x: Conv2D { __proto__: p } set x.output = float }",
    "quantize A { match x: Conv2D require x.constructor == 1 set x.output = float }",
    "quantize A { match x: Conv2D require hasOwnProperty(x) set x.output = float }",
    "quantize A { match x: Conv2D set x.__proto__ = float }",
    "quantize A { match x: Conv2D set x.output = toString }",
    "quantize A { match x: Conv2D set x.output = constructor(int8) }",
    "rewrite A { match x -> c: ReLU replace c with x -> ReLU { toString: 1 } }",
    "rewrite A { match x -> c: ReLU before Constructor replace c with x }",
    'import "constructor"',
  ])("mean nothing where nobody has defined them: %s", (text) => {
    expect(codesOf(text).length).toBeGreaterThan(0);
  });
});

it("a hundred thousand names for one quantizer are followed to the last", () => {
  const names = Array.from({ length: 1e5 }, (_, i) => `quantizer q${i} = q${i + 1}`);
  const last = "quantizer q100000 = LastValue(int8)";
  const text = [...names, last, "quantize A { match x: Conv2D set x.output = q0 }"].join("\n");
  expect(codesOf(text)).toEqual([]);
});
