// QC2500 and QC2502: what a compilation as a whole needs. One function per code; it takes facts, not text.
import type { Diagnostic } from "../grammar/source/diagnostic.ts";

/** A float model, a scheme that needs ranges, and nothing to take them from. `sites`: how many. */
export function rangesNeeded(model: string, sites: number): Diagnostic {
  const text = `${sites} value${sites === 1 ? "" : "s"} to measure`;
  return {
    code: "QC2500",
    severity: "error",
    message: "the rules need ranges, and there is no data to measure them on",
    labels: [{ place: { model, path: "" }, text }],
    help: "give samples with `--calib DATA.npy`, or measured ranges with `--stats FILE`; `--float` compiles without quantization",
  };
}

export function alreadyQuantized(model: string): Diagnostic {
  return {
    code: "QC2502",
    severity: "error",
    message: "`--float` needs a float model",
    labels: [{ place: { model, path: "" }, text: "the activations of this model are quantized" }],
    help: "leave `--float` out: a quantized model compiles as it is",
  };
}
