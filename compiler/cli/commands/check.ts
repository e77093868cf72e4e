import type { Command } from "commander";
import { type Diagnostic, Rejected } from "../../../grammar/source/diagnostic.ts";
import { check, lowerImported } from "../../compile.ts";
import { assumedStatistics } from "../../explain/assumed.ts";
import { strictReport } from "../../explain/severities.ts";
import { host } from "../host.ts";
import { type OpenedModel, openModel } from "../model-file.ts";
import {
  type BindingOptions,
  bindingsOf,
  common,
  type StrictnessOptions,
  strictnessExamples,
  UsageError,
  withBindings,
  withStrictness,
} from "../options.ts";
import { resolveRules, ruleSource } from "../rule-files.ts";
import type { Terminal } from "../terminal.ts";
import { countText } from "../text.ts";

interface CheckOptions extends BindingOptions, StrictnessOptions {
  readonly model?: string;
}

export function defineCheck(program: Command, terminal: Terminal): void {
  const command = program
    .command("check")
    .summary("diagnostics of rule files")
    .description(
      "Reads rule files and all that they import, and reports every fault. With a model it says too what they do to it; " +
        "ranges are assumed, so no samples are needed.",
    )
    .argument("<files...>", "rule files (.qcfg)")
    .option("--model <file>", "ONNX or TFLite file that the rules are for");
  common(withBindings(withStrictness(command)), [
    "check scheme.qcfg",
    "check rules/*.qcfg --json",
    ...strictnessExamples("check scheme.qcfg --model model.onnx"),
  ]).action(async (files: readonly string[], options: CheckOptions) => {
    const { model: path, minCoverage } = options;
    if (path === undefined && minCoverage !== undefined)
      throw new UsageError("`--min-coverage` needs a model: name it with `--model`");
    const model = path === undefined ? undefined : openModel(path, bindingsOf(options), terminal);
    const rejected: Diagnostic[] = [];
    for (const file of files) rejected.push(...(await checked(file, model, options, terminal)));
    if (rejected.length > 0) throw new Rejected(rejected);
    const on = path === undefined ? "" : ` on ${path}`;
    terminal.result(
      { files, ...(path !== undefined && { model: path }) },
      () => `${countText(files.length, "file")} without errors${on}`,
    );
  });
}

/** The diagnostics for which a file is rejected; warnings are told at once. */
async function checked(
  file: string,
  opened: OpenedModel | undefined,
  options: CheckOptions,
  terminal: Terminal,
): Promise<readonly Diagnostic[]> {
  try {
    const rules = ruleSource(file);
    if (opened) {
      const scheme = { host, rules, statistics: assumedStatistics, ...options };
      await lowerImported(opened.model, scheme, terminal);
    } else {
      strictReport(terminal.report, options)(check(rules, resolveRules, host.sources));
    }
    return [];
  } catch (error) {
    if (error instanceof Rejected) return error.diagnostics;
    throw error;
  }
}
