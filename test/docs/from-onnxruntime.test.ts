import { readFileSync } from "node:fs";
import { expect, it } from "vitest";

const page = readFileSync(new URL("../../docs/from-onnxruntime.md", import.meta.url), "utf8");

/** Every argument of `quantize_static`, `quantize_dynamic` and `MatMulNBitsQuantizer`, and every key of `extra_options`. */
const options = `
model_input model_output calibration_data_reader quant_format op_types_to_quantize per_channel reduce_range activation_type weight_type
nodes_to_quantize nodes_to_exclude use_external_data_format calibrate_method calibration_providers MinMax Entropy Percentile Distribution QOperator
ActivationSymmetric WeightSymmetric EnableSubgraph ForceQuantizeNoInputCheck MatMulConstBOnly AddQDQPairToWeight OpTypesToExcludeOutputQuantization
DedicatedQDQPair QDQOpTypePerChannelSupportToAxis QuantizeBias QDQDisableWeightAdjustForInt32Bias QDQKeepRemovableActivations
CalibTensorRangeSymmetric CalibMovingAverage CalibMovingAverageConstant CalibMaxIntermediateOutputs CalibStridedMinMax CalibPercentile
MinimumRealRange SmoothQuant SmoothQuantAlpha SmoothQuantFolding TensorQuantOverrides UseQDQContribOps DefaultTensorType extra.Sigmoid.nnapi
bits block_size is_symmetric accuracy_level nodes_to_include quant_axes algo_config quant_pre_process
`;

it.each(options.trim().split(/\s+/))("%s has a row", (option) => {
  const rows = page.split("\n").filter((line) => line.startsWith("|"));
  expect(rows.filter((row) => row.split("|")[1]!.includes(option)).length).toBeGreaterThan(0);
});
