import fc from "fast-check";
import { describe, it } from "vitest";
import { float32Array } from "./arbitraries.ts";
import { type Arguments, type KernelProperty, prepareFamilies } from "./families.ts";

const anyReal = fc.float();
const sameTimes = (length: number) => ({ minLength: length, maxLength: length });

/** Scores with many ties; here and there any number. */
const scoresOf = (length: number) =>
  fc
    .array(
      fc.oneof(
        { weight: 9, arbitrary: fc.nat({ max: 8 }).map((n) => n / 8) },
        { weight: 1, arbitrary: anyReal },
      ),
      sameTimes(length),
    )
    .map((each) => Float32Array.from(each));

/** Boxes on a coarse grid, so that many overlap; here and there one of any numbers. */
const boxesOf = (count: number) => {
  const side = fc.tuple(...[8, 8, 4, 4].map((max) => fc.nat({ max })));
  const box = fc.oneof(
    {
      weight: 9,
      arbitrary: side.map(([y, x, height, width]) => [y!, x!, y! + height!, x! + width!]),
    },
    { weight: 1, arbitrary: fc.array(anyReal, sameTimes(4)) },
  );
  return fc.array(box, sameTimes(count)).map((each) => Float32Array.from(each.flat()));
};

const threshold = fc.oneof(
  fc.nat({ max: 8 }).map((n) => n / 8),
  fc.constantFrom(Number.NEGATIVE_INFINITY, 2),
);

/** `perClass` boxes of a class at most, or `perBox` classes of a box. */
const detections = (byClass: boolean): fc.Arbitrary<Arguments> =>
  fc
    .record({
      count: fc.nat({ max: 9 }),
      classCount: fc.integer({ min: 1, max: 6 }),
      skipped: fc.nat({ max: 1 }),
      limit: fc.nat({ max: 6 }),
      most: fc.nat({ max: 6 }),
      least: threshold,
      overlap: threshold,
    })
    .chain(({ count, classCount, skipped, limit, most, least, overlap }) => {
      const columns = skipped + classCount;
      const further = Math.min(most, byClass ? count : classCount);
      const places = byClass ? limit : limit * further;
      const chosen = Math.min(count, byClass ? further : limit);
      return fc.tuple(
        boxesOf(count),
        scoresOf(count * columns),
        ...[4 * places, places, places, 1, count].map(float32Array),
        fc.int32Array(sameTimes(chosen)),
        ...[count, columns, classCount, limit, further, least, overlap].map(fc.constant),
      );
    });

const results = ["float32", "float32", "float32", "float32"] as const;

const properties: readonly KernelProperty[] = [
  {
    kernel: "decodeBoxes",
    signature: ["float32", "float32", "float32"],
    calls: fc
      .nat({ max: 6 })
      .chain((count) =>
        fc.tuple(
          fc.oneof(float32Array(4 * count), boxesOf(count)),
          fc.oneof(float32Array(4 * count), boxesOf(count)),
          float32Array(4 * count),
          fc.constant(count),
          ...Array.from({ length: 4 }, () => anyReal),
        ),
      ),
  },
  {
    kernel: "detectByBox",
    signature: ["float32", "float32", ...results, "float32", "int32"],
    calls: detections(false),
  },
  {
    kernel: "detectByClass",
    signature: ["float32", "float32", ...results, "float32", "int32"],
    calls: detections(true),
  },
];

describe("detection", async () => {
  const families = await prepareFamilies(properties);
  it.each(properties)("$kernel of $signature", (property) => families.check(property));
});
