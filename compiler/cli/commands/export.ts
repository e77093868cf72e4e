import { type Command, Option } from "commander";
import { exportOnnx } from "../../backends/onnx/export-onnx.ts";
import { quantizeImported } from "../../compile.ts";
import { ops } from "../../ops/index.ts";
import { checkWritable, writeFileAtomically } from "../files.ts";
import {
  type BindingOptions,
  bindingsOf,
  common,
  type PreprocessingOptions,
  preprocessingFrom,
  type SchemeOptions,
  withBindings,
  withPreprocessing,
  withScheme,
} from "../options.ts";
import { openToQuantize } from "../quantize-files.ts";
import type { Terminal } from "../terminal.ts";
import { byteText } from "../text.ts";

interface ExportOptions extends BindingOptions, PreprocessingOptions, SchemeOptions {
  readonly output: string;
  readonly io: "float" | "same";
}

export function defineExport(program: Command, terminal: Terminal): void {
  const command = program
    .command("export")
    .summary("write the quantized model for other runtimes")
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
  withPreprocessing(withBindings(command));
  common(command, [
    "export model.onnx --calib samples.npy --format onnx -o model.int8.onnx",
    "export quantized.tflite --format onnx --io same -o model.onnx",
  ]).action((model: string, { output, ...options }: ExportOptions) => {
    const request = {
      ...options,
      ...bindingsOf(options),
      model,
      preprocessing: preprocessingFrom(options),
    };
    checkWritable(output);
    const { opened, options: scheme } = openToQuantize(request, terminal);
    const quantized = quantizeImported(opened.model, scheme, terminal);
    const bytes = exportOnnx(quantized.graph, ops);
    writeFileAtomically(output, bytes);
    const report = { model, file: output, format: "onnx", bytes: bytes.length };
    terminal.result(report, () => `${model} → ${output} (${byteText(bytes.length)})`);
  });
}
