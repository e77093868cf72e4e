import { defineArg } from "./arg.ts";

export const ArgMin = defineArg("ArgMin", "argMin", "smallest", "ARG_MIN");
