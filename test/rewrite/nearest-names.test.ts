import { expect, it } from "vitest";
import { nearestNames } from "../../compiler/rewrite/nearest-names.ts";

const names = ["image", "logits", "head/logits_2", "conv1", "conv_2", "block/conv_1/kernel"];

it.each([
  ["logit", ["logits", "head/logits_2"]],
  ["^Conv1$", ["conv1", "conv_2"]],
  ["conv_[0-9]+", ["conv_2", "conv1", "block/conv_1/kernel"]],
  [".*lgits", ["logits"]],
  ["xyz", []],
  [".*", []],
])("of /%s/", (source, nearest) => {
  expect(nearestNames({ kind: "regex", source }, names)).toEqual(nearest);
});

it("of a glob", () => {
  expect(nearestNames({ kind: "glob", source: "blocks/conv_*" }, names)[0]).toBe(
    "block/conv_1/kernel",
  );
});
