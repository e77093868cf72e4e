import { defineOp } from "./define-op.ts";

export const Input = defineOp({
  name: "Input",
  doc: "an input of the model",
  operands: [],
  attributes: {},
  traits: [],
  infer: () => {
    throw new Error("internal: the type of an input is given, not inferred");
  },
  lower: () => [],
});
