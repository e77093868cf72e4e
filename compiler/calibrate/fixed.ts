import type { Observer } from "./observer.ts";

/** The range that the rule states, whatever was seen. */
export const fixed: Observer = (_, { min, max }) => {
  if (min === undefined || max === undefined) throw new Error("internal: `Fixed` without a range");
  return { min: Math.fround(min), max: Math.fround(max) };
};
