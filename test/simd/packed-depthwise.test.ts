import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { TypedArray } from "../../compiler/ir/types.ts";
import { type DepthwiseNumbers, packDepthwise } from "../../compiler/lower/select-depthwise.ts";
import { relaxedDotSigns } from "../../runtime/load-webassembly.ts";
import { depthwiseConv2dInteger } from "../../runtime/reference/depthwise-conv-2d.ts";
import { integer, limits, noise, scalings } from "./integers.ts";
import { instantiateFamilies } from "./packed-families.ts";
import { channelCounts, type Window, windows } from "./windows.ts";

// Packed as the compiler packs it, a depthwise convolution gives what the reference gives.

/** Where the relaxed dot product is not exact, its pairs saturate: there larger weights are not tried. */
const most = relaxedDotSigns() === undefined ? 63 : 127;

type View = "int8" | "uint8";

const three: fc.Arbitrary<Window> = fc
  .record({
    extent: fc.integer({ min: 1, max: 9 }),
    stride: fc.integer({ min: 1, max: 3 }),
    before: fc.nat({ max: 3 }),
    after: fc.nat({ max: 3 }),
  })
  .map((w) => {
    const count = Math.max(0, Math.floor((w.extent + w.before + w.after - 3) / w.stride) + 1);
    return { ...w, size: 3, dilation: 1, count };
  });

const axes = fc.oneof(fc.tuple(three, three), fc.tuple(windows, windows));

function calls(x: View, y: View) {
  return fc
    .record({ batch: fc.integer({ min: 1, max: 2 }), axes, channels: channelCounts })
    .chain(({ batch, axes: [h, w], channels }) =>
      fc
        .record({
          input: noise(x, batch * h.extent * w.extent * channels),
          weights: noise("int8", h.size * w.size * channels),
          kernelZero: fc.constantFrom(0, 0, 1),
          bias: noise("int16", channels).map((some) => Int32Array.from(some)),
          scaling: fc.boolean().chain((real) => scalings(channels, real)),
          xZero: integer(x),
          yZero: integer(y),
          range: limits(y),
          output: noise(y, batch * h.count * w.count * channels),
        })
        .map(({ weights, kernelZero, xZero, yZero, range, ...rest }) => ({
          ...rest,
          kernel: weights.map(
            (each) => Math.max(-most, Math.min(most - kernelZero, each)) + kernelZero,
          ),
          numbers: [
            ...[batch, h.extent, w.extent, channels, h.count, w.count, channels, h.size, w.size],
            ...[h.stride, w.stride, h.dilation, w.dilation, h.before, w.before],
            ...[xZero, kernelZero, yZero, ...range, rest.scaling.rounding],
          ] as unknown as DepthwiseNumbers,
        })),
    );
}

const views = ["int8", "uint8"] as const;
const pairs = views.flatMap((x) => views.map((y) => [x, y] as const));
const numberNames = Array.from({ length: 21 }, (_, i) => `n${i}`);
const declared = numberNames.map((name) => `${name}: i32`).join(", ");

/** `export function int8_uint8(x: usize, …)`: the kernel on these element types. */
const wrapperOf = (x: View, y: View) =>
  `export function ${x}_${y}(x: usize, w: usize, b: usize, r: usize, s: usize, y: usize, ${declared}): void {
    depthwiseConv2dPackedInteger(${x}(x, 0), int8(w, 0), int32(b, 0), float32(r, 0), int8(s, 0), ${y}(y, 0), ${numberNames.join(", ")});
  }`;

const prepare = `export function prepare(w: usize, b: usize, tiles: i32, quads: i32, signed: i32): void {
  preparePacked(int8(w, 0), int32(b, 0), tiles, quads, signed);
}`;

describe("packed depthwise convolutions", async () => {
  const families = await instantiateFamilies(
    ["depthwiseConv2dPackedInteger", "preparePacked"],
    [...pairs.map(([x, y]) => wrapperOf(x, y)), prepare],
  );
  it.each(pairs)("of %s to %s", (xType, yType) => {
    fc.assert(
      fc.property(calls(xType, yType), ({ input, kernel, bias, scaling, output, numbers }) => {
        const { multiplier, shift } = scaling;
        const packed = packDepthwise({ kernel, bias, multiplier, shift, xType, yType }, numbers)!;
        const wanted = output.slice() as Int8Array;
        const sums = new Int32Array(bias.length);
        depthwiseConv2dInteger(
          ...[input as Int8Array, kernel as Int8Array, bias, multiplier, shift, sums, wanted],
          ...(numbers as [...Required<DepthwiseNumbers>]),
        );
        const { weights, bias: offsets, records, tiles, quads } = packed.product;
        const scratch = new Int8Array(packed.scratchBytes);
        for (const [family, { memory, call }] of families) {
          const arrays = [input, weights.data, offsets.data, records.data, scratch, output];
          const places = place(memory, arrays);
          call.prepare!(places[1]!, places[2]!, tiles, quads, xType === "int8" ? 1 : 0);
          call[`${xType}_${yType}`]!(...places, ...packed.numbers);
          const found = memory.buffer.slice(places[5]!, places[5]! + wanted.length);
          expect(Buffer.from(found).equals(Buffer.from(wanted.buffer)), family).toBe(true);
          for (const [i, at] of places.entries()) {
            const behind = new Uint8Array(memory.buffer, at + arrays[i]!.byteLength, guard);
            expect(behind.every((byte) => byte === 0xaa)).toBe(true);
          }
        }
      }),
      { numRuns: 1500 },
    );
  });
});

/** Bytes behind an array that the kernel may not write. */
const guard = 16;

/** Copies arrays into a memory, one behind the other, and gives their offsets. */
function place(memory: WebAssembly.Memory, arrays: readonly TypedArray[]): number[] {
  const all = new Uint8Array(memory.buffer);
  let offset = 64;
  return arrays.map(({ buffer, byteOffset, byteLength }) => {
    const at = offset;
    all.set(new Uint8Array(buffer, byteOffset, byteLength), at);
    all.fill(0xaa, at + byteLength, at + byteLength + guard);
    offset = Math.ceil((at + byteLength + guard) / 16) * 16;
    return at;
  });
}
