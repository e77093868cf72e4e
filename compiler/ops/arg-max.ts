import { defineArg } from "./arg.ts";

export const ArgMax = defineArg({
  name: "ArgMax",
  kernel: "argMax",
  tflite: "ARG_MAX",
  word: "largest",
});
