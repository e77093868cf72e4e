import * as fc from "fast-check";
import { expect, it } from "vitest";
import { GraphEditor } from "../../compiler/ir/edit.ts";
import { evaluate } from "../../compiler/ir/evaluate.ts";
import type { Graph, Value } from "../../compiler/ir/graph.ts";
import { allocate, type Tensor, type TypedArray } from "../../compiler/ir/types.ts";
import { joinInPlace } from "../../compiler/lower/join-in-place.ts";
import { planMemory } from "../../compiler/lower/plan-memory.ts";
import { type Schedule, schedule } from "../../compiler/lower/schedule.ts";
import { ops } from "../../compiler/ops/index.ts";
import { kernels } from "../../runtime/reference/index.ts";
import { randomTensor } from "../support/networks.ts";
import { runs } from "../support/runs.ts";

/** One choice: an operation, and which of the values so far it takes. */
type Choice = readonly [kind: number, first: number, second: number];

const drawn = fc.record({
  choices: fc.array(fc.tuple(fc.nat(100), fc.nat(100), fc.nat(100)), { maxLength: 14 }),
  outputs: fc.array(fc.nat(100), { minLength: 1, maxLength: 5 }),
  seed: fc.nat(1e6),
});

const dims = [2, 4];

/** Every kind keeps eight elements, so that any value may be written over any other. */
const kinds: readonly ((editor: GraphEditor, x: Value, y: Value) => readonly Value[])[] = [
  (editor, x) => one(editor, "ReLU", [x]),
  (editor, x) => one(editor, "Sigmoid", [x]),
  (editor, x, y) => one(editor, "Add", [x, y]),
  (editor, x, y) => one(editor, "Subtract", [x, y]),
  (editor, x) => one(editor, "Dropout", [x]),
  (editor, x) =>
    one(editor, "Reshape", [one(editor, "Reshape", [x], { shape: [8] })[0]!], { shape: dims }),
  (editor, x) => one(editor, "Softmax", [x]),
  (editor, x) =>
    one(editor, "Transpose", [one(editor, "Reshape", [x], { shape: [4, 2] })[0]!], {
      permutation: [1, 0],
    }),
  (editor, x) => {
    const sorted = editor.add({ op: "TopK", operands: [x], attributes: { k: 4, axis: 1 } });
    const places = { node: sorted.id, output: 1 };
    const reals = one(editor, "Cast", [places], { to: "float32" });
    return [{ node: sorted.id, output: 0 }, ...(sorted.id % 2 === 0 ? reals : [])];
  },
  (editor, x, y) => one(editor, "Select", [one(editor, "Less", [x, y])[0]!, x, y]),
  (editor, x) => {
    const quantized = editor.value({
      op: "Quantize",
      operands: [x],
      attributes: { dtype: "int8", scale: [0.02], zeroPoint: [3] },
    });
    return one(editor, "Dequantize", [quantized]);
  },
  (editor, x, y) => halves(editor, one(editor, "Concat", [x, y], { axis: 0 })[0]!),
  (editor, x, y) => {
    const inner = one(editor, "Concat", [y, x], { axis: 0 });
    const joined = one(editor, "Concat", [...inner, y], { axis: 0 });
    return rows(editor, joined[0]!, 3);
  },
];

/** The first and the last eight of sixteen elements. */
function halves(editor: GraphEditor, x: Value): readonly Value[] {
  return [0, 2].flatMap((begin) => rows(editor, x, begin));
}

function rows(editor: GraphEditor, x: Value, begin: number): readonly Value[] {
  return one(editor, "Slice", [x], { begin: [begin, 0], size: dims, steps: [1, 1] });
}

function one(
  editor: GraphEditor,
  op: string,
  operands: readonly Value[],
  attributes = {},
): readonly Value[] {
  return [editor.value({ op, operands, attributes })];
}

/** Inputs, constants and results in any number may be outputs, each several times. */
function build(choices: readonly Choice[], outputs: readonly number[], seed: number): Graph {
  const editor = new GraphEditor(ops, "random");
  const values: Value[] = [
    editor.input("a", { dtype: "float32", shape: dims }),
    editor.input("b", { dtype: "float32", shape: dims }),
    editor.constant(randomTensor(dims, seed), "k"),
  ];
  for (const [kind, first, second] of choices) {
    const [x, y] = [values[first % values.length]!, values[second % values.length]!];
    values.push(...kinds[kind % kinds.length]!(editor, x, y));
  }
  // The newest values first, so that what was computed is used.
  for (const [i, choice] of outputs.entries())
    editor.output({ name: `y${i}`, value: values[values.length - 1 - (choice % values.length)]! });
  return editor.finish();
}

/** Runs the calls on one memory of the planned size, as an emitted program does; the arena starts poisoned. */
function instantiate(
  program: Schedule,
): (inputs: ReadonlyMap<string, Tensor>) => Map<string, TypedArray> {
  const plan = planMemory(program);
  const memory = new ArrayBuffer(plan.constantBytes + plan.arenaBytes);
  new Uint8Array(memory).fill(0xff);
  const views = program.buffers.map(({ id, dtype, length, constant }) => {
    const Type = allocate(dtype, 0).constructor as new (...of: unknown[]) => TypedArray;
    const view = new Type(memory, plan.offsets[id]!, length);
    if (constant) view.set(constant.data);
    return view;
  });
  return (inputs) => {
    for (const port of program.inputs) views[port.buffer]!.set(inputs.get(port.name)!.data);
    for (const step of program.steps) {
      const kernel = kernels[step.kernel as keyof typeof kernels] as (...of: unknown[]) => void;
      kernel(...step.arguments.map((a) => (typeof a === "number" ? a : views[a.buffer]!)));
    }
    return new Map(program.outputs.map((port) => [port.name, views[port.buffer]!.slice()]));
  };
}

it("programs in one memory compute what graphs compute, however values are shared and returned", () => {
  let shared = 0;
  let joined = 0;
  fc.assert(
    fc.property(drawn, ({ choices, outputs, seed }) => {
      const graph = build(choices, outputs, seed);
      const program = joinInPlace(schedule(graph, ops, "onnx"));
      if (program.buffers.some(({ within }) => within)) joined++;
      const run = instantiate(program);
      if (new Set(graph.outputs.map(({ value }) => value.node)).size < graph.outputs.length)
        shared++;
      // Twice: what the first run leaves behind must not matter to the second.
      for (const round of [1, 2]) {
        const inputs = new Map(
          graph.inputs.map(({ name }, i) => [name, randomTensor(dims, seed + 10 * i + round, 2)]),
        );
        const expected = evaluate(graph, inputs, { ops, kernels });
        const results = run(inputs);
        for (const [name, { data }] of expected) expect(results.get(name)).toEqual(data);
      }
    }),
    runs(1000, 20260718),
  );
  expect(shared).toBeGreaterThan(50);
  expect(joined).toBeGreaterThan(50);
});
