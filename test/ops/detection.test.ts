import { describe, expect, it } from "vitest";
import type { Attributes } from "../../compiler/ir/graph.ts";
import { applyOp, reals } from "../support/apply-op.ts";

/** Three unit anchors in a row, the first two nearly at one place; codes of 0 leave a box as its anchor. */
const anchors = reals([3, 4], [0.5, 0.5, 1, 1, 0.5, 0.6, 1, 1, 0.5, 5.5, 1, 1]);
const boxes = reals([1, 3, 4], Array(12).fill(0));
/** A background column, then two classes. */
const scores = reals([1, 3, 3], [0, 0.9, 0.1, 0, 0.2, 0.8, 0, 0.3, 0.6]);

function detect(attributes: Attributes): readonly number[][] {
  const results = applyOp("DetectBoxes", [boxes, scores, anchors], {
    detections: 3,
    classes: 2,
    leastScore: 0.5,
    mostOverlap: 0.5,
    scales: [10, 10, 5, 5],
    ...attributes,
  });
  return results.map(({ data }) => Array.from(data, (x) => Math.round(x * 1e4) / 1e4));
}

describe("DetectBoxes", () => {
  it("suppresses boxes by their best scores", () => {
    const [corners, classes, values, found] = detect({});
    expect(found).toEqual([2]);
    expect(classes).toEqual([0, 1, 0]);
    expect(values).toEqual([0.9, 0.6, 0]);
    expect(corners).toEqual([0, 0, 1, 1, 0, 5, 1, 6, 0, 0, 0, 0]);
  });

  it("finds no box twice where no score is too low", () => {
    const [, , , found] = detect({ detections: 5, leastScore: Number.NEGATIVE_INFINITY });
    expect(found).toEqual([3]);
  });

  it("suppresses within a class on its own", () => {
    const [corners, classes, values, found] = detect({ byClass: true });
    expect(found).toEqual([3]);
    expect(classes).toEqual([0, 1, 1]);
    expect(values).toEqual([0.9, 0.8, 0.6]);
    expect(corners!.slice(4, 8)).toEqual([0, 0.1, 1, 1.1]);
  });

  it("gives several classes of a box", () => {
    const [, classes, values] = detect({ perBox: 2 });
    expect(classes).toEqual([0, 1, 1, 0, 0, 0]);
    expect(values).toEqual([0.9, 0.1, 0.6, 0.3, 0, 0]);
  });

  it("keeps the best of all classes when there are too many", () => {
    const [, , values, found] = detect({ byClass: true, detections: 2 });
    expect(found).toEqual([2]);
    expect(values).toEqual([0.9, 0.8]);
  });
});
