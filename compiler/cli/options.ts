import { type Command, InvalidArgumentError, Option } from "commander";
import { Rejected } from "../../grammar/source/diagnostic.ts";
import { lintNames } from "../explain/lint-names.ts";
import type { Requantize } from "../ir/op.ts";
import { type Preprocessing, parsePreprocessing } from "./data/preprocessing.ts";

/** The user called us wrongly: told apart from files that are at fault. */
export class UsageError extends Error {}

/** Options of every command. */
export function common(command: Command, examples: readonly string[]): Command {
  const lines = examples.map((example) => `  $ qcfg ${example}`);
  return command
    .option("--json", "print the result as one JSON document")
    .addHelpText("after", `\nExamples:\n${lines.join("\n")}`);
}

/** `--batch`, `--shape`: what fixes the dimensions that a model leaves open. */
export interface BindingOptions {
  readonly batch?: number;
  readonly shape?: Readonly<Record<string, number>>;
}

export function withBindings(command: Command): Command {
  return command
    .option(
      "--batch <n>",
      "size of every first dimension that the model leaves open (1)",
      positiveInteger,
    )
    .option("--shape <name=n>", "size of an open dimension; may be repeated", namedSize);
}

export function bindingsOf({ batch, shape }: BindingOptions) {
  return { ...(batch !== undefined && { batch }), ...(shape && { dimensions: shape }) };
}

/** `--scale`, `--mean`, `--std`: how data becomes the model's input. */
export interface PreprocessingOptions {
  readonly scale?: string;
  readonly mean?: string;
  readonly std?: string;
}

export function withPreprocessing(command: Command): Command {
  return command
    .option("--scale <x>", "multiply the data, as in 1/255")
    .option("--mean <list>", "then subtract, one number or one per channel: r,g,b")
    .option("--std <list>", "then divide, one number or one per channel: r,g,b");
}

/** What is stated; a usage error where it is not understood. */
export function preprocessingFrom(options: PreprocessingOptions): Preprocessing | undefined {
  try {
    return parsePreprocessing(options);
  } catch (error) {
    if (!(error instanceof Rejected)) throw error;
    const { message, labels } = error.diagnostics[0]!;
    throw new UsageError(`${message}: ${labels[0]!.text}`);
  }
}

/** Rules and where ranges come from. */
export interface SchemeOptions {
  readonly rules?: string;
  readonly calib?: readonly string[];
  readonly stats?: string;
  readonly saveStats?: string;
  readonly lock?: string;
  readonly float?: boolean;
}

export function withScheme(command: Command): Command {
  return command
    .option(
      "--rules <file>",
      "rule file; the default 8-bit scheme of the standard library without it",
    )
    .addOption(
      new Option(
        "--calib <data>",
        "samples to measure ranges on (.npy, .npz, input=X.npy); may be repeated",
      )
        .argParser(collected)
        .conflicts("stats"),
    )
    .option("--stats <file>", "ranges that --save-stats wrote, in place of samples")
    .addOption(
      new Option("--save-stats <file>", "keep what was measured; serves other rules too").conflicts(
        "stats",
      ),
    )
    .addOption(
      new Option(
        "--lock <file>",
        "scales that --save-lock wrote, in place of samples; says what differs if model or rules have changed",
      ).conflicts(["calib", "stats", "saveStats"]),
    )
    .option("--float", "do not quantize");
}

/** What is required of the result, and what is told of it. */
export interface StrictnessOptions {
  readonly minCoverage?: number;
  readonly warn?: readonly string[];
  readonly deny?: readonly string[];
}

export function withStrictness(command: Command): Command {
  return command
    .option(
      "--min-coverage <share>",
      "fail if less of the multiply-accumulates is done in integers: 90% or 0.9; 100% leaves no op in float",
      share,
    )
    .option("--warn <what>", `tell as a warning: ${lintNames.join(", ")}; may be repeated`, lints)
    .option(
      "--deny <what>",
      "take as an error: one of these, the code of a warning (QC2271), or `warnings` for all; may be repeated",
      denials,
    );
}

/** The examples that `--help` shows of them. @param call the command with what it is called on */
export function strictnessExamples(call: string): readonly string[] {
  return [
    `${call} --min-coverage 90%`,
    `${call} --deny float-op --deny unmatched-rule`,
    `${call} --warn float-op --deny warnings`,
  ];
}

export interface RequantizeOptions {
  readonly requantize?: Requantize;
}

export function withRequantize(command: Command): Command {
  return command.addOption(
    new Option(
      "--requantize <mode>",
      "rounding of integers: as ONNX Runtime or as TensorFlow Lite (the default for its quantized models)",
    ).choices(["onnx", "tflite"]),
  );
}

/** A repeated option as a list. */
export function collected(value: string, previous: readonly string[] = []): readonly string[] {
  return [...previous, value];
}

/** `90%` or `0.9`. */
function share(text: string): number {
  const [, digits, percent] = /^(\d{1,3}(?:\.\d{1,6})?)(%?)$/.exec(text) ?? [];
  const found = Number(digits) / (percent ? 100 : 1);
  if (!(found <= 1)) throw new InvalidArgumentError("Expected a share, as in 90% or 0.9.");
  return found;
}

function lints(text: string, previous?: readonly string[]): readonly string[] {
  if (!lintNames.some((name) => name === text))
    throw new InvalidArgumentError(`Expected one of ${lintNames.join(", ")}.`);
  return collected(text, previous);
}

function denials(text: string, previous?: readonly string[]): readonly string[] {
  const isKnown = lintNames.some((name) => name === text);
  if (!isKnown && text !== "warnings" && !/^QC\d{4}$/.test(text))
    throw new InvalidArgumentError(`Expected one of ${lintNames.join(", ")}, warnings, or a code.`);
  return collected(text, previous);
}

export function positiveInteger(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError("Expected a positive integer.");
  return Number(text);
}

function namedSize(
  text: string,
  previous: Readonly<Record<string, number>> = {},
): Readonly<Record<string, number>> {
  const at = text.lastIndexOf("=");
  if (at < 1) throw new InvalidArgumentError("Expected name=size, as in sequence=128.");
  return { ...previous, [text.slice(0, at)]: positiveInteger(text.slice(at + 1)) };
}
