import { type Command, Option } from "commander";
import { defaultTarget } from "../../compile.ts";
import type { Target } from "../../emit/manifest.ts";
import type { PortTypes } from "../../quantize/choose-io.ts";
import { type CompileReport, compileFiles } from "../compile-to-folder.ts";
import {
  type BindingOptions,
  bindingsOf,
  common,
  type PreprocessingOptions,
  preprocessingFrom,
  type RequantizeOptions,
  type SchemeOptions,
  type StrictnessOptions,
  strictnessExamples,
  withBindings,
  withPreprocessing,
  withRequantize,
  withScheme,
  withStrictness,
} from "../options.ts";
import { ruleTrace } from "../rule-trace.ts";
import type { Terminal } from "../terminal.ts";
import { byteText, countText, coverageText, findingRows, floatRows, rowsText } from "../text.ts";

interface CompileOptions
  extends BindingOptions,
    PreprocessingOptions,
    RequantizeOptions,
    SchemeOptions,
    StrictnessOptions {
  readonly output: string;
  readonly target: Target;
  readonly io?: PortTypes;
  readonly saveLock?: string;
  readonly traceRules?: string | true;
  readonly json?: boolean;
}

export function defineCompile(bare: Command, terminal: Terminal): void {
  const command = bare
    .description(
      "Compiles an ONNX or TFLite model into a folder: model.js, model.d.ts, model.bin, model.json. " +
        "A float model is quantized by the rules; a quantized one compiles as it is.",
    )
    .argument("<model>", "ONNX or TFLite file")
    .requiredOption("-o, --output <folder>", "where the program goes");
  withScheme(command)
    .addOption(
      new Option(
        "--target <name>",
        "kind of program: WebAssembly with SIMD, or plain JavaScript; both compute the same bytes",
      )
        .choices(["wasm", "js"])
        .default(defaultTarget),
    )
    .addOption(
      new Option(
        "--io <types>",
        "element types of inputs and outputs; a float model keeps float ones, a quantized one its own",
      ).choices(["float", "int8", "uint8", "same"]),
    );
  withStrictness(command).option(
    "--save-lock <file>",
    "write every site's quantizer, scale, zero point and rule, one a line, for version control",
  );
  withPreprocessing(withBindings(withRequantize(command))).option(
    "--trace-rules [=file]",
    "write a line for each application of a rewrite rule, JSON with --json: to standard error, or to a file",
  );
  common(command, [
    "compile model.onnx --calib samples.npy -o build/model",
    "compile model.onnx --rules scheme.qcfg --calib samples.npy --save-stats ranges.json -o build/model",
    "compile model.onnx --rules other.qcfg --stats ranges.json -o build/other",
    "compile model.onnx --calib images.npy --scale 1/255 --mean 0.485,0.456,0.406 --std 0.229,0.224,0.225 -o build/model",
    "compile quantized.tflite -o build/model",
    "compile model.onnx --rules scheme.qcfg --stats ranges.json --trace-rules=rules.log -o build/model",
    "compile model.onnx --calib samples.npy --save-lock model.lock -o build/model",
    "compile model.onnx --lock model.lock -o build/model",
    ...strictnessExamples("compile model.onnx --stats ranges.json -o build/model"),
  ]).action(async (model: string, options: CompileOptions) => {
    const { output, traceRules, json = false, ...rest } = options;
    const { trace, close } = ruleTrace(traceRules, json, terminal.say);
    const request = {
      ...rest,
      trace,
      ...bindingsOf(options),
      model,
      folder: output,
      preprocessing: preprocessingFrom(options),
    };
    const report = await compileFiles(request, terminal).finally(close);
    const isAsked = options.float === true;
    terminal.result({ model, ...report }, () => reportText(model, report, isAsked));
  });
}

/** Where float was asked for, nothing is said of what is not in integers. */
function reportText(model: string, report: CompileReport, isFloatAsked: boolean): string {
  const { folder, kind, requantize, files, integerNodes, borders, floatNodes } = report;
  const mode = kind === "integer" ? `integers, requantized as ${requantize}` : "float";
  const nodes = [
    ...(integerNodes > 0 ? [`${integerNodes} in integers`] : []),
    `${floatNodes.length} in float`,
    ...(borders > 0 ? [countText(borders, "conversion")] : []),
  ];
  const arena = `${byteText(report.arenaBytes)}, at least ${byteText(report.arenaLowerBoundBytes)} needed`;
  const rows: readonly (readonly [string, string])[] = [
    ["nodes", nodes.join(", ")],
    ...(isFloatAsked ? [] : [["coverage", coverageText(report.coverage)] as const]),
    ...(isFloatAsked ? [] : floatRows(floatNodes)),
    ...findingRows(report),
    ...Object.entries(files).map(([name, bytes]) => [name, byteText(bytes)] as const),
    ["arena", arena],
    ["time", `${report.seconds.toFixed(1)} s`],
  ];
  return `${model} → ${folder} (${mode})\n${rowsText(rows)}`;
}
