import * as fc from "fast-check";
import { expect, it } from "vitest";
import { tensor } from "../../compiler/ir/types.ts";
import { planMemory } from "../../compiler/lower/plan-memory.ts";
import { type Buffer, type Schedule, schedule } from "../../compiler/lower/schedule.ts";
import { ops } from "../../compiler/ops/index.ts";
import { buildNetwork, networks } from "../support/networks.ts";
import { runs } from "../support/runs.ts";

const steps = 12;

const buffers = fc.array(
  fc.record({
    bytes: fc.integer({ min: 1, max: 300 }),
    first: fc.integer({ min: -1, max: steps }),
    life: fc.nat(5),
    isConstant: fc.boolean(),
  }),
  { maxLength: 30 },
);

function scheduleOf(
  drawn: readonly { bytes: number; first: number; life: number; isConstant: boolean }[],
): Schedule {
  const list = drawn.map(
    ({ bytes, first, life, isConstant }, id): Buffer => ({
      id,
      name: `b${id}`,
      dtype: "int8",
      length: bytes,
      byteLength: bytes,
      firstStep: first,
      lastStep: Math.min(steps, first + life),
      ...(isConstant && { constant: tensor("int8", [bytes], new Int8Array(bytes)) }),
    }),
  );
  const step = { node: "n", op: "ReLU", kernel: "relu", rules: [], arguments: [] };
  return {
    name: "random",
    requantize: "onnx",
    buffers: list,
    steps: Array(steps).fill(step),
    inputs: [],
    outputs: [],
    values: [],
  };
}

it("no two buffers that live together share a byte, and the arena is no smaller than its bound", () => {
  fc.assert(
    fc.property(buffers, (drawn) => {
      const plan = scheduleOf(drawn);
      const { offsets, constantBytes, arenaBytes, arenaLowerBoundBytes } = planMemory(plan);
      expect(arenaBytes).toBeGreaterThanOrEqual(arenaLowerBoundBytes);
      for (const a of plan.buffers) {
        expect(offsets[a.id]! % (a.constant ? 64 : 16)).toBe(0);
        expect(offsets[a.id]! + a.byteLength).toBeLessThanOrEqual(constantBytes + arenaBytes);
        for (const b of plan.buffers) {
          if (b.id <= a.id || !together(a, b)) continue;
          const apart =
            offsets[a.id]! + a.byteLength <= offsets[b.id]! ||
            offsets[b.id]! + b.byteLength <= offsets[a.id]!;
          expect(apart).toBe(true);
        }
      }
    }),
    runs(300, 1),
  );
});

function together(a: Buffer, b: Buffer): boolean {
  if (a.constant || b.constant) return true;
  return a.firstStep <= b.lastStep && b.firstStep <= a.lastStep;
}

it("networks in a chain reach the lower bound", () => {
  fc.assert(
    fc.property(networks(), (choices) => {
      const { arenaBytes, arenaLowerBoundBytes } = planMemory(
        schedule(buildNetwork(choices), ops, "onnx"),
      );
      // Not every set of a few blocks fits without a gap.
      expect(arenaBytes).toBeLessThanOrEqual(1.25 * arenaLowerBoundBytes);
    }),
    runs(100, 2),
  );
});
