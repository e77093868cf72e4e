import { describe, expect, it } from "vitest";
import { ops } from "../../compiler/ops/index.ts";
import { runTest } from "../../compiler/testing/run-test.ts";
import { testedText } from "./support.ts";

const rules = `
quantizer w8 = LastValue(int8, per: channel, symmetric, narrow)
quantizer a8 = MovingAverage(int8, per: tensor, affine)
rewrite DropSecondReLU optional { match a: ReLU -> b: ReLU replace b with a preserve bits }
rewrite DoubleIsSum optional { match x -> m: Multiply(c: Const) require size(c) == 1 && c.value == 2 replace m with Add(x, x) }
rewrite ForgetsTheBeta optional {
  match x -> bn: BatchNorm
  replace bn with x -> Multiply(bn.gamma / sqrt(bn.variance + bn.epsilon))
}
quantize Layers optional { match d: Dense set d.kernel = w8 set d.output = a8 }
`;

/** The codes and messages of a test's failures. */
function failuresOf(clauses: string, items = rules): readonly string[] {
  const tested = testedText(`${items}\ntest "t" { ${clauses} }`);
  const [test] = tested.tests;
  return runTest(test!, tested, ops).failures.map(({ code, message }) => `${code}: ${message}`);
}

const twice = "graph { x :: f32[1, 4] -> ReLU -> ReLU -> y }";

describe("a test of a rule file", () => {
  it("passes where a rule fires as often as expected", () => {
    expect(failuresOf(`${twice} expect DropSecondReLU fires == 1`)).toEqual([]);
    expect(failuresOf(`${twice} expect DropSecondReLU fires >= 1`)).toEqual([]);
  });

  it("fails where it does not, with the nearest miss", () => {
    const once = "graph { x :: f32[1, 4] -> a: ReLU -> b: ReLU -> y, a -> z }";
    expect(failuresOf(`${once} expect DropSecondReLU fires == 1`)).toEqual([
      "QC2701: `DropSecondReLU` fires 0 times on this graph",
    ]);
  });

  it("compares the graph that it becomes, commutative operands in either order", () => {
    const given = "graph { x :: f32[1, 4] -> Multiply(2) -> y }";
    const becomes = (graph: string) => failuresOf(`${given} expect graph { ${graph} }`);
    expect(becomes("x :: f32[1, 4] -> Add(x) -> y")).toEqual([]);
    expect(becomes("x :: f32[1, 4] -> Add(1) -> y")).toEqual([
      "QC2702: the graph becomes another one: `x` is a Input where a Constant is expected",
    ]);
    expect(becomes("x :: f32[1, 4] -> Add(x) -> z")).toEqual([
      "QC2702: the graph becomes another one: its outputs are y and not z",
    ]);
    expect(failuresOf(`${twice} expect graph { x :: f32[1, 4] -> ReLU -> y }`)).toEqual([]);
  });

  it("lets weights that are left out be any", () => {
    const given =
      "graph { x :: f32[1, 4] -> Dense { kernel: [[1, 2, 3, 4]] } -> ReLU -> ReLU -> y }";
    const becomes = (dense: string) =>
      failuresOf(`${given} expect graph { x :: f32[1, 4] -> Dense { ${dense} } -> ReLU -> y }`);
    expect(becomes("units: 1")).toEqual([]);
    expect(becomes("kernel: [[1, 2, 3, 4]]")).toEqual([]);
    expect(becomes("kernel: [[1, 2, 3, 5]]")).toHaveLength(1);
    expect(becomes("units: 2")).toHaveLength(1);
  });

  it("compares requests", () => {
    const given = "graph { x :: f32[1, 4] -> d: Dense { units: 3 } -> r: ReLU -> y }";
    expect(
      failuresOf(`${given} expect d.kernel = w8 expect d.output = a8 expect r.output = none`),
    ).toEqual([]);
    expect(failuresOf(`${given} expect Layers fires == 1 expect d.input = none`)).toEqual([]);
    expect(failuresOf(`${given} expect d.{kernel, output}, r.output = w8`)).toEqual([
      "QC2703: `d.output` gets `MovingAverage(int8, per: tensor, affine)`",
      "QC2703: `r.output` gets no request",
    ]);
  });

  it("fails where the graph computes something else, whatever is expected", () => {
    expect(failuresOf("graph { x :: f32[1, 4] -> BatchNorm -> y }")).toEqual([
      expect.stringMatching(/^QC2704: the rewritten graph computes something else: `y`\[\d\] was /),
    ]);
  });
});
