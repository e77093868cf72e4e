import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Graph, Value } from "../../compiler/ir/graph.ts";
import { sizeOf } from "../../compiler/ir/types.ts";
import { verify } from "../../compiler/ir/verify.ts";
import { ops } from "../../compiler/ops/index.ts";
import { applyRules } from "../../compiler/rewrite/driver.ts";
import { runs } from "../support/runs.ts";
import { outputsOf, Sketch, standardLibrary } from "./support.ts";

/** A graph is decoded from numbers that say what each step does: every list of numbers is a graph, so it shrinks. */
type Choices = readonly (readonly [op: number, a: number, b: number, c: number])[];

const choices: fc.Arbitrary<Choices> = fc.array(
  fc.tuple(fc.nat(99), fc.nat(9), fc.nat(9), fc.nat(23)),
  { minLength: 1, maxLength: 14 },
);

const permutations: readonly (readonly number[])[] = [0, 1, 2, 3].flatMap((a) =>
  [0, 1, 2, 3].flatMap((b) =>
    [0, 1, 2, 3].flatMap((c) => {
      const d = 6 - a - b - c;
      return new Set([a, b, c, d]).size === 4 && d >= 0 && d < 4 ? [[a, b, c, d]] : [];
    }),
  ),
);

function decode(steps: Choices): Graph {
  const s = new Sketch();
  const pool: Value[] = [s.input("x", [1, 2, 3, 3]), s.input("y", [1, 3, 3, 2])];
  const shapeOf = (value: Value) => s.editor.typeOf(value).shape;
  for (const [op, a, b, c] of steps) {
    const x = pool[pool.length - 1 - (a % pool.length)]!;
    const made = step(s, op, x, pool[b % pool.length]!, b, c, shapeOf);
    if (made !== undefined && sizeOf(shapeOf(made)) <= 600) pool.push(made);
  }
  return s.graph(...[...new Set([pool.at(-1)!, pool[Math.floor(pool.length / 2)]!])]);
}

const unaries = ["ReLU", "ReLU6", "Tanh", "Abs", "Sigmoid", "HardSwish", "Negative"];

function step(
  s: Sketch,
  op: number,
  x: Value,
  other: Value,
  b: number,
  c: number,
  shapeOf: (value: Value) => readonly number[],
): Value | undefined {
  const shape = shapeOf(x);
  const rank = shape.length;
  const last = shape.at(-1) ?? 1;
  const perAxis = (f: (axis: number) => number) => shape.map((_, axis) => f(axis));
  const anyAxis = rank === 0 ? 0 : c % rank;
  switch (op % 22) {
    case 0:
    case 1:
    case 2:
    case 3: {
      const frequent =
        c % 3 === 0 ? [0, 3, 1, 2] : c % 3 === 1 ? [0, 2, 3, 1] : permutations[c % 24]!;
      return rank === 4 ? s.node("Transpose", [x], { permutation: frequent }) : undefined;
    }
    case 4:
    case 5:
      return s.node(unaries[c % unaries.length]!, [x]);
    case 6:
    case 7: {
      const binary = ["Add", "Multiply", "Subtract", "Maximum", "Minimum"][c % 5]!;
      const fits = shapeOf(other).join() === shape.join();
      return fits ? s.node(binary, [x, other]) : s.node(binary, [s.node("Tanh", [x]), x]);
    }
    case 8:
    case 9:
    case 10: {
      const binary = ["Add", "Multiply", "Subtract", "Divide", "Maximum", "Minimum"][c % 6]!;
      const wanted = [[], [last], perAxis((axis) => (axis === 1 ? shape[1]! : 1)), shape][b % 4]!;
      const k = c % 6 === 3 ? s.constant(wanted, 1.5) : s.random(wanted, c);
      return s.node(binary, b % 3 === 0 && c % 6 !== 3 ? [k, x] : [x, k]);
    }
    case 11:
      return rank === 4 && shape[1]! > 1 && shape[2]! > 1
        ? s.node(
            "Conv2D",
            [x, s.random([2, 2, 2, last], c), b % 2 ? s.random([2], b) : undefined],
            {
              padding: c % 2 ? [1, 1, 0, 0] : [0, 0, 0, 0],
            },
          )
        : undefined;
    case 12:
      return rank > 0 ? s.node("Dense", [x, s.random([3, last], c)]) : undefined;
    case 13: {
      const vectors = [1, 2, 3].map((seed) => s.random([last], seed + c));
      return rank > 1 ? s.node("BatchNorm", [x, ...vectors, s.constant([last], 2)]) : undefined;
    }
    case 14:
      return s.node("Reshape", [x], {
        shape: [[shape[0] ?? 1, -1], [1, 1, ...shape], [-1], shape][b % 4]!,
      });
    case 15:
      return s.node("Pad", [x], {
        padding: [
          ...perAxis((axis) => (axis === anyAxis ? b % 2 : 0)),
          ...perAxis((axis) => (c + axis) % 2),
        ],
      });
    case 16:
      return rank === 0
        ? undefined
        : s.node("Slice", [x], {
            begin: perAxis((axis) => (axis === anyAxis ? shape[axis]! - 1 : 0)),
            size: shape,
            steps: perAxis((axis) => (axis === anyAxis ? -1 : 1)),
          });
    case 17: {
      const reduce = ["ReduceMean", "ReduceMax", "ReduceSum", "ReduceMin"][c % 4]!;
      return rank < 2
        ? undefined
        : s.node(reduce, [x], { axes: b % 2 ? [anyAxis] : [-1, 0], keepDims: b % 3 > 0 });
    }
    case 18:
      return rank === 0 ? undefined : s.node("Softmax", [x], { axis: anyAxis });
    case 19: {
      const fits = shapeOf(other).join() === shape.join() && rank > 0;
      return fits ? s.node("Concat", [x, other], { axis: anyAxis }) : undefined;
    }
    case 20:
      return s.node(
        "Clip",
        [x],
        [{ min: 0 }, { min: 0, max: 6 }, { max: 1 }, { min: -1, max: 1 }][b % 4]!,
      );
    default:
      return rank === 0
        ? undefined
        : s.node("PReLU", [
            x,
            s.random(b % 2 ? [last] : perAxis((axis) => (axis === 1 ? shape[1]! : 1)), c),
          ]);
  }
}

describe("the standard libraries together", () => {
  const rules = standardLibrary("canonical", "fold", "layout").rewrites;
  const fired = new Map<string, number>();

  it("keep what a graph computes, its ports and its types", () => {
    fc.assert(
      fc.property(choices, (steps) => {
        const before = decode(steps);
        const result = applyRules(before, rules, { ops });
        expect(result.diagnostics.map(({ message }) => message)).toEqual([]);
        for (const [rule, times] of result.fired) fired.set(rule, (fired.get(rule) ?? 0) + times);
        expect(verify(result.graph, ops, "canonical")).toEqual([]);
        expect(result.graph.outputs.map(({ name }) => name)).toEqual(
          before.outputs.map(({ name }) => name),
        );
        expectClose(before, result.graph);
      }),
      runs(600, 42),
    );
    // Most rules take part; the composites of activations have their own cases.
    expect(fired.size).toBeGreaterThan(35);
  });

  it("find nothing to do in their own result", () => {
    fc.assert(
      fc.property(choices, (steps) => {
        const once = applyRules(decode(steps), rules, { ops });
        expect([...applyRules(once.graph, rules, { ops }).fired]).toEqual([]);
      }),
      runs(200, 43),
    );
  });
});

function expectClose(before: Graph, after: Graph): void {
  const [was, is] = [outputsOf(before), outputsOf(after)];
  for (const [i, output] of was.entries()) {
    expect(is[i]!.shape).toEqual(output.shape);
    const values = Array.from(output.data);
    const magnitude = Math.max(1, ...values.map(Math.abs).filter(Number.isFinite));
    for (const [j, x] of values.entries()) {
      if (!Number.isFinite(x)) continue;
      expect(Math.abs(x - is[i]!.data[j]!)).toBeLessThanOrEqual(1e-4 * magnitude);
    }
  }
}
