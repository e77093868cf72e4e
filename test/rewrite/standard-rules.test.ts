import { describe, expect, it } from "vitest";
import type { Attributes, Graph, Value } from "../../compiler/ir/graph.ts";
import type { Shape, Tensor } from "../../compiler/ir/types.ts";
import { tensor } from "../../compiler/ir/types.ts";
import { ops } from "../../compiler/ops/index.ts";
import { applyRules } from "../../compiler/rewrite/driver.ts";
import type { RewriteRule } from "../../compiler/rewrite/rule.ts";
import { outputsOf, Sketch, standardLibrary } from "./support.ts";

/** A rule with a graph on which it fires and one on which it almost does. */
interface Case {
  readonly fires: (s: Sketch) => Value;
  readonly misses: (s: Sketch) => Value;
  /** The kernel's own rounding, where the result is not exact though the rule is: relative. */
  readonly tolerance?: number;
}

function fire(graph: Graph, rules: readonly RewriteRule[]) {
  const { diagnostics, ...rest } = applyRules(graph, rules, { ops });
  expect(diagnostics.map(({ message }) => message)).toEqual([]);
  return rest;
}

/** Largest difference of two outputs, and the largest magnitude. */
function distance(a: Tensor, b: Tensor): readonly [number, number] {
  expect([b.dtype, b.shape]).toEqual([a.dtype, a.shape]);
  let [difference, magnitude] = [0, 1];
  a.data.forEach((x, i) => {
    difference = Math.max(difference, Math.abs(x - b.data[i]!));
    magnitude = Math.max(magnitude, Math.abs(x));
  });
  return [difference, magnitude];
}

function expectPreserved(rule: RewriteRule, before: Graph, after: Graph, tolerance = 0): void {
  const { contract } = rule;
  const [was, is] = [outputsOf(before), outputsOf(after)];
  was.forEach((output, i) => {
    const [difference, magnitude] = distance(output, is[i]!);
    const allowed =
      contract.kind === "bits"
        ? tolerance * magnitude
        : contract.kind === "steps"
          ? contract.steps
          : (contract.kind === "within" ? contract.epsilon : 1e-6) * magnitude;
    expect(difference).toBeLessThanOrEqual(allowed);
  });
}

function checkLibrary(name: string, cases: Readonly<Record<string, Case>>): void {
  describe(`std/${name}`, () => {
    const library = standardLibrary(name);
    const rules = library.rewrites.filter(({ kind }) => kind === "rewrite");

    it("has a case for every rule", () => {
      expect(rules.map((rule) => rule.name).sort()).toEqual(Object.keys(cases).sort());
    });

    it("states the law of every rule", () => {
      for (const rule of rules) expect(rule.doc, rule.name).not.toBe("");
    });

    it.each(rules.map((rule) => [rule.name, rule] as const))("%s", (_, rule) => {
      const { fires, misses, tolerance } = cases[rule.name]!;
      const good = sketched(fires);
      const alone = fire(good, [rule]);
      expect(
        alone.fired.get(rule.name) ?? 0,
        `fires, but for ${JSON.stringify(alone.refusals)}`,
      ).toBeGreaterThan(0);
      expectPreserved(rule, good, alone.graph, tolerance);
      // No dead rule: it still fires when the whole library runs.
      const together = fire(good, library.rewrites);
      expect(together.fired.get(rule.name) ?? 0, "fires in the library").toBeGreaterThan(0);
      const bad = sketched(misses);
      expect(fire(bad, [rule]).fired.get(rule.name) ?? 0, "misses").toBe(0);
    });
  });
}

function sketched(build: (s: Sketch) => Value): Graph {
  const s = new Sketch();
  return s.graph(build(s));
}

const image: Shape = [1, 4, 4, 2];
const toFirst = [0, 3, 1, 2];
const toLast = [0, 2, 3, 1];

const x = (s: Sketch, shape: Shape = image) => s.input("x", shape);
const unary =
  (op: string, attributes: Attributes = {}) =>
  (s: Sketch) =>
    s.node(op, [x(s)], attributes);
const conv = (s: Sketch, input: Value, attributes: Attributes = {}) =>
  s.node("Conv2D", [input, s.random([2, 2, 2, 2], 3), s.random([2], 4)], attributes, "conv");
/** A convolution, reshaped. */
const squeezed = (s: Sketch, shape: Shape) => s.node("Reshape", [conv(s, x(s))], { shape });
const turned = (s: Sketch, value: Value, permutation: readonly number[] = toFirst) =>
  s.node("Transpose", [value], { permutation });
/** Its border is no multiple of the scale of `xq`, so that only integers of their own can be padded. */
const framed = (s: Sketch) =>
  s.node("Pad", [xq(s)], { padding: [0, 1, 0, 0, 0, 0, 0, 0], value: 0.3 });
const binary = (op: string, k: (s: Sketch) => Value) => (s: Sketch) => s.node(op, [x(s), k(s)]);
const number = (value: number) => (s: Sketch) => s.constant([], value);
const vector = (s: Sketch) => s.random([2], 5);
const batchNorm = (s: Sketch, input: Value) =>
  s.node(
    "BatchNorm",
    [input, s.random([2], 6), s.random([2], 7), s.random([2], 8), s.constant([2], [2.25, 1])],
    { epsilon: 1e-3 },
  );
/** A value used twice: the rule's inside is visible outside. */
const alsoUsed = (s: Sketch, value: Value, other: Value) => {
  s.editor.output({ name: "second", value });
  return other;
};

checkLibrary("canonical", {
  MatMulIsDense: {
    fires: (s) => s.node("MatMul", [x(s, [3, 4]), s.random([4, 2])]),
    misses: (s) => s.node("MatMul", [x(s, [3, 4]), s.input("k", [4, 2])]),
  },
  MatMulTransposedIsDense: {
    fires: (s) => s.node("MatMul", [x(s, [3, 4]), s.random([2, 4])], { transposeB: true }),
    misses: (s) => s.node("MatMul", [x(s, [1, 3, 4]), s.random([1, 2, 4])], { transposeB: true }),
  },
  AddIsBias: {
    fires: (s) => s.node("Add", [conv(s, x(s)), vector(s)]),
    misses: (s) => s.node("Add", [conv(s, x(s)), s.random([3, 1])]),
  },
  PadIsPadding: {
    fires: (s) => conv(s, s.node("Pad", [x(s)], { padding: [0, 1, 0, 0, 0, 2, 1, 0] })),
    misses: (s) => conv(s, s.node("Pad", [x(s)], { padding: [1, 1, 0, 0, 0, 2, 1, 0] })),
  },
  SubtractIsAdd: { fires: binary("Subtract", vector), misses: binary("Add", vector) },
  DivideIsMultiply: {
    fires: binary("Divide", (s) => s.constant([2], [3, -5])),
    misses: binary("Divide", number(0)),
  },
  AddZero: {
    fires: binary("Add", number(0)),
    misses: (s) => s.node("Add", [x(s), s.constant([3, 4, 4, 2], 0)]),
  },
  MultiplyByOne: { fires: binary("Multiply", number(1)), misses: binary("Multiply", number(1.5)) },
  JoinAdds: {
    fires: (s) => s.node("Add", [s.node("Add", [x(s), vector(s)]), number(0.5)(s)]),
    misses: (s) => {
      const inner = s.node("Add", [x(s), vector(s)]);
      return alsoUsed(s, inner, s.node("Add", [inner, number(0.5)(s)]));
    },
  },
  JoinMultiplies: {
    fires: (s) => s.node("Multiply", [number(0.5)(s), s.node("Multiply", [x(s), vector(s)])]),
    misses: (s) =>
      s.node("Multiply", [s.node("Multiply", [x(s), s.random([3, 1, 1, 2])]), vector(s)]),
  },
  PowIsSquare: { fires: binary("Pow", number(2)), misses: binary("Pow", number(3)) },
  ProductIsSquare: {
    fires: (s) => {
      const input = x(s);
      return s.node("Multiply", [input, input]);
    },
    misses: (s) => s.node("Multiply", [x(s), s.input("z", image)]),
  },
  SquaredDifferenceIsSquare: {
    fires: (s) => s.node("SquaredDifference", [x(s), s.input("z", image)]),
    misses: (s) => s.node("Subtract", [x(s), s.input("z", image)]),
  },
  PowIsCube: { fires: binary("Pow", number(3)), misses: binary("Pow", number(4)) },
  DivideIsReciprocal: {
    fires: (s) => s.node("Divide", [number(1)(s), positive(s, x(s))]),
    misses: (s) => s.node("Divide", [number(2)(s), positive(s, x(s))]),
  },
  ReciprocalIsRsqrt: {
    fires: (s) => s.node("Reciprocal", [s.node("Sqrt", [positive(s, x(s))])]),
    misses: (s) => s.node("Reciprocal", [s.node("Exp", [x(s)])]),
  },
  PowIsSqrt: {
    fires: (s) => s.node("Pow", [s.node("Abs", [x(s)]), number(0.5)(s)]),
    misses: (s) => s.node("Pow", [s.node("Abs", [x(s)]), number(0.25)(s)]),
  },
  PowIsRsqrt: {
    fires: (s) => s.node("Pow", [s.node("Exp", [x(s)]), number(-0.5)(s)]),
    misses: (s) => s.node("Pow", [s.node("Exp", [x(s)]), number(-0.25)(s)]),
  },
  ClipIsReLU: { fires: unary("Clip", { min: 0 }), misses: unary("Clip", { min: 1 }) },
  ClipIsReLU6: {
    fires: unary("Clip", { min: 0, max: 6 }),
    misses: unary("Clip", { min: 0, max: 5 }),
  },
  ClipNothing: { fires: unary("Clip"), misses: unary("Clip", { max: 1 }) },
  MaximumIsClip: { fires: binary("Maximum", number(-1)), misses: binary("Maximum", vector) },
  MinimumIsClip: { fires: binary("Minimum", number(1)), misses: binary("Minimum", vector) },
  JoinReLUClip: {
    fires: (s) => s.node("Clip", [unary("ReLU")(s)], { min: -1, max: 1 }),
    misses: (s) => s.node("Clip", [unary("ReLU")(s)], { min: 0.5, max: 1 }),
  },
  JoinClipReLU: {
    fires: (s) => s.node("ReLU", [unary("Clip", { max: 1 })(s)]),
    misses: (s) => s.node("ReLU", [unary("Clip", { max: -1 })(s)]),
  },
  JoinClips: {
    fires: (s) => s.node("Clip", [unary("Clip", { max: 1 })(s)], { min: -1 }),
    misses: (s) => s.node("Clip", [unary("Clip", { max: -1 })(s)], { min: 1 }),
  },
  ReLUTwice: {
    fires: (s) => s.node("ReLU", [unary("ReLU6")(s)]),
    misses: (s) => s.node("ReLU6", [unary("ReLU")(s)]),
  },
  ReLU6IsHardSigmoid: {
    fires: (s) => s.node("Multiply", [hardClip(s, x(s), 3), number(1 / 6)(s)]),
    misses: (s) => s.node("Multiply", [hardClip(s, x(s), 2), number(1 / 6)(s)]),
  },
  HardSigmoidIsHardSwish: {
    fires: (s) => hardSwish(s, x(s), 0.5),
    misses: (s) => hardSwish(s, x(s), 0.25),
  },
  ReLU6IsHardSwish: {
    fires: (s) => {
      const input = x(s);
      return s.node("Multiply", [
        s.node("Multiply", [input, hardClip(s, input, 3)]),
        number(1 / 6)(s),
      ]);
    },
    misses: (s) =>
      s.node("Multiply", [
        s.node("Multiply", [s.input("z", image), hardClip(s, x(s), 3)]),
        number(1 / 6)(s),
      ]),
  },
  SigmoidIsSwish: {
    fires: (s) => {
      const input = x(s);
      return s.node("Multiply", [s.node("Sigmoid", [input]), input]);
    },
    misses: (s) => s.node("Multiply", [s.node("Sigmoid", [x(s)]), s.input("z", image)]),
  },
  SoftplusIsMish: {
    fires: (s) => {
      const input = x(s);
      return s.node("Multiply", [input, s.node("Tanh", [s.node("Softplus", [input])])]);
    },
    misses: (s) => {
      const other = s.input("z", image);
      return s.node("Multiply", [other, s.node("Tanh", [s.node("Softplus", [x(s)])])]);
    },
    tolerance: 1e-6,
  },
  FactorIsCube: {
    fires: (s) => cubic(s, 0.044715),
    misses: (s) => cubic(s, 0.05),
  },
  ScaledFactorIsCube: {
    fires: (s) => cubic(s, 0.044715, Math.sqrt(2 / Math.PI)),
    misses: (s) => cubic(s, 0.044715, 0.5),
  },
  ScaledProductIsSquare: {
    fires: (s) => {
      const input = x(s);
      return s.node("Multiply", [s.node("Multiply", [input, number(3)(s)]), input]);
    },
    misses: (s) =>
      s.node("Multiply", [s.node("Multiply", [x(s), number(3)(s)]), s.input("z", image)]),
  },
  TanhIsGELUHalfFirst: {
    fires: (s) => {
      const input = x(s);
      return s.node("Multiply", [s.node("Multiply", [input, number(0.5)(s)]), curve(s, input)]);
    },
    misses: (s) => {
      const input = x(s);
      return s.node("Multiply", [s.node("Multiply", [input, number(0.25)(s)]), curve(s, input)]);
    },
  },
  TanhIsGELU: {
    fires: (s) => {
      const input = x(s);
      return s.node("Multiply", [input, curve(s, input)]);
    },
    misses: (s) => s.node("Multiply", [s.input("z", image), curve(s, x(s))]),
  },
  TanhIsGELUHalfInside: {
    fires: (s) => {
      const input = x(s);
      return s.node("Multiply", [input, s.node("Multiply", [curve(s, input), number(0.5)(s)])]);
    },
    misses: (s) => {
      const input = x(s);
      return s.node("Multiply", [input, s.node("Multiply", [gate(s, input, 1), number(0.5)(s)])]);
    },
  },
  QuotientIsLayerNorm: {
    fires: (s) => quotient(s, x(s), [-1]),
    misses: (s) => quotient(s, x(s), [1]),
    tolerance: 1e-5,
  },
  ProductIsLayerNorm: {
    fires: (s) => product(s, x(s), [-1]),
    misses: (s) => product(s, x(s), [1]),
    tolerance: 1e-5,
  },
  QuotientOfMomentsIsLayerNorm: {
    fires: (s) => {
      const { centred, raised } = powerMoments(s, x(s), [-1]);
      return s.node("Divide", [centred, s.node("Sqrt", [raised])]);
    },
    misses: (s) => {
      const { centred, raised } = powerMoments(s, x(s), [1]);
      return s.node("Divide", [centred, s.node("Sqrt", [raised])]);
    },
    tolerance: 1e-5,
  },
  ProductOfMomentsIsLayerNorm: {
    fires: (s) => {
      const { centred, raised } = powerMoments(s, x(s), [-1]);
      return s.node("Multiply", [centred, s.node("Rsqrt", [raised])]);
    },
    misses: (s) => {
      const { mean, raised } = powerMoments(s, x(s), [-1]);
      return s.node("Multiply", [s.node("Subtract", [mean, x(s)]), s.node("Rsqrt", [raised])]);
    },
    tolerance: 1e-5,
  },
  ScaleIsLayerNorm: {
    fires: (s) => scaled(s, x(s), [3]),
    misses: (s) => scaled(s, x(s), [2]),
    tolerance: 1e-5,
  },
  FoldFactorIntoNorm: {
    fires: (s) => s.node("Multiply", [layerNorm(s), vector(s)]),
    misses: (s) => s.node("Multiply", [layerNorm(s), s.random([4, 1])]),
  },
  FoldAddendIntoNorm: {
    fires: (s) => s.node("Add", [layerNorm(s), vector(s)]),
    misses: (s) => s.node("Add", [layerNorm(s), s.random([4, 1])]),
  },
  RowsAreGroups: {
    fires: (s) => groupedRows(s, 1),
    misses: (s) => groupedRows(s, 2),
    tolerance: 1e-5,
  },
  ErfIsGELU: {
    fires: (s) => {
      const input = x(s);
      return s.node("Multiply", [input, gate(s, input, 1)]);
    },
    misses: (s) => {
      const input = x(s);
      return s.node("Multiply", [input, gate(s, input, 2)]);
    },
  },
  ErfIsGELUHalvesInside: {
    fires: (s) => halves(s, 0.5),
    misses: (s) => halves(s, 1),
  },
  ErfIsGELUHalfFirst: {
    fires: (s) => {
      const input = x(s);
      return s.node("Multiply", [s.node("Multiply", [number(0.5)(s), input]), gate(s, input, 1)]);
    },
    misses: (s) => {
      const input = x(s);
      return s.node("Multiply", [s.node("Multiply", [number(0.25)(s), input]), gate(s, input, 1)]);
    },
  },
  ErfIsGELUHalfInside: {
    fires: (s) => {
      const input = x(s);
      return s.node("Multiply", [input, s.node("Multiply", [gate(s, input, 1), number(0.5)(s)])]);
    },
    misses: (s) =>
      s.node("Multiply", [
        s.input("z", image),
        s.node("Multiply", [gate(s, x(s), 1), number(0.5)(s)]),
      ]),
  },
  JoinReshapes: {
    fires: (s) =>
      s.node("Reshape", [s.node("Reshape", [x(s)], { shape: [32] })], { shape: [2, -1] }),
    misses: (s) => s.node("Reshape", [x(s)], { shape: [2, 16] }),
  },
  DropReshape: {
    fires: unary("Reshape", { shape: [1, 4, -1, 2] }),
    misses: unary("Reshape", { shape: [4, 4, 2] }),
  },
  DropPad: {
    fires: unary("Pad", { padding: [0, 0, 0, 0, 0, 0, 0, 0] }),
    misses: unary("Pad", { padding: [0, 1, 0, 0, 0, -1, 0, 0] }),
  },
  DropSlice: {
    fires: unary("Slice", { begin: [0, 0, 0, 0], size: image, steps: [1, 1, 1, 1] }),
    misses: unary("Slice", { begin: [0, 3, 0, 0], size: image, steps: [1, -1, 1, 1] }),
  },
  DropInferenceIdentity: { fires: unary("Dropout"), misses: unary("ReLU") },
  DropExpandBehind: {
    fires: (s) => s.node("Subtract", [x(s), expanded(s)]),
    misses: (s) => s.node("Subtract", [x(s, [1, 1, 4, 2]), expanded(s)]),
  },
  DropExpandBefore: {
    fires: (s) => s.node("Subtract", [expanded(s), x(s)]),
    misses: (s) => s.node("Subtract", [expanded(s), x(s, [1, 1, 4, 2])]),
  },
  DropExpand: {
    fires: unary("Expand", { shape: image }),
    misses: unary("Expand", { shape: [3, 4, 4, 2] }),
  },
  DropTile: {
    fires: unary("Tile", { repeats: [1, 1, 1, 1] }),
    misses: unary("Tile", { repeats: [1, 2, 1, 1] }),
  },
  DropConcat: {
    fires: unary("Concat", { axis: 1 }),
    misses: (s) => s.node("Concat", [x(s), s.input("z", image)], { axis: 1 }),
  },
  DropCast: { fires: unary("Cast", { to: "float32" }), misses: unary("Cast", { to: "int32" }) },
});

function hardClip(s: Sketch, input: Value, shift: number): Value {
  return s.node("ReLU6", [s.node("Add", [input, number(shift)(s)])]);
}

function hardSwish(s: Sketch, input: Value, beta: number): Value {
  return s.node("Multiply", [input, s.node("HardSigmoid", [input], { alpha: 1 / 6, beta })]);
}

/** erf(x / √2) + one. */
function gate(s: Sketch, input: Value, one: number): Value {
  const scaled = s.node("Multiply", [input, number(Math.SQRT1_2)(s)]);
  return s.node("Add", [s.node("Erf", [scaled]), number(one)(s)]);
}

const dense = (s: Sketch, input: Value) =>
  s.node("Dense", [input, s.random([3, 2], 3), s.random([3], 4)]);

checkLibrary("fold", {
  FoldBatchNorm: {
    fires: (s) => batchNorm(s, conv(s, x(s))),
    misses: (s) => {
      const inner = conv(s, x(s));
      return alsoUsed(s, inner, batchNorm(s, inner));
    },
  },
  BatchNormIsScale: {
    fires: (s) => batchNorm(s, x(s)),
    misses: (s) => batchNorm(s, turned(s, x(s, [1, 2, 4, 4]), toLast)),
  },
  TransposedBatchNormIsScale: {
    fires: (s) => batchNorm(s, turned(s, x(s, [1, 2, 4, 4]), toLast)),
    misses: (s) => batchNorm(s, turned(s, turned(s, x(s)), toLast)),
  },
  FoldMultiplyAfter: {
    fires: (s) => s.node("Multiply", [conv(s, x(s)), vector(s)]),
    misses: (s) => s.node("Multiply", [conv(s, x(s)), s.random([3, 1])]),
  },
  FoldMultiplyAfterReshape: {
    fires: (s) => s.node("Multiply", [squeezed(s, [9, 2]), vector(s)]),
    misses: (s) => s.node("Multiply", [squeezed(s, [1, 18]), s.random([18])]),
  },
  FoldAddAfterReshape: {
    fires: (s) => s.node("Add", [squeezed(s, [9, 2]), vector(s)]),
    misses: (s) => s.node("Add", [squeezed(s, [1, 18]), s.random([18])]),
  },
  FoldMultiplyAfterDepths: {
    fires: (s) => s.node("Multiply", [depths(s, [0, 1, 3, 2, 4]), vector(s)]),
    misses: (s) => s.node("Multiply", [depths(s, [0, 3, 1, 2, 4]), vector(s)]),
  },
  FoldAddAfterDepths: {
    fires: (s) => s.node("Add", [depths(s, [0, 1, 3, 2, 4]), vector(s)]),
    misses: (s) => s.node("Add", [depths(s, [0, 3, 1, 2, 4]), vector(s)]),
  },
  JoinAddendsAroundFactor: {
    fires: (s) => {
      const product = s.node("Multiply", [s.node("Add", [x(s), vector(s)]), vector(s)]);
      return s.node("Add", [product, vector(s)]);
    },
    misses: (s) => s.node("Multiply", [s.node("Add", [x(s), vector(s)]), vector(s)]),
  },
  FoldFactorBefore: {
    fires: (s) => conv(s, s.node("Multiply", [x(s), number(0.5)(s)]), { padding: [1, 1, 1, 1] }),
    misses: (s) => conv(s, s.node("Multiply", [x(s), s.random([4, 4, 1])])),
  },
  FoldChannelFactorsBefore: {
    fires: (s) => conv(s, s.node("Multiply", [x(s), vector(s)])),
    misses: (s) => conv(s, s.node("Multiply", [x(s), s.random([4, 1])])),
  },
  FoldInputFactorsBefore: {
    fires: (s) => dense(s, s.node("Multiply", [x(s, [5, 2]), vector(s)])),
    misses: (s) => dense(s, s.node("Multiply", [x(s, [5, 2]), s.random([5, 1])])),
  },
  FoldAddBefore: {
    fires: (s) => conv(s, s.node("Add", [x(s), vector(s)])),
    misses: (s) => conv(s, s.node("Add", [x(s), vector(s)]), { padding: [0, 0, 0, 1] }),
  },
  FoldInputAddBefore: {
    fires: (s) => dense(s, s.node("Add", [x(s, [5, 2]), number(0.25)(s)])),
    misses: (s) => dense(s, s.node("Add", [x(s, [5, 2]), s.random([5, 1])])),
  },
});

const planar: Shape = [1, 2, 4, 4];
/** `x` seen channel-first. */
const t = (s: Sketch) => turned(s, x(s));
const q = (s: Sketch, value: Value, scale = 0.25, zeroPoint = 3, dtype = "int8") =>
  s.node("Quantize", [value], { dtype, scale: [scale], zeroPoint: [zeroPoint] });
const dq = (s: Sketch, value: Value) => s.node("Dequantize", [value]);
/** An int8 constant in steps of 1/8, dequantized. */
const weights = (s: Sketch, shape: Shape, dtype: "int8" | "int32" = "int8", scale = 0.125) => {
  const values = Array.from(
    { length: shape.reduce((a, b) => a * b, 1) },
    (_, i) => ((i * 37) % 23) - 11,
  );
  const quant = { scale: [scale], zeroPoint: [0] };
  return dq(s, s.editor.constant({ ...tensor(dtype, shape, values), quant }));
};
/** `x` as integers and back. */
const xq = (s: Sketch, shape: Shape = image) => dq(s, q(s, x(s, shape), 0.125, 0));
const yq = (s: Sketch, shape: Shape = image) => dq(s, q(s, s.input("y", shape), 0.0625, 5));

checkLibrary("layout", {
  CancelTransposes: {
    fires: (s) => turned(s, t(s), toLast),
    misses: (s) => turned(s, t(s), toFirst),
  },
  JoinTransposes: {
    fires: (s) => turned(s, t(s), toFirst),
    misses: (s) => turned(s, s.node("ReLU", [t(s)])),
  },
  DropTranspose: { fires: (s) => turned(s, x(s), [0, 1, 2, 3]), misses: t },
  TransposeBelowUnary: {
    fires: (s) => s.node("ReLU", [t(s)]),
    misses: (s) => s.node("Softmax", [t(s)]),
  },
  TransposeBelowBinary: {
    fires: (s) => s.node("Subtract", [t(s), turned(s, s.input("y", image))]),
    misses: (s) => s.node("Subtract", [t(s), turned(s, s.input("y", [1, 2, 4, 4]), [0, 1, 3, 2])]),
  },
  TransposeBelowBinaryConstant: {
    fires: (s) => s.node("Add", [t(s), s.random([2, 1, 1])]),
    misses: (s) => s.node("Add", [t(s), s.random([3, 2, 1, 1])]),
  },
  TransposeBelowConstantBinary: {
    fires: (s) => s.node("Subtract", [s.random([2, 1, 4]), t(s)]),
    misses: (s) => s.node("Subtract", [t(s), s.random([2, 1, 4])]),
  },
  TransposeBelowBinarySmall: {
    fires: (s) => s.node("Multiply", [t(s), s.input("y", [1, 2, 1, 1])]),
    misses: (s) => s.node("Multiply", [t(s), s.input("y", planar)]),
  },
  TransposeBelowBinaryTwin: {
    fires: (s) => {
      const y = s.input("y", planar);
      return s.node("Add", [
        turned(s, conv(s, turned(s, y, toLast), { padding: [0, 0, 1, 1] })),
        y,
      ]);
    },
    misses: (s) => s.node("Add", [t(s), s.input("y", planar)]),
  },
  TransposeBelowPReLU: {
    fires: (s) => s.node("PReLU", [t(s), s.random([2, 1, 1])]),
    misses: (s) => s.node("PReLU", [t(s), s.input("alpha", [2, 1, 1])]),
  },
  TransposeBelowConcat: {
    fires: (s) => s.node("Concat", [t(s), turned(s, s.input("y", image))], { axis: -3 }),
    misses: (s) => s.node("Concat", [t(s), s.input("y", planar)], { axis: 1 }),
  },
  TransposeBelowPad: {
    fires: (s) => s.node("Pad", [t(s)], { padding: [0, 0, 1, 2, 0, 3, 0, 1], value: 2 }),
    misses: (s) => s.node("Pad", [x(s)], { padding: [0, 0, 1, 2, 0, 3, 0, 1] }),
  },
  TransposeBelowSlice: {
    fires: (s) =>
      s.node("Slice", [t(s)], { begin: [0, 1, 0, 3], size: [1, 1, 2, 2], steps: [1, 1, 2, -1] }),
    misses: (s) =>
      s.node("Slice", [x(s)], { begin: [0, 1, 0, 0], size: [1, 1, 2, 2], steps: [1, 1, 2, 1] }),
  },
  TransposeBelowTile: {
    fires: (s) => s.node("Tile", [t(s)], { repeats: [1, 2, 1, 3] }),
    misses: (s) => s.node("Tile", [x(s)], { repeats: [1, 2, 1, 3] }),
  },
  TransposeBelowExpand: {
    fires: (s) => s.node("Expand", [turned(s, x(s, [1, 4, 1, 2]))], { shape: [3, 2, 4, 5] }),
    misses: (s) => s.node("Expand", [turned(s, x(s, [1, 4, 1, 2]))], { shape: [3, 1, 2, 4, 1] }),
  },
  TransposeBelowAlongAxis: {
    fires: (s) => s.node("Softmax", [t(s)], { axis: 1 }),
    misses: (s) => s.node("Softmax", [x(s)], { axis: 1 }),
  },
  TransposeBelowReduce: {
    fires: (s) => s.node("ReduceMean", [t(s)], { axes: [-1, 2] }),
    misses: (s) => s.node("ReduceMean", [x(s)], { axes: [-1, 2] }),
  },
  TransposeBelowReduceAway: {
    fires: (s) => s.node("ReduceMax", [t(s)], { axes: [2], keepDims: false }),
    misses: (s) => s.node("ReduceMax", [x(s)], { axes: [2], keepDims: false }),
  },
  TransposeBelowArg: {
    fires: (s) => s.node("ArgMax", [t(s)], { axis: -1 }),
    misses: (s) => s.node("ArgMax", [x(s)], { axis: -1 }),
  },
  TransposeBelowArgAway: {
    fires: (s) => s.node("ArgMin", [t(s)], { axis: 1, keepDims: false }),
    misses: (s) => s.node("ArgMin", [x(s)], { axis: 1, keepDims: false }),
  },
  TransposeBelowQuantize: {
    fires: (s) => q(s, t(s)),
    misses: (s) =>
      s.node("Quantize", [t(s)], { dtype: "int8", scale: [0.25, 0.5], zeroPoint: [0, 0], axis: 1 }),
  },
  TransposeBelowDequantize: {
    fires: (s) => dq(s, turned(s, q(s, x(s)))),
    misses: (s) => turned(s, xq(s)),
  },
  TransposeConstant: {
    fires: (s) => s.node("Add", [x(s, [1, 3, 2, 4]), turned(s, weights(s, [1, 2, 4, 3]))]),
    misses: (s) => turned(s, xq(s)),
  },
  ReshapeConstant: {
    fires: (s) => s.node("Add", [x(s), s.node("Reshape", [weights(s, [4, 8])], { shape: image })]),
    misses: (s) => s.node("Reshape", [xq(s)], { shape: [4, 8] }),
  },
  TransposeOfOnes: {
    fires: (s) => s.node("Reshape", [turned(s, x(s, [1, 1, 1, 8]))], { shape: [1, 8] }),
    misses: (s) => s.node("Reshape", [t(s)], { shape: [1, 32] }),
  },
  TransposeBelowReshape: {
    fires: (s) => s.node("Reshape", [turned(s, x(s))], { shape: [1, 2, 16] }),
    misses: (s) => s.node("Reshape", [turned(s, x(s))], { shape: [1, 4, 8] }),
  },
  ReshapeBelowUnary: {
    fires: (s) => s.node("ReLU", [s.node("Reshape", [x(s)], { shape: [32] })]),
    misses: (s) => s.node("Softmax", [s.node("Reshape", [x(s)], { shape: [32] })]),
  },
  ReshapeBelowBinary: {
    fires: (s) => {
      const flat = (value: Value) => s.node("Reshape", [value], { shape: [32] });
      return s.node("Add", [flat(x(s)), flat(s.input("y", image))]);
    },
    misses: (s) => {
      const flat = (value: Value) => s.node("Reshape", [value], { shape: [32] });
      return s.node("Add", [flat(x(s)), flat(s.input("y", planar))]);
    },
  },
  TransposeIntoMatMul: {
    fires: (s) => s.node("MatMul", [x(s), turned(s, s.input("y", [1, 4, 3, 2]), [0, 1, 3, 2])]),
    misses: (s) => s.node("MatMul", [x(s), turned(s, s.input("y", [1, 3, 2, 4]), [0, 3, 2, 1])]),
    tolerance: 1e-6,
  },
  TransposeIntoMatMulBefore: {
    fires: (s) => s.node("MatMul", [turned(s, x(s), [0, 1, 3, 2]), s.input("y", [1, 4, 4, 3])]),
    misses: (s) => s.node("MatMul", [turned(s, x(s), [0, 2, 1, 3]), s.input("y", [1, 4, 2, 3])]),
    tolerance: 1e-6,
  },
  TransposeIntoDense: {
    fires: (s) => flattened(s, (value) => value, toFirst),
    misses: (s) => flattened(s, (value) => value, [3, 0, 1, 2]),
    tolerance: 1e-6,
  },
  TransposeIntoDenseBefore: {
    fires: (s) =>
      turned(s, s.node("Reshape", [s.node("ReLU", [wideDense(s)])], { shape: [1, 3, 2, 2] })),
    misses: (s) => turned(s, s.node("Reshape", [wideDense(s)], { shape: [2, 3, 2, 1] })),
    tolerance: 1e-6,
  },
  TransposeIntoQuantizedDense: {
    fires: (s) => flattened(s, (value) => dq(s, q(s, value)), toFirst),
    misses: (s) => flattened(s, (value) => s.node("ReLU", [value]), toFirst),
    tolerance: 1e-6,
  },
});

/** Transpose, flatten, something, and a dense layer. */
function flattened(
  s: Sketch,
  between: (value: Value) => Value,
  permutation: readonly number[],
): Value {
  const turnedInput = turned(s, x(s, [1, 3, 2, 2]), permutation);
  const shape = [s.editor.typeOf(turnedInput).shape[0]!, -1];
  const flat = between(s.node("Reshape", [turnedInput], { shape }));
  return s.node("Dense", [flat, s.random([3, s.editor.typeOf(flat).shape[1]!], 9)]);
}

const expanded = (s: Sketch) => s.node("Expand", [s.input("y", [1, 1, 1, 2])], { shape: image });
const wideDense = (s: Sketch) =>
  s.node("Dense", [x(s, [1, 2]), s.random([12, 2], 3), s.random([12], 4)]);
const positive = (s: Sketch, value: Value) =>
  s.node("Add", [s.node("Abs", [value]), s.constant([], 1)]);
const layerNorm = (s: Sketch) => s.node("LayerNorm", [x(s), s.random([2], 5)]);

/** Two groups of four channels as rows, normalised, and back. */
function groupedRows(s: Sketch, gamma: number): Value {
  const rows = s.node("Reshape", [x(s, [1, 4, 3, 2])], { shape: [1, 2, 12] });
  const norm = s.node(
    "GroupNorm",
    [turned(s, rows, [0, 2, 1]), s.constant([2], gamma), s.constant([2], 0)],
    { groups: 2 },
  );
  return s.node("Reshape", [turned(s, norm, [0, 2, 1])], { shape: [1, 4, 3, 2] });
}

/** x · (1 + k · x²) */
function cubic(s: Sketch, k: number, root?: number): Value {
  const input = x(s);
  const square = s.node("Multiply", [s.node("Square", [input]), s.constant([], k)]);
  const factor = root === undefined ? input : s.node("Multiply", [input, s.constant([], root)]);
  return s.node("Multiply", [factor, s.node("Add", [square, s.constant([], 1)])]);
}

/** x · (½ · erf(x / √2) + ½) */
function halves(s: Sketch, second: number): Value {
  const input = x(s);
  const erf = s.node("Erf", [s.node("Multiply", [input, number(Math.SQRT1_2)(s)])]);
  const half = s.node("Multiply", [erf, number(0.5)(s)]);
  return s.node("Multiply", [input, s.node("Add", [half, number(second)(s)])]);
}

/** 1 + tanh(√(2/π) · (x + 0.044715 · x³)) */
function curve(s: Sketch, input: Value): Value {
  const cube = s.node("Multiply", [s.node("Square", [input]), input]);
  const inner = s.node("Add", [input, s.node("Multiply", [cube, s.constant([], 0.044715)])]);
  const tanh = s.node("Tanh", [
    s.node("Multiply", [inner, s.constant([], Math.sqrt(2 / Math.PI))]),
  ]);
  return s.node("Add", [tanh, s.constant([], 1)]);
}

/** The mean over some axes, and the variance with ε. */
function moments(s: Sketch, input: Value, axes: readonly number[]) {
  const mean = s.node("ReduceMean", [input], { axes, keepDims: true });
  const centred = s.node("Subtract", [input, mean]);
  const variance = s.node("ReduceMean", [s.node("Square", [centred])], { axes, keepDims: true });
  return { mean, centred, raised: s.node("Add", [variance, s.constant([], 1e-3)]) };
}

/** Three depths that a transposed convolution gives as channels, of two channels each. */
function depths(s: Sketch, permutation: readonly number[]): Value {
  const layer = s.node("Conv2DTranspose", [x(s), s.random([6, 1, 1, 2])]);
  const r = s.node("Reshape", [layer], { shape: [1, 4, 4, 3, 2] });
  const t = s.node("Transpose", [r], { permutation });
  return s.node("Reshape", [t], { shape: [1, 12, 4, 2] });
}

/** The variance as the mean of squares less the square of the mean. */
function powerMoments(s: Sketch, input: Value, axes: readonly number[]) {
  const mean = s.node("ReduceMean", [input], { axes, keepDims: true });
  const squares = s.node("ReduceMean", [s.node("Square", [input])], { axes, keepDims: true });
  const variance = s.node("Subtract", [squares, s.node("Square", [mean])]);
  const centred = s.node("Subtract", [input, mean]);
  return { mean, centred, raised: s.node("Add", [variance, number(0.001)(s)]) };
}

function quotient(s: Sketch, input: Value, axes: readonly number[]): Value {
  const { centred, raised } = moments(s, input, axes);
  return s.node("Divide", [centred, s.node("Sqrt", [raised])]);
}

function product(s: Sketch, input: Value, axes: readonly number[]): Value {
  const { centred, raised } = moments(s, input, axes);
  return s.node("Multiply", [centred, s.node("Rsqrt", [raised])]);
}

function scaled(s: Sketch, input: Value, axes: readonly number[]): Value {
  const { mean, raised } = moments(s, input, axes);
  const factor = s.node("Multiply", [s.node("Rsqrt", [raised]), s.random([2], 3)]);
  const shift = s.node("Subtract", [s.random([2], 4), s.node("Multiply", [mean, factor])]);
  return s.node("Add", [s.node("Multiply", [input, factor]), shift]);
}

const quantizedConv = (s: Sketch, bias = true) =>
  s.node("Conv2D", [
    xq(s),
    weights(s, [2, 2, 2, 2]),
    bias ? weights(s, [2], "int32", 0.125 * 0.125) : undefined,
  ]);

checkLibrary("integer", {
  IntegerLayer: {
    fires: (s) => q(s, s.node("ReLU6", [quantizedConv(s)])),
    misses: (s) => q(s, s.node("Conv2D", [xq(s), s.random([2, 2, 2, 2])])),
  },
  IntegerMatMul: {
    fires: (s) => q(s, s.node("MatMul", [xq(s, [3, 4]), yq(s, [4, 2])])),
    misses: (s) => q(s, s.node("MatMul", [xq(s, [3, 4]), s.input("y", [4, 2])])),
  },
  IntegerArithmetic: {
    fires: (s) => q(s, s.node("ReLU", [s.node("Subtract", [xq(s), yq(s)])])),
    misses: (s) => q(s, s.node("Subtract", [xq(s), s.input("y", image)])),
  },
  IntegerUnaryOp: {
    fires: (s) => q(s, s.node("Tanh", [xq(s)]), 1 / 128, 0),
    misses: (s) => q(s, s.node("Tanh", [x(s)]), 1 / 128, 0),
  },
  IntegerPool: {
    fires: (s) => q(s, s.node("ReLU", [s.node("AveragePool2D", [xq(s)], { poolSize: [2, 2] })])),
    misses: (s) =>
      q(s, s.node("Clip", [s.node("AveragePool2D", [xq(s)], { poolSize: [2, 2] })], { min: 0.5 })),
  },
  IntegerConcat: {
    fires: (s) => q(s, s.node("Concat", [xq(s), yq(s), xq2(s)], { axis: 3 })),
    misses: (s) => q(s, s.node("Concat", [xq(s), s.input("y", image)], { axis: 3 })),
  },
  IntegerPReLU: {
    fires: (s) => q(s, s.node("PReLU", [xq(s), weights(s, [2])])),
    misses: (s) => q(s, s.node("PReLU", [xq(s), s.random([2])])),
  },
  IntegerPReLUConstant: {
    fires: (s) => q(s, s.node("PReLU", [xq(s), s.random([2])])),
    misses: (s) => q(s, s.node("PReLU", [xq(s), s.input("a", [2])])),
  },
  IntegerSelect: {
    fires: (s) => q(s, select(s, xq(s)), 0.125, 0),
    misses: (s) => q(s, select(s, x(s)), 0.125, 0),
  },
  MoveIntegers: {
    fires: (s) => q(s, framed(s), 0.125, 0),
    misses: (s) => q(s, framed(s), 0.25, 0),
  },
  QuantizeAboveMovement: {
    fires: (s) => q(s, t(s)),
    misses: (s) => {
      const moved = t(s);
      return alsoUsed(s, moved, q(s, moved));
    },
  },
  DequantizeBelowMovement: {
    fires: (s) => s.node("Tanh", [s.node("Reshape", [xq(s)], { shape: [32] })]),
    misses: (s) => s.node("Tanh", [framed(s)]),
  },
  DropQuantizeOfDequantize: {
    fires: (s) => q(s, xq(s), 0.125, 0),
    misses: (s) => q(s, xq(s), 0.125, 1),
  },
  QuantizeIsRequantize: {
    fires: (s) => q(s, xq(s), 0.25, 1),
    misses: (s) => q(s, xq(s), 0.125, 0),
  },
  DropReLUBeforeQuantize: {
    fires: (s) => q(s, unary("ReLU")(s), 0.25, -128),
    misses: (s) => q(s, unary("ReLU")(s), 0.25, -127),
  },
  DropReLU6BeforeQuantize: {
    fires: (s) => q(s, unary("ReLU6")(s), 6 / 256, -128),
    misses: (s) => q(s, unary("ReLU6")(s), 7 / 255, -128),
  },
  DropClipBeforeQuantize: {
    fires: (s) => q(s, s.node("Clip", [x(s)], { min: 0, max: 1 }), 1 / 255, -128),
    misses: (s) => q(s, s.node("Clip", [x(s)], { min: 0, max: 1 }), 1 / 254, -128),
  },
  ClipApart: {
    fires: (s) => q(s, s.node("Clip", [quantizedConv(s)], { min: 0.5 })),
    misses: (s) => q(s, s.node("Clip", [quantizedConv(s)], { min: -1, max: 1 })),
  },
});

function xq2(s: Sketch): Value {
  return dq(s, q(s, s.input("z", image), 0.5, -7));
}

function select(s: Sketch, a: Value): Value {
  const condition = s.node("Less", [s.input("c", image), s.constant([], 0)]);
  return s.node("Select", [condition, a, dq(s, q(s, s.input("b", image), 0.125, 0))]);
}

checkLibrary("dynamic", {
  DenseIsDynamic: {
    fires: (s) => s.node("Dense", [x(s, [2, 3]), s.random([4, 3], 1), s.random([4], 2)]),
    misses: (s) => s.node("Dense", [x(s, [2, 3]), s.input("kernel", [4, 3])]),
  },
});
