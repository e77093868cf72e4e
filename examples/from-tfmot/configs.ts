// The `QuantizeConfig`s of TensorFlow Model Optimization's comprehensive guide, line by line.
import {
  type Activation,
  LastValueQuantizer,
  type Layer,
  type LayerDraft,
  MovingAverageQuantizer,
  type QuantizeConfig,
  type Quantized,
  type Tensor,
} from "qcfg/config";

type Dense = Layer<"Dense">;

export class MyDenseQuantizeConfig implements QuantizeConfig {
  readonly numBits: number;

  constructor({ numBits = 8 }: { readonly numBits?: number } = {}) {
    this.numBits = numBits;
  }

  // Configure how to quantize weights.
  getWeightsAndQuantizers(layer: Dense) {
    const quantizer = new LastValueQuantizer({
      numBits: this.numBits,
      symmetric: true,
      narrowRange: false,
      perAxis: false,
    });
    return [[layer.kernel, quantizer]] as const;
  }

  // Configure how to quantize activations.
  getActivationsAndQuantizers(layer: Dense) {
    const quantizer = new MovingAverageQuantizer({
      numBits: 8,
      symmetric: false,
      narrowRange: false,
      perAxis: false,
    });
    return [[layer.activation, quantizer]] as const;
  }

  // One line for each item of `getWeightsAndQuantizers`, in the same order.
  setQuantizeWeights(layer: LayerDraft<Dense>, weights: readonly Quantized<Tensor>[]) {
    layer.kernel = weights[0]!;
  }

  // One line for each item of `getActivationsAndQuantizers`, in the same order.
  setQuantizeActivations(layer: LayerDraft<Dense>, activations: readonly Quantized<Activation>[]) {
    layer.activation = activations[0]!;
  }

  // Configure how to quantize outputs (may be equivalent to activations).
  getOutputQuantizers() {
    return [];
  }

  getConfig() {
    return { numBits: this.numBits };
  }
}
