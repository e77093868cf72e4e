import { inject } from "vitest";

declare module "vitest" {
  interface ProvidedContext {
    /** Given by `npm run fuzz`, another for every round. */
    readonly fuzzSeed: number;
  }
}

/** The seed of a random test: its own in every ordinary run, so that a failure repeats; another in each round of fuzzing. */
export function seedOf(own: number): number {
  return (own + (inject("fuzzSeed") ?? 0)) % 2 ** 31;
}

/** How fast-check runs a property: so many times, with `seedOf` its own seed. */
export function runs(numRuns: number, own: number): { numRuns: number; seed: number } {
  return { numRuns, seed: seedOf(own) };
}
