import type { Command } from "commander";
import { closest } from "../../../grammar/check/closest.ts";
import { nameMatcher } from "../../../grammar/index.ts";
import type { Code } from "../../../grammar/source/diagnostic.ts";
import { explainImported } from "../../compile.ts";
import { noSuchNode, noSuchRule } from "../../explain/diagnostics.ts";
import type { ExplainedNode, ExplainedRule, Explanation } from "../../explain/explanation.ts";
import { explanationOf } from "../../explanations/explanation-of.ts";
import { reject } from "../data/diagnostics.ts";
import { notExplained } from "../diagnostics.ts";
import { UnwelcomeResult } from "../exit-codes.ts";
import { goneText, nodeText, ruleText } from "../explain/detail-text.ts";
import { explanationPage } from "../explain/page.ts";
import { summaryText } from "../explain/summary-text.ts";
import { checkWritable, writeFileAtomically } from "../files.ts";
import { noticingErrors } from "../noticing-errors.ts";
import {
  type BindingOptions,
  bindingsOf,
  common,
  type PreprocessingOptions,
  preprocessingFrom,
  type RequantizeOptions,
  type SchemeOptions,
  UsageError,
  withBindings,
  withPreprocessing,
  withRequantize,
  withScheme,
} from "../options.ts";
import { inputFiles, openToQuantize } from "../quantize-files.ts";
import type { Terminal } from "../terminal.ts";

interface ExplainOptions
  extends BindingOptions,
    PreprocessingOptions,
    RequantizeOptions,
    SchemeOptions {
  readonly code?: string;
  readonly node?: string;
  readonly rule?: string;
  readonly html?: string;
}

export function defineExplain(bare: Command, terminal: Terminal): void {
  const command = bare
    .description(
      "Says what became of each node of a model and why: the rules that made it, those that nearly did, who asked for its " +
        "integers and who lost, what stayed in float, and where each scale comes from. Without samples the ranges are assumed. " +
        "Explains faulty rules, too, as far as they go, and exits with 1 then. " +
        "With a code it explains that diagnostic.",
    )
    .argument("[model]", "ONNX or TFLite file; or a code as printed in brackets: QC1204")
    .option("--code <code>", "explain a diagnostic")
    .option("--node <name>", "a node of the source or of the program, or a glob: `encoder/**`")
    .option("--rule <name>", "a rule: where it applied, and where it nearly did")
    .option("--html <file>", "write one page with the graph, which needs no network");
  withPreprocessing(withBindings(withRequantize(withScheme(command))));
  common(command, [
    "explain model.onnx",
    "explain model.onnx --rules scheme.qcfg --calib samples.npy",
    "explain model.onnx --rules scheme.qcfg --stats ranges.json --node conv_1",
    "explain model.onnx --rules scheme.qcfg --rule StemInFloat",
    "explain model.onnx --stats ranges.json --html model.html",
    "explain --code QC1204",
  ]).action((subject: string | undefined, options: ExplainOptions) => {
    const code = options.code ?? (/^QC\d{4}$/i.test(subject ?? "") ? subject : undefined);
    if (code !== undefined) explainCode(code.toUpperCase(), terminal);
    else if (subject !== undefined) explainModel(subject, options, terminal);
    else throw new UsageError("name a model, or a code as in `qcfg explain --code QC1204`");
  });
}

function explainModel(path: string, options: ExplainOptions, terminal: Terminal): void {
  const { html, requantize } = options;
  const request = {
    ...options,
    ...bindingsOf(options),
    model: path,
    preprocessing: preprocessingFrom(options),
  };
  if (html !== undefined) checkWritable(html, inputFiles(request));
  const listener = noticingErrors(terminal);
  const { opened, options: scheme } = openToQuantize(request, listener);
  const explanation = explainImported(opened.model, { ...scheme, requantize }, listener);
  const details = detailsOf(explanation, path, options);
  if (html !== undefined) {
    writeFileAtomically(html, explanationPage(explanation));
    terminal.say(`the page is ${html}`);
  }
  terminal.result({ ...explanation, ...details }, () =>
    details === undefined ? summaryText(path, explanation) : detailText(details, explanation),
  );
  if (listener.hasErrors()) throw new UnwelcomeResult();
}

/** The parts of an explanation that were asked for. */
type Details = Partial<Pick<Explanation, "nodes" | "gone" | "rules">>;

/** What `--node` and `--rule` ask for; nothing where neither is given. */
function detailsOf(
  explanation: Explanation,
  path: string,
  { node, rule, rules }: ExplainOptions,
): Details | undefined {
  if (node === undefined && rule === undefined) return undefined;
  return {
    ...(node !== undefined && nodesNamed(explanation, node, path)),
    ...(rule !== undefined && {
      rules: [ruleNamed(explanation, rule, rules ?? "std/default8bit")],
    }),
  };
}

function detailText({ nodes = [], gone = [], rules = [] }: Details, all: Explanation): string {
  const texts = [
    ...nodes.map(nodeText),
    ...gone.map(goneText),
    ...rules.map((rule) => ruleText(rule, all)),
  ];
  return texts.join("\n\n");
}

/** Nodes that have the name, or compute or come from one that has it. */
function nodesNamed(
  { nodes, gone }: Explanation,
  wanted: string,
  path: string,
): Pick<Explanation, "nodes" | "gone"> {
  const fits = /[*?]/.test(wanted)
    ? nameMatcher({ kind: "glob", source: wanted })
    : (name: string) => name === wanted;
  const exact = nodes.filter(({ node }) => fits(node));
  const named = exact.length > 0 ? exact : nodes.filter((node) => namesOf(node).some(fits));
  const lost = gone.filter(({ node }) => fits(node));
  if (named.length > 0 || lost.length > 0) return { nodes: named, gone: lost };
  const names = [...nodes.flatMap(namesOf), ...gone.map(({ node }) => node)];
  return reject(noSuchNode(path, wanted, acrossParts(wanted, names) ?? closest(wanted, names)));
}

function namesOf({ node, parts, sources, rewrites }: ExplainedNode): readonly string[] {
  const from = rewrites.flatMap((rewrite) => rewrite.from.map((one) => one.node));
  return [node, ...parts.map((part) => part.node), ...sources, ...from];
}

function ruleNamed({ rules }: Explanation, wanted: string, file: string): ExplainedRule {
  const found = rules.find(({ rule }) => rule === wanted);
  const names = rules.map(({ rule }) => rule);
  return found ?? reject(noSuchRule(wanted, file, closest(wanted, names)));
}

function explainCode(code: string, terminal: Terminal): void {
  const explanation = explanationOf(code as Code) ?? reject(notExplained(code));
  const { title, why, wrong, right, command } = explanation;
  terminal.result({ code, ...explanation }, () =>
    [
      `${code}: ${title}`,
      why,
      ...(wrong === undefined ? [] : [`Wrong:\n${indented(wrong)}`]),
      ...(right === undefined ? [] : [`Right:\n${indented(right)}`]),
      ...(command === undefined ? [] : [`For example:\n${indented(command)}`]),
    ].join("\n\n"),
  );
}

function indented(text: string): string {
  return text.trimEnd().replaceAll(/^/gm, "    ");
}

/** A glob whose stars go over slashes too, if that is what it takes to fit a name. */
function acrossParts(glob: string, names: readonly string[]): string | undefined {
  const deep = glob.replaceAll(/\*+/g, "**");
  const fits = nameMatcher({ kind: "glob", source: deep });
  return deep !== glob && names.some((name) => fits(name)) ? deep : undefined;
}
