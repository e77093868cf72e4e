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
