import { type Command, Option } from "commander";
import { exportOnnx } from "../../backends/onnx/export-onnx.ts";
import { lowerImported } from "../../compile.ts";
import { printLock } from "../../explain/lock-file.ts";
import { ops } from "../../ops/index.ts";
import { checkWritable, writeFileAtomically } from "../files.ts";
import {
  type BindingOptions,
  bindingsOf,
  common,
  type PreprocessingOptions,
  preprocessingFrom,
  type SchemeOptions,
  type StrictnessOptions,
  strictnessExamples,
  withBindings,
  withPreprocessing,
  withScheme,
  withStrictness,
} from "../options.ts";
import { inputFiles, openToQuantize } from "../quantize-files.ts";
import type { Terminal } from "../terminal.ts";
import { byteText } from "../text.ts";

interface ExportOptions
  extends BindingOptions,
    PreprocessingOptions,
    SchemeOptions,
    StrictnessOptions {
  readonly output: string;
  readonly saveLock?: string;
  readonly io: "float" | "same";
}

export function defineExport(bare: Command, terminal: Terminal): void {
  const command = bare
    .description("Quantizes a model as `compile` does and writes it as ONNX with Q/DQ nodes.")
    .argument("<model>", "ONNX or TFLite file")
    .requiredOption("-o, --output <file>", "where the model goes");
  withScheme(command)
    .addOption(
      new Option("--format <name>", "format of the file").choices(["onnx"]).default("onnx"),
    )
    .addOption(
      new Option("--io <types>", "inputs and outputs: float, or integers where the model has them")
        .choices(["float", "same"])
        .default("float"),
    );
  withStrictness(command).option(
    "--save-lock <file>",
    "write every site's quantizer, scale, zero point and rule, one a line, for version control",
  );
  withPreprocessing(withBindings(command));
  common(command, [
    "export model.onnx --calib samples.npy --format onnx -o model.int8.onnx",
    "export quantized.tflite --format onnx --io same -o model.onnx",
    ...strictnessExamples("export model.onnx --stats ranges.json -o model.int8.onnx"),
  ]).action(async (model: string, { output, saveLock, ...options }: ExportOptions) => {
    const request = {
      ...options,
      ...bindingsOf(options),
      model,
      preprocessing: preprocessingFrom(options),
    };
    checkWritable(output, inputFiles(request));
    if (saveLock !== undefined) checkWritable(saveLock, inputFiles(request));
    const { opened, options: scheme } = openToQuantize(request, terminal);
    const { minCoverage, warn, deny } = options;
    const demands = { ...scheme, minCoverage, warn, deny };
    const { quantized, lock } = await lowerImported(opened.model, demands, terminal);
    const bytes = exportOnnx(quantized.graph, ops);
    writeFileAtomically(output, bytes);
    if (saveLock !== undefined) writeFileAtomically(saveLock, printLock(lock));
    const report = { model, file: output, format: "onnx", bytes: bytes.length };
    terminal.result(report, () => `${model} → ${output} (${byteText(bytes.length)})`);
  });
}
