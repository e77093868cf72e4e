import type { Quantizer as QuantizerRequest } from "../ir/quantizer.ts";
import type { Activation, Layer, Quantized, Tensor } from "./layer.ts";
import type { LayerDraft, QuantizeConfig } from "./quantize-config.ts";
import { isQuantizer, type Quantizer } from "./quantizers.ts";

/** What a config asks for one slot of a layer. */
export interface SlotRequest {
  /** An operand by its name, `activation`, or `output`. */
  readonly slot: string;
  /** Which of several operands of a name, or which result; from 0. */
  readonly index: number;
  readonly request: QuantizerRequest | "float";
}

/** A config that does not keep its contract; the message is for the user. */
export class ConfigFault extends Error {}

type Slot = Tensor | Activation;
type Handle = Quantized<Slot>;

/**
 * All that a config asks for a layer: what the `get` methods say, where the `set` methods put it to the same place. Throws
 * `ConfigFault`, or what the config throws.
 */
export function configRequests(config: QuantizeConfig, layer: Layer): readonly SlotRequest[] {
  const weights = handlesOf("getWeightsAndQuantizers", config, layer);
  assign("setQuantizeWeights", weights, layer, (draft) =>
    config.setQuantizeWeights(draft, weights as readonly Quantized<Tensor>[]),
  );
  const activations = handlesOf("getActivationsAndQuantizers", config, layer);
  assign("setQuantizeActivations", activations, layer, (draft) =>
    config.setQuantizeActivations(draft, activations as readonly Quantized<Activation>[]),
  );
  const inputs = config.getInputsAndQuantizers
    ? handlesOf("getInputsAndQuantizers", config, layer)
    : [];
  return [
    ...[...weights, ...activations, ...inputs].map(requestOf),
    ...outputsOf(config, layer).map((quantizer, index) => ({
      slot: "output",
      index,
      request: quantizer.request(),
    })),
  ];
}

type PairsMethod =
  | "getWeightsAndQuantizers"
  | "getActivationsAndQuantizers"
  | "getInputsAndQuantizers";

function handlesOf(method: PairsMethod, config: QuantizeConfig, layer: Layer): readonly Handle[] {
  const pairs: unknown = config[method]?.(layer);
  if (!Array.isArray(pairs)) throw new ConfigFault(`\`${method}\` gives no list`);
  return pairs.map((pair: unknown) => {
    const [slot, quantizer] = Array.isArray(pair) ? pair : [];
    if (!isQuantizer(quantizer))
      throw new ConfigFault(`\`${method}\` gives no pairs with quantizers`);
    if (typeof slot !== "object" || slot === null || !isSlotOf(slot, layer))
      throw new ConfigFault(
        `\`${method}\` gives what is no slot of the ${layer.op} \`${layer.name}\``,
      );
    const isWeight = method === "getWeightsAndQuantizers";
    if (isWeight && !("isConstant" in slot && slot.isConstant))
      throw new ConfigFault(`\`${slot.slot}\` of \`${layer.name}\` is not a constant`);
    // Of the slot itself: elements of a tensor are got when they are asked for.
    return Object.freeze(
      Object.defineProperties({ quantizer }, Object.getOwnPropertyDescriptors(slot)),
    ) as Handle;
  });
}

function isSlotOf(slot: object, layer: Layer): slot is Slot {
  if (slot === layer.activation) return true;
  const { slot: name, index = 0 } = slot as Tensor;
  if (name === undefined) return false;
  const operand = layer.slot(name);
  return slot === (Array.isArray(operand) ? operand[index] : operand);
}

/** Every handle must end at its own slot, and nothing else may change. */
function assign(
  method: "setQuantizeWeights" | "setQuantizeActivations",
  handles: readonly Handle[],
  layer: Layer,
  set: (draft: LayerDraft) => void,
): void {
  const before: Readonly<Record<string, unknown>> = { ...layer };
  const draft = { ...before };
  set(draft as unknown as LayerDraft);
  const left = new Set(handles);
  for (const name of Object.keys(draft)) {
    if (draft[name] === before[name]) continue;
    const placed = Array.isArray(draft[name]) ? draft[name] : [draft[name]];
    for (const value of placed) {
      const handle = handles.find((candidate) => candidate === value);
      if (handle === undefined && Array.isArray(before[name]) && before[name].includes(value))
        continue;
      if (handle?.slot !== name)
        throw new ConfigFault(`\`${method}\` puts into \`${name}\` what it was not given for it`);
      left.delete(handle);
    }
  }
  const [missing] = left;
  if (missing !== undefined)
    throw new ConfigFault(
      `\`${method}\` does not set \`${missing.slot}\`, which is to be quantized`,
    );
}

function outputsOf(config: QuantizeConfig, layer: Layer): readonly Quantizer[] {
  const quantizers: unknown = config.getOutputQuantizers(layer);
  if (!Array.isArray(quantizers) || !quantizers.every(isQuantizer))
    throw new ConfigFault("`getOutputQuantizers` gives no list of quantizers");
  const { length } = layer.outputs;
  if (quantizers.length > length)
    throw new ConfigFault(
      `\`getOutputQuantizers\` gives ${quantizers.length} quantizers for ${length} outputs`,
    );
  return quantizers;
}

function requestOf(handle: Handle): SlotRequest {
  const { slot = "", quantizer } = handle;
  const index = "index" in handle ? (handle.index ?? 0) : 0;
  return { slot, index, request: quantizer.request() };
}
