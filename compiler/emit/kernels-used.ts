import type { Schedule, Step } from "../lower/schedule.ts";

/** The kernel that tells the others how the engine multiplies. */
export const setDotSigns = "setDotSigns";

/** Names of the kernels that a program calls, sorted. */
export function kernelsUsed(schedule: Schedule): string[] {
  return [...new Set(allSteps(schedule).map((step) => step.kernel))].sort();
}

/** What a program calls once, when the constants are in memory. */
export function preparationOf({ preparation = [] }: Schedule): readonly Step[] {
  return preparation;
}

/** Every call of a program, those that are made once first. */
export function allSteps(schedule: Schedule): readonly Step[] {
  return [...preparationOf(schedule), ...schedule.steps];
}
