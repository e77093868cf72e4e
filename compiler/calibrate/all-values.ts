import type { Observer } from "./observer.ts";

/** The range of all samples. */
export const allValues: Observer = (statistics) => statistics.all;
