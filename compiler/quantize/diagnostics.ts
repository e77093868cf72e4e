import type { Diagnostic } from "../../grammar/source/diagnostic.ts";

/** Weights got a larger scale than their range asks for, so that the bias of the channel fits int32. */
export function weightScaleRaised(
  model: string,
  node: string,
  channels: readonly number[],
): Diagnostic {
  return {
    code: "QC2251",
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
