import * as fc from "fast-check";
import { expect, it } from "vitest";
import { parseStatistics, printStatistics } from "../../compiler/calibrate/statistics-file.ts";
import { calibrate, lowerModel, quantizeModel } from "../../compiler/pipeline.ts";
import { Rejected } from "../../grammar/source/diagnostic.ts";
import { accepted, importDigits, prepared, samplesOf, take } from "../support/models.ts";
import { runs } from "../support/runs.ts";

const ready = prepared(importDigits());
const samples = take(samplesOf(ready.graph, "examples/digits/calib_x.npy"), 3);
const saved = JSON.parse(printStatistics(accepted(calibrate(ready, samples))));

/** Every place of a JSON value, counts of bins aside: the object or array that holds it, and its key. */
function* places(value: unknown): Generator<readonly [Record<string, unknown>, string]> {
  if (typeof value !== "object" || value === null) return;
  for (const key of Object.keys(value)) {
    yield [value as Record<string, unknown>, key];
    if (key !== "counts") yield* places((value as Record<string, unknown>)[key]);
  }
}

const count = [...places(saved)].length;
const oddities = fc.constantFrom<unknown>(
  null,
  0,
  -0,
  -1,
  1,
  0.5,
  1e308,
  -1e308,
  1e39,
  5e-324,
  2 ** 53,
  "x",
  "",
  true,
  [],
  {},
  [[]],
  -2047,
  1023,
  -1023,
);

it("a statistics file with anything in any place is rejected or used, never a crash", () => {
  let used = 0;
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(count - 1), oddities), { minLength: 1, maxLength: 3 }),
      (changes) => {
        const tampered = structuredClone(saved);
        for (const [at, value] of changes) {
          const place = [...places(tampered)][at];
          if (place) place[0][place[1]] = value;
        }
        try {
          const statistics = parseStatistics(JSON.stringify(tampered), "tampered.json");
          const { value } = quantizeModel(ready, statistics, { io: "float" });
          if (value && lowerModel(value, { requantize: "onnx" }).value) used++;
        } catch (error) {
          if (!(error instanceof Rejected)) throw error;
        }
      },
    ),
    runs(400, 20260720),
  );
  expect(used).toBeGreaterThan(10);
});

it("ranges beyond float32 are rejected", () => {
  const tampered = structuredClone(saved);
  const [site] = Object.values<{ all: object }>(tampered.sites);
  site!.all = { min: -1e308, max: 1e308 };
  expect(() => parseStatistics(JSON.stringify(tampered), "tampered.json")).toThrow(Rejected);
});
