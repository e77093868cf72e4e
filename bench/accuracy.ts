/**
 * Accuracy of real models, float beside int8: every sample of the evaluation data, the default scheme, the compiled
 * program. `node bench/accuracy.ts [MODEL…] [--limit N]`. Needs the folder of models beside the project.
 */
import { parseArgs } from "node:util";
import { kernelLibrary } from "../compiler/cli/kernel-library.ts";
import type { Tensor } from "../compiler/ir/types.ts";
import {
  calibrate,
  evaluator,
  lowerModel,
  prepareModel,
  quantizeModel,
} from "../compiler/pipeline.ts";
import {
  accepted,
  accuracy,
  arrayOf,
  asArrays,
  defaultRules,
  hasShared,
  importShared,
  loadEmitted,
  samplesOf,
  take,
} from "../test/support/models.ts";

interface Case {
  readonly model: string;
  readonly data: string;
  readonly labels: string;
  readonly calibration: string;
  /** In percent, as published with the model. */
  readonly published?: number;
}

const cases: readonly Case[] = [
  {
    model: "mnist.onnx",
    data: "data/mnist/eval_x.npy",
    labels: "data/mnist/eval_y.npy",
    calibration: "data/mnist/calib_x.npy",
    published: 99.05,
  },
  {
    model: "cifar_mobilenet_v2.onnx",
    data: "data/cifar10/eval_x.npy",
    labels: "data/cifar10/eval_y.npy",
    calibration: "data/cifar10/calib_x.npy",
    published: 82.5,
  },
  {
    model: "resnet8_float.tflite",
    data: "data/cifar10/eval_x.npy",
    labels: "data/cifar10/eval_y.npy",
    calibration: "data/cifar10/calib_x.npy",
    published: 75.95,
  },
  {
    model: "kws_float.tflite",
    data: "data/kws/eval_x_float32.npy",
    labels: "data/kws/eval_y.npy",
    calibration: "data/kws/calib_x_float32.npy",
    published: 92,
  },
  {
    model: "kws_hybrid.tflite",
    data: "data/kws/eval_x_float32.npy",
    labels: "data/kws/eval_y.npy",
    calibration: "data/kws/calib_x_float32.npy",
    published: 90.25,
  },
];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { limit: { type: "string" }, calibration: { type: "string", default: "300" } },
});
const limit = values.limit === undefined ? Number.POSITIVE_INFINITY : Number(values.limit);

if (!hasShared) process.exit(0);
console.log(
  "model                       published   float    int8   difference  float nodes  seconds",
);
for (const { model, data, labels, calibration, published } of cases) {
  if (positionals.length > 0 && !positionals.some((name) => model.includes(name))) continue;
  const started = performance.now();
  const rules = defaultRules();
  const prepared = accepted(prepareModel(importShared(model), rules));
  const samples = samplesOf(prepared.graph, data);
  const expected = arrayOf(labels).data as ArrayLike<number>;
  const count = Math.min(limit, samples.count);
  const float = accuracy(
    evaluator(prepared.graph, "onnx", kernelLibrary("baseline")),
    samples,
    expected,
    count,
  );
  const statistics = accepted(
    calibrate(prepared, take(samplesOf(prepared.graph, calibration), Number(values.calibration)), {
      module: kernelLibrary("baseline"),
    }),
  );
  const quantized = accepted(quantizeModel(prepared, statistics, { io: "float" }));
  const lowered = accepted(lowerModel(quantized, { requantize: "onnx" }));
  const program = await loadEmitted(lowered);
  const run = (inputs: ReadonlyMap<string, Tensor>) => {
    return new Map(
      Object.entries(program.run(asArrays(inputs))).map(([name, data]) => [name, { data }]),
    );
  };
  const int8 = accuracy(run, samples, expected, count);
  const cells = [
    published?.toFixed(2) ?? "",
    float.toFixed(2),
    int8.toFixed(2),
    (int8 - float).toFixed(2),
  ];
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(
    model.padEnd(26),
    cells.map((cell) => cell.padStart(9)).join(" "),
    String(lowered.summary.floatNodes.length).padStart(9),
    seconds.padStart(12),
  );
  for (const { node, op, reason } of lowered.summary.floatNodes)
    console.log(`  float: ${node} (${op}): ${reason}`);
}
