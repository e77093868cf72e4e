import type { Diagnostic } from "../../grammar/source/diagnostic.ts";

/** Weights got a larger scale than their range asks for, so that the bias of the channel fits int32. */
export function weightScaleRaised(
  model: string,
  node: string,
  channels: readonly number[],
): Diagnostic {
  return {
    code: "QC2271",
    severity: "warning",
    message: `the bias of \`${node}\` does not fit int32 at the scale of its weights; the scale of ${count(channels)} was raised`,
    labels: [
      {
        place: { model, path: node },
        text: `channel ${channels.slice(0, 8).join(", ")}${channels.length > 8 ? ", …" : ""}`,
      },
    ],
    help: "weights this small beside their bias hardly matter; if they do, keep the layer in float with `set layer.* = float`",
  };
}

function count(channels: readonly number[]): string {
  return channels.length === 1 ? "1 channel" : `${channels.length} channels`;
}

/** The scheme needs ranges that neither calibration data nor a statistics file gives. */
export function rangesMissing(model: string, names: readonly string[]): Diagnostic {
  return {
    code: "QC2272",
    severity: "error",
    message: `there are no ranges for ${names.length === 1 ? "1 value" : `${names.length} values`} that the scheme quantizes`,
    labels: names.slice(0, 8).map((path) => ({ place: { model, path }, text: "needs a range" })),
    help: "give samples with `--calib DATA.npy`, a statistics file of this model and these rules with `--stats FILE`, or compile a float program with `--float`",
  };
}
