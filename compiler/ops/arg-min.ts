import { defineArg } from "./arg.ts";

export const ArgMin = defineArg({
  name: "ArgMin",
  kernel: "argMin",
  tflite: "ARG_MIN",
  word: "smallest",
});
