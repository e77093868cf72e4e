import fc from "fast-check";

/** Sizes of a window over one axis, and of what it gives. */
export interface Window {
  readonly extent: number;
  readonly size: number;
  readonly stride: number;
  readonly dilation: number;
  readonly before: number;
  readonly after: number;
  readonly count: number;
}

/** Windows of any stride, dilation and padding, wider than the input or wholly beside it too. */
export const windows: fc.Arbitrary<Window> = fc
  .record({
    extent: fc.integer({ min: 1, max: 7 }),
    size: fc.integer({ min: 1, max: 5 }),
    stride: fc.integer({ min: 1, max: 3 }),
    dilation: fc.oneof({ weight: 3, arbitrary: fc.constant(1) }, fc.integer({ min: 2, max: 3 })),
    before: fc.oneof(fc.nat({ max: 1 }), fc.nat({ max: 5 })),
    after: fc.oneof(fc.nat({ max: 1 }), fc.nat({ max: 5 })),
  })
  .map((w) => {
    const free = w.extent + w.before + w.after - ((w.size - 1) * w.dilation + 1);
    return { ...w, count: Math.max(0, Math.floor(free / w.stride) + 1) };
  });

/** Channels around the widths of vectors. */
export const channelCounts = fc.oneof(fc.integer({ min: 1, max: 20 }), fc.constantFrom(24, 33, 40));
