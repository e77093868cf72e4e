import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { kernelLibrary } from "../../compiler/cli/kernel-library.ts";
import { GraphEditor } from "../../compiler/ir/edit.ts";
import { type Evaluation, prepare } from "../../compiler/ir/evaluate.ts";
import type { Attributes, Graph } from "../../compiler/ir/graph.ts";
import { sizeOf, type Tensor, tensor } from "../../compiler/ir/types.ts";
import { prepareScheduled } from "../../compiler/lower/evaluate-schedule.ts";
import { schedule } from "../../compiler/lower/schedule.ts";
import { selectFloat } from "../../compiler/lower/select-float.ts";
import { ops } from "../../compiler/ops/index.ts";
import { kernels } from "../../runtime/reference/index.ts";
import { buildNetwork, networks, numbers, randomTensor } from "../support/networks.ts";
import { samples } from "../support/op-samples.ts";
import { runs } from "../support/runs.ts";

/** Evaluation on the module of kernels gives what the reference kernels give, bit for bit. */

type Inputs = ReadonlyMap<string, Tensor>;
type Preparation = (evaluation: Evaluation) => (inputs: Inputs) => ReadonlyMap<string, Tensor>;

/** Outputs, and all that is observed, of two runs: the second must not see what the first has left behind. */
function trace(prepared: Preparation, inputs: Inputs) {
  const seen = new Map<string, unknown>();
  const run = prepared({
    ops,
    kernels,
    observe(node, results) {
      if (node.op === "Constant") return;
      seen.set(
        node.name,
        results.map(({ data }) => data.slice()),
      );
    },
  });
  run(
    new Map(
      [...inputs].map(([name, { data, ...type }]) => [
        name,
        { ...type, data: data.slice().reverse() },
      ]),
    ),
  );
  const outputs = run(inputs);
  return { outputs, seen };
}

function expectSameBits(graph: Graph, inputs: Inputs): void {
  const wanted = trace((evaluation) => prepare(graph, evaluation), inputs);
  const found = trace(
    (evaluation) => prepareScheduled(graph, evaluation, kernelLibrary("baseline"))!,
    inputs,
  );
  expect(found.outputs).toEqual(wanted.outputs);
  expect(found.seen).toEqual(wanted.seen);
}

it("on random networks, every value", () => {
  fc.assert(
    fc.property(networks(8), fc.nat(1e6), (choices, seed) => {
      const shape = [1, choices.height, choices.width, choices.channels];
      expectSameBits(buildNetwork(choices), new Map([["x", randomTensor(shape, seed, 3)]]));
    }),
    runs(300, 20261001),
  );
});

const zeros = [0, -0];
const specials = [...zeros, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];

/** Numbers with a share of odd ones, which padding with zeros could betray. */
function tricky(
  shape: readonly number[],
  seed: number,
  { share, odd }: Pick<Layer, "share" | "odd">,
): Tensor {
  const next = numbers(seed);
  const value = () => {
    const number = next();
    return next() < 2 * share - 1 ? odd[Math.floor(((number + 1) / 2) * odd.length)]! : number;
  };
  return tensor("float32", shape, Array.from({ length: sizeOf(shape) }, value));
}

const size = (max: number) => fc.integer({ min: 1, max });

const layer = fc.record({
  op: fc.constantFrom("Conv2D", "Conv2DTranspose", "Dense", "MatMul"),
  extents: fc.tuple(size(6), size(6)),
  taps: fc.tuple(size(3), size(3)),
  strides: fc.tuple(size(2), size(2)),
  dilationRate: fc.tuple(size(2), size(2)),
  padding: fc.tuple(...Array.from({ length: 4 }, () => fc.nat(2))),
  channels: fc.record({ each: size(6), out: size(21), groups: size(2) }),
  batch: size(2),
  turned: fc.boolean(),
  share: fc.constantFrom(0, 0.1, 0.5),
  odd: fc.constantFrom(zeros, specials),
  seed: fc.nat(1e6),
});

type Layer = typeof layer extends fc.Arbitrary<infer T> ? T : never;

/** One layer with constant weights; `undefined` where its window has no place. */
function build(drawn: Layer): { graph: Graph; inputs: Inputs } | undefined {
  const { op, extents, taps, strides, dilationRate, padding, channels, seed } = drawn;
  const { each, out, groups } = channels;
  const inChannels = each * groups;
  const isConvolution = op.startsWith("Conv");
  const [shapes, attributes]: readonly [readonly (readonly number[])[], Attributes] = isConvolution
    ? [
        [[drawn.batch, ...extents, inChannels], [out * groups, ...taps, each], [out * groups]],
        { strides, dilationRate, padding, groups },
      ]
    : op === "Dense"
      ? [[[drawn.batch, extents[0], inChannels], [out, inChannels], [out]], {}]
      : [
          [
            [drawn.batch, extents[0], inChannels],
            drawn.turned ? [out, inChannels] : [inChannels, out],
          ],
          { transposeB: drawn.turned },
        ];
  const reach = taps.map((count, i) => (count - 1) * dilationRate[i]! + 1);
  const places = extents.map((extent, i) => {
    const pads = padding[i]! + padding[i + 2]!;
    return op === "Conv2DTranspose"
      ? (extent - 1) * strides[i]! + reach[i]! - pads
      : extent + pads - reach[i]! + 1;
  });
  if (isConvolution && places.some((count) => count < 1)) return undefined;
  const editor = new GraphEditor(ops, "layer");
  const x = editor.input("x", { dtype: "float32", shape: shapes[0]! });
  const weights = shapes.slice(1).map((shape, i) => {
    return editor.constant(tricky(shape, seed + i, drawn), `w${i}`);
  });
  const y = editor.value({ op, operands: [x, ...weights], attributes });
  editor.output({ name: "y", value: y });
  return { graph: editor.finish(), inputs: new Map([["x", tricky(shapes[0]!, seed + 9, drawn)]]) };
}

it("on products with constant weights, also of −0, ∞ and NaN", () => {
  const chosen = new Map<string, number>();
  fc.assert(
    fc.property(layer, (drawn) => {
      const made = build(drawn);
      if (made === undefined) return;
      for (const { kernel } of selectFloat(schedule(made.graph, ops, "onnx")).steps)
        chosen.set(kernel, (chosen.get(kernel) ?? 0) + 1);
      expectSameBits(made.graph, made.inputs);
    }),
    runs(1500, 20261002),
  );
  for (const kernel of ["conv2d", "conv2dPacked", "conv2dTransposePacked", "densePacked"])
    expect(chosen.get(kernel), kernel).toBeGreaterThan(50);
});

describe("on the smallest use of each op, its first operand variable or all", () => {
  it.each(samples)("$name", ({ name, op, operands, attributes = {} }) => {
    for (const constantFrom of [1, operands.length]) {
      const editor = new GraphEditor(ops, name);
      const inputs = new Map<string, Tensor>();
      const values = operands.map((type, i) => {
        if (type === undefined) return undefined;
        const next = numbers(i + 1);
        const data = Array.from({ length: sizeOf(type.shape) }, () => {
          return type.dtype === "float32" ? next() * 3 : next() > 0 ? 1 : 0;
        });
        const value = { ...tensor(type.dtype, type.shape, data), ...type };
        if (i >= constantFrom) return editor.constant(value, `k${i}`);
        inputs.set(`x${i}`, value);
        return editor.input(`x${i}`, type);
      });
      const node = editor.add({ op: op.name, operands: values, attributes });
      node.types.forEach((_, output) => {
        editor.output({ name: `y${output}`, value: { node: node.id, output } });
      });
      expectSameBits(editor.finish(), inputs);
    }
  });
});
