import type { Schedule } from "./schedule.ts";
import { selectFloat } from "./select-float.ts";
import { selectInteger } from "./select-integer.ts";

/** The schedule with the steps for which the SIMD family has something better than the kernel of the reference's name. */
export function selectSimd(schedule: Schedule): Schedule {
  return selectInteger(selectFloat(schedule));
}
