import { InferenceError } from "../ir/op.ts";
import { defineOp } from "./define-op.ts";

export const Input = defineOp({
  name: "Input",
  doc: "an input of the model",
  operands: [],
  attributes: {},
  traits: [],
  infer: () => {
    throw new InferenceError("inputs are given by the model, and no rule adds one");
  },
  lower: () => [],
});
