import { kernelLibrary } from "../../compiler/cli/kernel-library.ts";
import { defaultRequantize } from "../../compiler/compile.ts";
import { type Graph, typeOf } from "../../compiler/ir/graph.ts";
import { allocate, sizeOf, type Tensor } from "../../compiler/ir/types.ts";
import { calibrate, type LoweredModel, quantizeModel } from "../../compiler/pipeline.ts";
import {
  accepted,
  importDigits,
  importShared,
  lowered,
  prepared,
  samplesOf,
  take,
} from "./models.ts";
import { numbers } from "./networks.ts";

export type Sample = ReadonlyMap<string, Tensor>;

/** A real model and what it is run on. */
export interface ModelCase {
  readonly model: string;
  readonly data?: string;
  /** Samples of the data; all of them unless stated. */
  readonly count?: number;
  /** One sample more, of noise: integers over all of their type, floats between 0 and 1. */
  readonly noise?: true;
}

export const digits: ModelCase = {
  model: "digits.onnx",
  data: "examples/digits/calib_x.npy",
  count: 5,
};

/** Models of `../shared` that are quantized already. */
export const quantizedModels: readonly ModelCase[] = [
  { model: "kws_int8.tflite", data: "golden/kws_int8_x.npy", noise: true },
  { model: "resnet8_int8.tflite", data: "golden/resnet8_int8_x.npy", noise: true },
  { model: "vww_int8.tflite", noise: true },
  { model: "ad_int8.tflite", noise: true },
  { model: "mobilenet_v2_int8.tflite", noise: true },
];

export const floatModels: readonly ModelCase[] = [
  { model: "mnist.onnx", data: "data/mnist/calib_x.npy", count: 3 },
  { model: "cifar_mobilenet_v2.onnx", data: "data/cifar10/calib_x.npy", count: 2 },
  { model: "resnet8_float.tflite", data: "golden/resnet8_float32_x.npy", count: 2 },
  { model: "kws_float.tflite", data: "data/kws/calib_x_float32.npy", count: 3 },
  { model: "kws_hybrid.tflite", data: "data/kws/calib_x_float32.npy", count: 3 },
  { model: "vww_float.tflite", noise: true },
  { model: "ad_float.tflite", data: "data/ad_calib_x.npy", count: 3 },
  { model: "char_transformer.onnx", data: "data/charlm/calib_x.npy", count: 1 },
];

/** What a model becomes: itself if it is quantized already, else integers by the default scheme, or floats. */
export type Form = "as it is" | "quantized" | "float";

/** The model in its integer form, and its samples, on which it was calibrated if it had to be. */
export function lowerCase(
  request: ModelCase,
  form: Form,
): { readonly integer: LoweredModel; readonly samples: readonly Sample[] } {
  const imported = request === digits ? importDigits() : importShared(request.model);
  const samples = samplesFor(imported.graph, request);
  const ready = prepared(imported, { float: form === "float" });
  const isCalibrated = form === "quantized";
  const statistics = isCalibrated
    ? accepted(calibrate(ready, samples, { module: kernelLibrary("baseline") }))
    : new Map();
  const io = isCalibrated ? "float" : "same";
  const quantized = accepted(quantizeModel(ready, statistics, { io }));
  return { integer: lowered(quantized, defaultRequantize(imported)), samples };
}

function samplesFor(graph: Graph, { data, count, noise }: ModelCase): readonly Sample[] {
  const real = data === undefined ? [] : take(samplesOf(graph, data), count);
  return noise ? [...real, noiseFor(graph)] : [...real];
}

function noiseFor(graph: Graph): Sample {
  const next = numbers(1);
  return new Map(
    graph.inputs.map(({ name, value }) => {
      const { dtype, shape } = typeOf(graph, value);
      const data = allocate(dtype, sizeOf(shape));
      for (let i = 0; i < data.length; i++)
        data[i] = dtype === "float32" ? (next() + 1) / 2 : next() * 2 ** 31;
      return [name, { dtype, shape, data }];
    }),
  );
}
