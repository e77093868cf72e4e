import type { Command } from "commander";
import { type Diagnostic, Rejected } from "../../../grammar/source/diagnostic.ts";
import { type LibraryFacts, libraryFacts } from "../../analyses/library-facts.ts";
import { checkLibrary, lowerImported } from "../../compile.ts";
import { assumedStatistics } from "../../explain/assumed.ts";
import { strictReport } from "../../explain/severities.ts";
import { factsInFull, factsInShort } from "../facts-text.ts";
import { host } from "../host.ts";
import type { OpenedModel } from "../model-file.ts";
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
import { type ReplayedLog, replayLog, replayText } from "../replay-log.ts";
import { resolveRules, ruleSource } from "../rule-files.ts";
import type { Terminal } from "../terminal.ts";
import { countText } from "../text.ts";

interface CheckOptions extends BindingOptions, StrictnessOptions {
  readonly model?: string;
  readonly verbose?: boolean;
  readonly replayRules?: string;
}

/** What is known of a file without errors. */
interface Known extends LibraryFacts {
  readonly file: string;
  readonly replayed?: ReplayedLog;
}

export function defineCheck(bare: Command, terminal: Terminal): void {
  const command = bare
    .description(
      "Reads rule files and all that they import, and reports every fault. With a model it says too what they do to it; " +
        "ranges are assumed, so no samples are needed.",
    )
    .argument("<files...>", "rule files (.qcfg)")
    .option("--model <file>", "ONNX or TFLite file that the rules are for")
    .option(
      "--verbose",
      "say why rewriting ends, which rules keep types, and which imported rules never win",
    )
    .option(
      "--replay-rules <log>",
      "apply the rewrites that `compile --trace-rules=LOG --json` wrote one by one, and say which does not apply any more",
    );
  common(withBindings(withStrictness(command)), [
    "check scheme.qcfg",
    "check rules/*.qcfg --json",
    "check scheme.qcfg --model model.onnx --replay-rules rewrites.log",
    ...strictnessExamples("check scheme.qcfg --model model.onnx"),
  ]).action(async (files: readonly string[], options: CheckOptions) => {
    const { model: path, minCoverage, replayRules } = options;
    if (path === undefined && minCoverage !== undefined)
      throw new UsageError("`--min-coverage` needs a model: name it with `--model`");
    if (path === undefined && replayRules !== undefined)
      throw new UsageError("`--replay-rules` needs a model: name it with `--model`");
    const model = path === undefined ? undefined : await opened(path, options, terminal);
    const rejected: Diagnostic[] = [];
    const libraries: Known[] = [];
    for (const file of files) {
      const outcome = await checked(file, model, options, terminal);
      if ("file" in outcome) libraries.push(outcome);
      else rejected.push(...outcome);
    }
    if (rejected.length > 0) throw new Rejected(rejected);
    const on = path === undefined ? "" : ` on ${path}`;
    terminal.result({ files, ...(path !== undefined && { model: path }), libraries }, () =>
      [
        `${countText(files.length, "file")} without errors${on}`,
        ...libraries.flatMap((facts) => factsText(facts, options)),
      ].join("\n"),
    );
  });
}

/** The readers of model files are loaded where there is one. */
async function opened(
  path: string,
  options: BindingOptions,
  terminal: Terminal,
): Promise<OpenedModel> {
  const { openModel } = await import("../model-file.ts");
  return openModel(path, bindingsOf(options), terminal);
}

function factsText(facts: Known, { verbose = false }: CheckOptions): readonly string[] {
  const replayed = facts.replayed ? [replayText(facts.replayed)] : [];
  if (verbose) {
    const lines = [...factsInFull(facts), ...replayed];
    return lines.length === 0 ? [] : [facts.file, ...lines.map((line) => `  ${line}`)];
  }
  const text = factsInShort(facts);
  const lines = [...(text === undefined ? [] : [text]), ...replayed];
  return lines.map((line) => `${facts.file}: ${line}`);
}

/** What is known of a file, or the diagnostics for which it is rejected; warnings are told at once. */
async function checked(
  file: string,
  opened: OpenedModel | undefined,
  options: CheckOptions,
  terminal: Terminal,
): Promise<Known | readonly Diagnostic[]> {
  try {
    const rules = ruleSource(file);
    if (opened) {
      const scheme = { host, rules, statistics: assumedStatistics, ...options };
      const { quantized } = await lowerImported(opened.model, scheme, terminal);
      const { prepared } = quantized;
      const facts = { file, ...libraryFacts(prepared.rules.analysis) };
      const { replayRules: log } = options;
      return log === undefined ? facts : { ...facts, replayed: replayLog(log, prepared) };
    }
    const { value, diagnostics } = checkLibrary(rules, resolveRules, host.sources);
    strictReport(terminal.report, options)(diagnostics);
    if (value) return { file, ...value };
    return diagnostics.filter(({ severity }) => severity === "error");
  } catch (error) {
    if (error instanceof Rejected) return error.diagnostics;
    throw error;
  }
}
