import type { Contract } from "../../grammar/ast.ts";
import { type DType, sameType, type Tensor } from "../ir/types.ts";
import type { Outcome } from "./run-graph.ts";

/** The worst of a comparison: an error of 1 is just within the contract. */
export interface Difference {
  readonly output: string;
  /** In units of what the contract allows. */
  readonly error: number;
  /** Where the two differ most, and by what. */
  readonly index: number;
  readonly before: number;
  readonly after: number;
}

/** Float32 sums in another order differ by so much, relative to the largest number on the way. */
const rounding = 2 ** -20;

/**
 * How far the outputs of a rewritten graph are from those of the original, at the worst place. What the contracts of the rules allow adds up:
 * `bits` nothing, `reals` the rounding of float32, `within ε` as much more, `steps n` so many integers.
 */
export function worstDifference(
  before: Outcome,
  after: Outcome,
  contracts: readonly Contract[],
): Difference | undefined {
  let worst: Difference | undefined;
  for (const [output, a] of before.outputs) {
    const b = after.outputs.get(output);
    if (b === undefined || !sameType(a, b)) return missing(output);
    if (before.roundsNaN) continue;
    const allowed = allowance(a, Math.max(before.magnitude, after.magnitude), contracts);
    for (let index = 0; index < a.data.length; index++) {
      const [x, y] = [a.data[index]!, b.data[index]!];
      // Where a division by zero has come before, no equation of real numbers says anything.
      if (!Number.isFinite(x) && allowed > 0) continue;
      const error = errorOf(x, y, allowed);
      if (error > (worst?.error ?? 0)) worst = { output, error, index, before: x, after: y };
    }
  }
  return worst;
}

/** Whether a number became infinite, or none. */
export function isOverflow({ before, after }: Difference): boolean {
  return Number.isFinite(before) && !Number.isFinite(after);
}

function missing(output: string): Difference {
  return { output, error: Number.POSITIVE_INFINITY, index: 0, before: Number.NaN, after: 0 };
}

function errorOf(x: number, y: number, allowed: number): number {
  if (x === y || (Number.isNaN(x) && Number.isNaN(y))) return 0;
  const distance = Math.abs(x - y);
  // Also where one is not a number, or infinite, and the other is not.
  return distance <= Number.MAX_VALUE && allowed > 0
    ? distance / allowed
    : Number.POSITIVE_INFINITY;
}

/** The largest difference that is allowed, in the units of the output. */
function allowance(
  { data, dtype }: Tensor,
  magnitude: number,
  contracts: readonly Contract[],
): number {
  if (dtype !== "float32") return integersAllowed(dtype, contracts);
  let largest = 1;
  for (const x of data) if (Number.isFinite(x)) largest = Math.max(largest, Math.abs(x));
  let sum = 0;
  for (const contract of contracts) {
    if (contract.kind !== "bits") sum += rounding * Math.max(magnitude, largest);
    if (contract.kind === "within") sum += contract.epsilon * largest;
  }
  return sum;
}

/** Real numbers that differ by a rounding may be rounded to neighbouring integers. */
function integersAllowed(dtype: DType, contracts: readonly Contract[]): number {
  if (dtype === "bool") return 0;
  let steps = 0;
  for (const contract of contracts)
    steps += contract.kind === "steps" ? contract.steps : contract.kind === "bits" ? 0 : 1;
  return steps;
}

/** A difference in words. */
export function differenceText({ output, index, before, after, error }: Difference): string {
  if (Number.isNaN(before) && error === Number.POSITIVE_INFINITY && after === 0)
    return `the output \`${output}\` is gone, or of another type`;
  return `\`${output}\`[${index}] was ${before} and is ${after}`;
}
