import type { Diagnostic, Label } from "../../grammar/source/diagnostic.ts";
import type { Claim } from "../ir/annotations.ts";

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

/** Weights whose input channels do not fall into the groups that a rule asks for. */
export function groupsMisfit(
  claim: Pick<Claim, "rule" | "span">,
  group: number,
  layers: readonly Label[],
): Diagnostic {
  const weights =
    layers.length === 1 ? "the weights of 1 layer" : `the weights of ${layers.length} layers`;
  return {
    code: "QC2273",
    severity: "error",
    message: `${weights} cannot be divided into groups of ${group} input channels`,
    labels: groupLabels(claim, group, layers),
    help: `take a divisor of the input channels, or write \`require layer.kernel.shape[-1] % ${group} == 0\` in the rule and quantize the other layers \`per: channel\``,
  };
}

/** A quantizer per group for something that is no weight. */
export function groupsOfNoWeights(
  claim: Pick<Claim, "rule" | "span">,
  group: number,
  places: readonly Label[],
): Diagnostic {
  return {
    code: "QC2274",
    severity: "error",
    message: "only the weights of a layer can have a scale for each group",
    labels: groupLabels(claim, group, places),
    help: "ask for `per: tensor` here, and for groups with `set layer.kernel`",
  };
}

/** A quantizer per channel for values of the network, whose integers have one scale. */
export function channelsOfValues(
  { rule, span }: Pick<Claim, "rule" | "span">,
  model = "",
  nodes: readonly string[] = [],
): Diagnostic {
  return {
    code: "QC2275",
    severity: "warning",
    message:
      "only constants have a scale for each channel: the values that a layer gives get one for all",
    labels: [
      ...(span ? [{ place: span, text: `\`${rule}\` asks for one per channel` }] : []),
      ...nodes.slice(0, 8).map((path) => ({ place: { model, path }, text: "has one scale" })),
    ],
    help: "write `per: tensor` here, and `per: channel` for `layer.kernel`",
  };
}

function groupLabels(
  { rule, span }: Pick<Claim, "rule" | "span">,
  group: number,
  places: readonly Label[],
): readonly Label[] {
  const text = `\`${rule}\` asks for groups of ${group}`;
  return [...(span ? [{ place: span, text }] : []), ...places.slice(0, 8)];
}
