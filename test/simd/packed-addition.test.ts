import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Buffer, Schedule, Step } from "../../compiler/lower/schedule.ts";
import { selectInteger } from "../../compiler/lower/select-integer.ts";
import { fixedPoint } from "../../compiler/ops/requantization.ts";
import { kernels } from "../../runtime/reference/index.ts";
import {
  type Case,
  convCases,
  denseCases,
  dtypeOf,
  moduleOf,
  run,
  scheduleOf,
  sequence,
  signs,
} from "./packed-layers.ts";

// A layer and the addition of its result, joined to one step, give what the two reference kernels give one after the other.

interface Addition {
  readonly kernel: "addFixed" | "addReal";
  readonly numbers: readonly number[];
  readonly isFirst: boolean;
  /** Where the schedule puts the sum, and whether the other addend is read later. */
  readonly place: "own" | "result" | "other" | "over other";
  readonly seed: number;
}

const scale = fc.double({ min: -5, max: 3, noNaN: true }).map((e) => Math.fround(2 ** e));

const additions = fc
  .record({
    kernel: fc.constantFrom("addFixed", "addReal"),
    zeros: fc.tuple(fc.nat(127), fc.nat(127), fc.nat(127)),
    scales: fc.tuple(scale, scale, scale),
    low: fc.nat(60),
    isFirst: fc.boolean(),
    place: fc.constantFrom("own", "result", "other", "over other"),
    seed: fc.integer(),
  })
  .map(({ zeros: [aZero, bZero, yZero], scales: [a, b, y], low, ...rest }): Addition => {
    const limits = [low, 127];
    if (rest.kernel === "addReal")
      return { ...rest, numbers: [aZero, a, bZero, b, yZero, y, 128, ...limits] };
    const twice = 2 * Math.max(a, b);
    const [ofA, ofB, ofY] = [a / twice, b / twice, twice / (2 ** 20 * y)].map(fixedPoint);
    const operands = [20, aZero, ofA!.multiplier, ofA!.shift, bZero, ofB!.multiplier, ofB!.shift];
    return { ...rest, numbers: [...operands, yZero, ofY!.multiplier, ofY!.shift, ...limits] };
  });

/** The layer, then `other + result` or `result + other`; `other` is the second input. */
function withAddition(layer: Case, { kernel, numbers, isFirst, place }: Addition): Schedule {
  const base = scheduleOf(layer);
  const result = base.buffers[layer.y]!;
  const { dtype, length } = result;
  const like = (id: number, firstStep: number, lastStep: number): Buffer => {
    return { id, name: `b${id}`, dtype, length, byteLength: length, firstStep, lastStep };
  };
  const next = base.buffers.length;
  const other = like(next, -1, place === "over other" ? 1 : 2);
  const view = Int32Array.of(1, length, 1, 1);
  const constant = { dtype: "int32", shape: [4], data: view } as const;
  const extents: Buffer = {
    ...like(next + 1, -1, -1),
    ...constant,
    constant,
    byteLength: 16,
    length: 4,
  };
  const own = like(next + 2, 1, 2);
  const y = { own, "over other": own, result, other }[place].id;
  const operands = isFirst ? [result.id, other.id] : [other.id, result.id];
  const sum: Step = {
    ...{ node: "sum", op: "Add", kernel, rules: [] },
    arguments: [...[...operands, y, extents.id].map((buffer) => ({ buffer })), ...numbers],
  };
  const port = { name: "other", type: { dtype, shape: [length] }, buffer: other.id };
  const lived = { ...result, lastStep: place === "result" ? 2 : 1 };
  return {
    ...base,
    buffers: [...base.buffers.with(result.id, lived), other, extents, own],
    steps: [base.steps[0]!, sum],
    inputs: [...base.inputs, port],
    outputs: [{ ...port, name: "sum", buffer: y }],
    values: [result.id, y].map((buffer, step) => ({ node: step, output: 0, buffer, step })),
  };
}

describe.each(["baseline", "relaxed"] as const)(
  "packed layers and additions, %s",
  async (family) => {
    const module = await moduleOf(family, [
      ...["densePackedAddFixed", "densePackedAddReal"],
      ...["conv2dPackedAddFixed", "conv2dPackedAddReal"],
    ]);
    const small = family === "relaxed" && signs === undefined;
    it.each([
      ["denseInteger", denseCases(small)],
      ["conv2dInteger", convCases(small)],
    ] as const)("%s", (_, cases) => {
      const ofBytes = cases.filter(({ arrays, y }) => arrays[y]!.BYTES_PER_ELEMENT === 1);
      fc.assert(
        fc.property(ofBytes, additions, (layer, addition) => {
          const schedule = selectInteger(withAddition(layer, addition));
          expect(schedule.steps.map(({ kernel }) => kernel)).toEqual([
            expect.stringMatching(/PackedAdd(Fixed|Real)$/),
          ]);
          expect(schedule.values).toHaveLength(1);
          expect(schedule.values[0]).toMatchObject({
            step: 0,
            buffer: schedule.outputs[0]!.buffer,
          });
          const wanted = layer.arrays.map((array) => array.slice());
          const numbers = sequence(addition.seed);
          const other = wanted[layer.y]!.map(() => numbers.next().value * 256) as Int8Array;
          const found = run(module, schedule, layer.arrays[0]!, other);
          call(layer.kernel, ...wanted, ...layer.numbers);
          const result = wanted[layer.y]!;
          const operands = addition.isFirst ? [result, other] : [other, result];
          const sum = result.slice();
          call(
            addition.kernel,
            ...operands,
            sum,
            Int32Array.of(1, sum.length, 1, 1),
            ...addition.numbers,
          );
          expect(found).toEqual(sum);
        }),
        { numRuns: 1000 },
      );
    });
  },
);

function call(kernel: string, ...values: readonly unknown[]): void {
  (kernels[kernel as keyof typeof kernels] as (...values: unknown[]) => void)(...values);
}

describe("what is not joined", () => {
  const [layer] = fc.sample(
    denseCases(false).filter(({ arrays }) => dtypeOf(arrays[5]!) === "int8"),
    { numRuns: 1, seed: 1 },
  );
  const [addition] = fc.sample(additions, { numRuns: 1, seed: 1 });
  const schedule = withAddition(layer!, { ...addition!, place: "own", isFirst: true });
  const stepsOf = (changed: Schedule) => selectInteger(changed).steps.length;
  const result = schedule.buffers[layer!.y]!;

  it("joins the schedule as it is", () => expect(stepsOf(schedule)).toBe(1));
  it("a result that is read later", () => {
    const buffers = schedule.buffers.with(result.id, { ...result, lastStep: 2 });
    expect(stepsOf({ ...schedule, buffers })).toBe(2);
  });
  it("a result that is added to itself", () => {
    const [first, sum] = schedule.steps;
    const list = sum!.arguments.with(1, sum!.arguments[0]!);
    expect(stepsOf({ ...schedule, steps: [first!, { ...sum!, arguments: list }] })).toBe(2);
  });
  it("an addend of another type", () => {
    const [, sum] = schedule.steps;
    const [, other] = sum!.arguments as readonly { readonly buffer: number }[];
    const addend = schedule.buffers[other!.buffer]!;
    const buffers = schedule.buffers.with(addend.id, { ...addend, dtype: "uint8" });
    expect(stepsOf({ ...schedule, buffers })).toBe(2);
  });
  it("an addend that is broadcast", () => {
    const view = schedule.buffers.at(-2)!;
    const constant = { ...view.constant!, data: Int32Array.of(1, result.length, 1, 0) };
    const buffers = schedule.buffers.with(view.id, { ...view, constant });
    expect(stepsOf({ ...schedule, buffers })).toBe(2);
  });
});
