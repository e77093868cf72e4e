import { describe, expect, it } from "vitest";
import { kernelLibrary } from "../../compiler/cli/kernel-library.ts";
import { evaluate } from "../../compiler/ir/evaluate.ts";
import type { Graph, Value } from "../../compiler/ir/graph.ts";
import { prepareScheduled } from "../../compiler/lower/evaluate-schedule.ts";
import { joinInPlace } from "../../compiler/lower/join-in-place.ts";
import { planMemory } from "../../compiler/lower/plan-memory.ts";
import { schedule } from "../../compiler/lower/schedule.ts";
import { ops } from "../../compiler/ops/index.ts";
import { kernels } from "../../runtime/reference/index.ts";
import { randomTensor, Sketch } from "../rewrite/support.ts";

const plan = (graph: Graph) => joinInPlace(schedule(graph, ops, "onnx"));
const kernelsOf = (graph: Graph) => plan(graph).steps.map(({ kernel }) => kernel);

/** Something that takes more memory than all that follows. */
function large(s: Sketch): Value {
  return s.node("ReduceMax", [s.input("large", [1, 400])], { axes: [1] }, "peak");
}

/** Two heads of `x`, joined along an axis. */
function heads(
  axis: number,
  build: (s: Sketch, parts: readonly Value[]) => readonly Value[] = (_, p) => p,
) {
  const s = new Sketch();
  const peak = large(s);
  const x = s.input("x", [1, 4, 6]);
  const wide = s.node("Exp", [s.node("Softmax", [x], { axis: 2 })]);
  const parts = build(s, [s.node("Sigmoid", [wide], {}, "a"), s.node("Tanh", [wide], {}, "b")]);
  const joined = s.node("Concat", parts, { axis }, "joined");
  return s.graph(s.node("Abs", [s.node("Negative", [joined])], {}, "y"), peak);
}

/** The results of a graph in one memory, parts in place, beside those of the reference. */
async function expectSame(graph: Graph): Promise<void> {
  const inputs = new Map(
    graph.inputs.map(({ name, value }, i) => [
      name,
      {
        ...randomTensor(graph.nodes.get(value.node)!.types[0]!.shape, 3 + i),
        dtype: "float32" as const,
      },
    ]),
  );
  const run = prepareScheduled(graph, { ops, kernels }, kernelLibrary("baseline"))!;
  expect([...run(inputs).values()].map(({ data }) => [...data])).toEqual(
    [...evaluate(graph, inputs, { ops, kernels }).values()].map(({ data }) => [...data]),
  );
}

describe("a concatenation of whole pieces", () => {
  it("is not copied: its parts are written at their places", async () => {
    const graph = heads(1);
    expect(kernelsOf(graph)).not.toContain("copyBlocks");
    const { buffers } = plan(graph);
    const parts = buffers.filter(({ within }) => within);
    expect(parts.map(({ within }) => within!.offset).sort((a, b) => a - b)).toEqual([0, 96]);
    const { offsets } = planMemory(plan(graph));
    for (const { id, within } of parts)
      expect(offsets[id]).toBe(offsets[within!.buffer]! + within!.offset);
    await expectSame(graph);
  });

  it("is copied where its parts are interleaved", () => {
    expect(kernelsOf(heads(2)).filter((kernel) => kernel === "copyBlocks")).toHaveLength(2);
  });

  it("copies an input, a constant and the second place of a part", async () => {
    const s = new Sketch();
    const x = s.input("x", [1, 2, 3]);
    const part = s.node("Softmax", [x], { axis: 2 }, "part");
    const graph = s.graph(s.node("Concat", [x, part, s.random([1, 2, 3]), part], { axis: 1 }));
    expect(kernelsOf(graph).filter((kernel) => kernel === "copyBlocks")).toHaveLength(3);
    await expectSame(graph);
  });

  it("copies a part that is read later: that reader may write over it", async () => {
    const s = new Sketch();
    const peak = large(s);
    const x = s.input("x", [1, 2, 3]);
    const [a, b] = [
      s.node("Softmax", [x], { axis: 2 }, "a"),
      s.node("Softmax", [x], { axis: 1 }, "b"),
    ];
    const joined = s.node("Concat", [a, b], { axis: 1 });
    const graph = s.graph(s.node("Abs", [joined]), s.node("Negative", [a]), peak);
    expect(kernelsOf(graph).filter((kernel) => kernel === "copyBlocks")).toHaveLength(1);
    await expectSame(graph);
  });

  it("may be a part itself", async () => {
    const graph = heads(1, (s, [a, b]) => [
      s.node("Concat", [a, b], { axis: 1 }, "inner"),
      s.node("Sin", [b!], {}, "c"),
    ]);
    await expectSame(graph);
    const nested = heads(1, (s, [a, b]) => {
      const c = s.node("Concat", [a, s.node("Sin", [b!], {}, "c")], { axis: 1 }, "inner");
      return [c, s.node("Cos", [b!], {}, "d")];
    });
    expect(kernelsOf(nested)).not.toContain("copyBlocks");
    await expectSame(nested);
  });

  it("needs no more memory than before", () => {
    for (const graph of [heads(1), heads(2)]) {
      const before = planMemory(schedule(graph, ops, "onnx"));
      expect(planMemory(plan(graph)).arenaLowerBoundBytes).toBeLessThanOrEqual(
        before.arenaLowerBoundBytes,
      );
    }
  });
});
