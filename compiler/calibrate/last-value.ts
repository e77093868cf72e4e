import type { Observer } from "./observer.ts";

/** The range of the last sample. For a constant: of its values. */
export const lastValue: Observer = (statistics) => statistics.last;
