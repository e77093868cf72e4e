// QC2300 to QC2319: emitted programs. One function per code; it takes facts, not text.
import type { Diagnostic } from "../../grammar/source/diagnostic.ts";
import type { Step } from "../lower/schedule.ts";

export function kernelsMissing(model: string, steps: readonly Step[]): Diagnostic {
  const ops = [...new Set(steps.map(({ op }) => `\`${op}\``))].join(", ");
  return {
    code: "QC2300",
    severity: "error",
    message: `${ops} cannot be compiled to WebAssembly`,
    labels: steps.map(({ node, kernel }) => ({
      place: { model, path: node },
      text: `the SIMD kernels have no \`${kernel}\``,
    })),
    help: "compile with `--target js`, which gives the same results more slowly",
  };
}

/** What a program asks for, in bytes, and the step with the largest of its arrays. */
export interface MemoryNeed {
  readonly bytes: number;
  readonly largest: Step;
  readonly largestBytes: number;
}

export function memoryTooLarge(
  model: string,
  { bytes, largest: { node }, largestBytes }: MemoryNeed,
): Diagnostic {
  const inGiB = (count: number) => `${(count / 2 ** 30).toFixed(1)} GiB`;
  return {
    code: "QC2301",
    severity: "error",
    message: `the program needs ${inGiB(bytes)} of memory, and WebAssembly has 4 GiB`,
    labels: [{ place: { model, path: node }, text: `an array of ${inGiB(largestBytes)}` }],
    help: "compile for a smaller input (`--batch`, `--shape`), or with `--target js`",
  };
}
