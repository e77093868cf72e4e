import type { Activation, Layer, Quantized, Tensor } from "./layer.ts";
import type { Quantizer } from "./quantizers.ts";
import type { JsonObject } from "./registry.ts";

/** A layer whose slots can be assigned: what the `set` methods of a config are given. */
export type LayerDraft<L = Layer> = { -readonly [Slot in keyof L]: L[Slot] };

/**
 * What is quantized of a layer and how: TFMOT's `QuantizeConfig`. The compiler asks the three `get` methods for pairs of a
 * slot and its quantizer, then hands the quantized slots back to the `set` methods, in the same order, which assign each to
 * the layer. What is asked for and not set, or set elsewhere, is an error. A config is asked for each layer, and must not change.
 * It can be extended, as TFMOT's is, or implemented; an object with these methods is one too.
 *
 * @see QuantizeConfig.getConfig for its JSON form
 */
export abstract class QuantizeConfig {
  /** Constants of the layer, with the quantizer of each: `[[layer.kernel, quantizer]]`. */
  abstract getWeightsAndQuantizers(layer: Layer): readonly (readonly [Tensor, Quantizer])[];
  /** What the layer computes, behind its activation: `[[layer.activation, quantizer]]`, or nothing. */
  abstract getActivationsAndQuantizers(layer: Layer): readonly (readonly [Activation, Quantizer])[];
  /** A quantizer for each result of the layer, from the first on. */
  abstract getOutputQuantizers(layer: Layer): readonly Quantizer[];
  /** Puts the quantized constants where they belong: `layer.kernel = weights[0]`. */
  abstract setQuantizeWeights(layer: LayerDraft, weights: readonly Quantized<Tensor>[]): void;
  abstract setQuantizeActivations(
    layer: LayerDraft,
    activations: readonly Quantized<Activation>[],
  ): void;
  /** The parameters of its constructor's one object; `{}` where it has none. */
  abstract getConfig(): JsonObject;
  /** Not in TFMOT: quantizers of values that the layer reads, in pairs with these. */
  getInputsAndQuantizers?(layer: Layer): readonly (readonly [Tensor, Quantizer])[];
}

/** Whether something has the methods that every config has. */
export function isQuantizeConfig(value: unknown): value is QuantizeConfig {
  return typeof value === "object" && value !== null && missingMethods(value).length === 0;
}

/** The methods of a config that something lacks. */
export function missingMethods(value: object): readonly string[] {
  return methods.filter((name) => typeof (value as Record<string, unknown>)[name] !== "function");
}

const methods = [
  "getWeightsAndQuantizers",
  "getActivationsAndQuantizers",
  "getOutputQuantizers",
  "setQuantizeWeights",
  "setQuantizeActivations",
  "getConfig",
] as const satisfies readonly (keyof QuantizeConfig)[];
