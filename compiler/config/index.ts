/** `qcfg/config`: what the TypeScript of rule files is written with. */

export type { Seen, SeenRange } from "../ir/quantizer.ts";
export {
  type Activation,
  type AnyLayer,
  constant,
  type DType,
  type Layer,
  type Quantized,
  type QuantParams,
  type Shape,
  type Tensor,
  type Term,
} from "./layer.ts";
export type { OpTypes } from "./op-types.generated.ts";
export { type LayerDraft, QuantizeConfig } from "./quantize-config.ts";
export {
  AllValuesQuantizer,
  type ChosenRange,
  EntropyQuantizer,
  FixedQuantizer,
  isQuantizer,
  LastValueQuantizer,
  MeanSquaredErrorQuantizer,
  MovingAverageQuantizer,
  NoQuantizer,
  PercentileQuantizer,
  Quantizer,
  type QuantizerParameters,
} from "./quantizers.ts";
export {
  deserialize,
  type Json,
  type JsonObject,
  type Quantizable,
  type QuantizableClass,
  quantizeScope,
  registerQuantizable,
  type Serialized,
  serialize,
} from "./registry.ts";
export { tfmot } from "./tfmot.ts";
