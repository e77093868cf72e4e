import type { Command } from "commander";
import { explainImported } from "../../compile.ts";
import { differenceOf } from "../../explain/diff.ts";
import type { Explanation } from "../../explain/explanation.ts";
import { UnwelcomeResult } from "../exit-codes.ts";
import { diffText } from "../explain/diff-text.ts";
import { noticingErrors } from "../noticing-errors.ts";
import {
  type BindingOptions,
  bindingsOf,
  collected,
  common,
  type PreprocessingOptions,
  preprocessingFrom,
  type RequantizeOptions,
  withBindings,
  withPreprocessing,
  withRequantize,
} from "../options.ts";
import { openToQuantize } from "../quantize-files.ts";
import type { Terminal } from "../terminal.ts";

interface DiffOptions extends BindingOptions, PreprocessingOptions, RequantizeOptions {
  readonly calib?: readonly string[];
  readonly stats?: string;
  readonly exitCode?: boolean;
}

export function defineDiff(bare: Command, terminal: Terminal): void {
  const command = bare
    .description(
      "Says for each node what two rule files make of it differently, and which rules are responsible. " +
        "Without samples the ranges are assumed, and scales are not compared. " +
        "Exits with 1 where a rule file has errors, after comparing what there is.",
    )
    .argument("<before>", "rule file (.qcfg)")
    .argument("<after>", "rule file (.qcfg)")
    .argument("<model>", "ONNX or TFLite file")
    .option(
      "--calib <data>",
      "samples to measure ranges on (.npy, .npz, input=X.npy); may be repeated",
      collected,
    )
    .option("--stats <file>", "ranges that --save-stats wrote, in place of samples")
    .option("--exit-code", "exit with 1 where the two differ");
  withPreprocessing(withBindings(withRequantize(command)));
  common(command, [
    "diff old.qcfg new.qcfg model.onnx",
    "diff old.qcfg new.qcfg model.onnx --stats ranges.json",
    "diff old.qcfg new.qcfg model.onnx --calib samples.npy --exit-code --json",
  ]).action((before: string, after: string, model: string, options: DiffOptions) => {
    const faulty = new Set<string>();
    const explained = (rules: string): Explanation => {
      const listener = noticingErrors(terminal);
      const request = {
        ...options,
        ...bindingsOf(options),
        model,
        rules,
        preprocessing: preprocessingFrom(options),
      };
      const { opened, options: scheme } = openToQuantize(request, listener);
      const { requantize } = options;
      const explanation = explainImported(opened.model, { ...scheme, requantize }, listener);
      if (listener.hasErrors()) faulty.add(rules);
      return explanation;
    };
    const compared = differenceOf(explained(before), explained(after));
    const difference = { ...compared, ...(faulty.size > 0 && { faulty: [...faulty] }) };
    terminal.result(difference, () => diffText([before, after], difference));
    const isWelcome = difference.isSame || !options.exitCode;
    if (faulty.size > 0 || !isWelcome) throw new UnwelcomeResult();
  });
}
