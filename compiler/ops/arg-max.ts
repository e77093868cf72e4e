import { defineArg } from "./arg.ts";

export const ArgMax = defineArg("ArgMax", "argMax", "largest", "ARG_MAX");
