import { describe, expect, it } from "vitest";
import { found } from "./support.ts";

const quantizers = `
  quantizer w8 = LastValue(int8, per: channel, symmetric)
  quantizer a8 = AllValues(int8)
  quantizer a16 = AllValues(int16)`;

describe("what no site can have is told without a model", () => {
  it.each([
    ["quantizer wide = Percentile(120, int8)", "QC2112"],
    ["quantize A { match n: Dense set n.output = MovingAverage(2, int8) }", "QC2112"],
    ["quantize A { match n: Dense set n.output = Fixed(int8, min: 3, max: 1) }", "QC2112"],
    ["quantize A { match n: Dense set n.kernel = LastValue(int4, per: group(0)) }", "QC2112"],
    ["quantize A { match n: Dense derive n.bias = n.input * n.output }", "QC2113"],
    ["quantize A { match n: Dense set n.output = w8 }", "QC2275"],
    ["quantize A { match n: Dense set n.output = LastValue(int4, per: group(32)) }", "QC2274"],
  ])("%s", (text, code) => {
    expect(found(quantizers + text).map((one) => one.slice(0, 6))).toEqual([code]);
  });

  it("but a constant has a scale for each channel, whoever reads it", () => {
    const text = "quantize A { match k: Constant :: f32[...] -> Multiply set k.output = w8 }";
    expect(found(quantizers + text)).toEqual([]);
  });
});

it("a layer with an activation of its own is told, where it is written", () => {
  const rule = (step: string) =>
    `rewrite A { match x -> d: Dense -> r: Sigmoid replace r with ${step} preserve within 9 }`;
  expect(found(rule('x -> same d { activation: "relu" }'))).toEqual([
    expect.stringMatching(/^QC2117: `A` builds a `same d` that has the activation relu/),
  ]);
  expect(found(rule('x -> same d { activation: "linear" } -> ReLU'))).toEqual([]);
});

describe("a rule that contradicts itself is told", () => {
  it.each([
    ["at one slot", "match n: Dense set n.output = a8 set n.activation = a16"],
    ["at one of all slots", "match n: Dense set n.* = float set n.output = a8"],
    ["through a tie", "match n: Dense -> r: ReLU tie n.output, r.output = a8 set r.output = a16"],
  ])("%s", (_, clauses) => {
    const [only, ...others] = found(`${quantizers} quantize A { ${clauses} }`);
    expect(only).toMatch(/^QC2126: `A` asks for different things/);
    expect(others).toEqual([]);
  });

  it.each([
    ["the same twice", "match n: Dense set n.output = a8 set n.* = a8"],
    ["two slots", "match n: Dense set n.output = a8 set n.input[0] = a16"],
    [
      "float, which a tie leaves out",
      "match n: Dense -> r: ReLU tie n.output, r.output = a8 set r.input[0] = float",
    ],
  ])("%s is no contradiction", (_, clauses) => {
    expect(found(`${quantizers} quantize A { ${clauses} }`)).toEqual([]);
  });
});
