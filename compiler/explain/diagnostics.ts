// QC2600 to QC2649: what nobody need miss in silence, and what a lock file says. One function per code; it takes facts, not text.
import type { Diagnostic, Label } from "../../grammar/source/diagnostic.ts";
import type { SourceFile, Span } from "../../grammar/source/source-file.ts";
import type { IdleClause } from "../ir/annotations.ts";
import type { Coverage, Part } from "../lower/coverage.ts";
import type { FloatNode } from "../lower/summary.ts";

/** The most places that one diagnostic shows. */
const mostPlaces = 8;

const labelAt = (place: Span | undefined, text: string): readonly Label[] =>
  place ? [{ place, text }] : [];

/** The first of some nodes, and how many there are besides. */
function nodeLabels(model: string, nodes: readonly string[], text: string): readonly Label[] {
  const rest = nodes.length - mostPlaces;
  return nodes.slice(0, mostPlaces).map((path, i) => ({
    place: { model, path },
    text: rest > 0 && i === mostPlaces - 1 ? `${text}; and ${rest} more` : text,
  }));
}

const times = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? "" : "s"}`;

/** A rule that matches nothing and need not. */
export function ruleUnmatched(name: string, span: Span | undefined): Diagnostic {
  return {
    code: "QC2601",
    severity: "warning",
    message: `\`${name}\` matches nothing in the model`,
    labels: labelAt(span, "never applies"),
  };
}

/** A name pattern that fits no node. */
export function nameWithoutNode(
  facts: { readonly model: string; readonly pattern: string; readonly span: Span },
  similar: string | undefined,
): Diagnostic {
  const { model, pattern, span } = facts;
  return {
    code: "QC2602",
    severity: "warning",
    message: `no node of the model has a name like \`${pattern}\``,
    labels: [
      { place: span, text: "fits no name" },
      { place: { model, path: "" }, text: "has other names" },
    ],
    help: similar
      ? `did you mean \`${similar}\`?`
      : "`qcfg inspect MODEL --graph` prints the names of all nodes",
  };
}

/** A request that others are stronger than, at some sites. */
export function requestLost(facts: {
  readonly model: string;
  readonly rule: string;
  readonly span: Span | undefined;
  readonly request: string;
  readonly winner: string;
  readonly winnerSpan: Span | undefined;
  readonly granted: string;
  readonly because: string;
  readonly nodes: readonly string[];
}): Diagnostic {
  const { model, rule, span, request, winner, winnerSpan, granted, because, nodes } = facts;
  return {
    code: "QC2603",
    severity: "warning",
    message: `what \`${rule}\` asks for gives way to \`${winner}\` at ${times(nodes.length, "site")}: ${because}`,
    labels: [
      ...labelAt(span, `asks for \`${request}\``),
      ...labelAt(winnerSpan, `is granted \`${granted}\``),
      ...nodeLabels(model, nodes, "here"),
    ],
    help: "leave these places out of the rule with `require`, or make it the stronger one with `override`",
  };
}

/** Ops that stay in float for one reason. */
export function opsInFloat(
  model: string,
  op: string,
  nodes: readonly string[],
  reason: string,
): Diagnostic {
  return {
    code: "QC2604",
    severity: "warning",
    message: `${nodes.length} \`${op}\` ${nodes.length === 1 ? "stays" : "stay"} in float: ${reason}`,
    labels: nodeLabels(model, nodes, "in float"),
    help: "`qcfg explain MODEL --node NAME` says which rules nearly applied",
  };
}

/** A part of a clause that asks for nothing, wherever its rule matches. */
export function clauseIdle(
  model: string,
  { rule, what, span }: IdleClause,
  matches: number,
): Diagnostic {
  const text = span.file.text.slice(span.start, span.end);
  return {
    code: "QC2605",
    severity: "warning",
    message:
      what === "unit"
        ? `\`${text}\` of \`${rule}\` makes nothing one unit`
        : `\`${text}\` of \`${rule}\` stands for nothing`,
    labels: [
      { place: span, text: "asks for nothing" },
      { place: { model, path: "" }, text: `the rule matches ${times(matches, "time")} here` },
    ],
    help:
      what === "unit"
        ? "between nodes of a unit there must be a value that nothing else reads, and one node must be the last"
        : "no matched node has that operand or result, or it is no tensor of reals; `optional` after the rule's name says that this may be",
  };
}

/** Rules were given, and nothing of the model becomes integers. */
export function nothingQuantized(model: string, rules: SourceFile | undefined): Diagnostic {
  return {
    code: "QC2606",
    severity: "warning",
    message: "the rules quantize nothing",
    labels: [
      ...(rules ? [{ place: rules.span(0, 0), text: "asks for no integers in this model" }] : []),
      { place: { model, path: "" }, text: "stays in float" },
    ],
    help: 'a rule file is all that is asked for: `import "std/default8bit"` takes the default scheme; `--float` compiles in float on purpose',
  };
}

/** Rounded down: what is not reached must not look as if it were. */
const percent = (share: number): string => `${Math.floor(share * 10_000 + 1e-6) / 100}%`;
const partText = ({ integer, total }: Part): string =>
  `${integer.toLocaleString("en")} of ${total.toLocaleString("en")}`;

function coverageText({ share, macs, ops }: Coverage): string {
  return `${percent(share)} is done in integers: ${partText(macs)} multiply-accumulates, ${partText(ops)} ops`;
}

function floatLabels(model: string, nodes: readonly FloatNode[]): readonly Label[] {
  return nodes.map(({ node, op, reason }) => ({
    place: { model, path: node },
    text: `\`${op}\` in float: ${reason}`,
  }));
}

/** Less of the work than the command line asks for is done in integers. */
export function coverageTooLow(
  model: string,
  wanted: number,
  coverage: Coverage,
  floatNodes: readonly FloatNode[],
): Diagnostic {
  return {
    code: "QC2610",
    severity: "error",
    message: `\`--min-coverage ${percent(wanted)}\` is not reached`,
    labels: [
      { place: { model, path: "" }, text: coverageText(coverage) },
      ...floatLabels(model, floatNodes),
    ],
    help: "`qcfg explain MODEL` shows which rules nearly applied",
  };
}

/** The model is not what a rule file requires of it. `wanted`: 1 for all ops, else a share of the work. */
export function requirementFails(
  model: string,
  { span, coverage: wanted }: { readonly span: Span; readonly coverage: number },
  coverage: Coverage,
  floatNodes: readonly FloatNode[],
): Diagnostic {
  const message =
    wanted === 1
      ? `${times(floatNodes.length, "op")} of the model ${floatNodes.length === 1 ? "stays" : "stay"} in float`
      : `the coverage of the model is ${percent(coverage.share)}, below ${percent(wanted)}`;
  return {
    code: "QC2611",
    severity: "error",
    message,
    labels: [{ place: span, text: coverageText(coverage) }, ...floatLabels(model, floatNodes)],
    help: "`qcfg explain MODEL` shows which rules nearly applied",
  };
}

/** `--node` with a name that fits no node. */
export function noSuchNode(model: string, name: string, similar: string | undefined): Diagnostic {
  return {
    code: "QC2620",
    severity: "error",
    message: `the model has no node \`${name}\``,
    labels: [{ place: { model, path: "" }, text: "neither in the source nor in the program" }],
    help: similar
      ? `did you mean \`${similar}\`?${similar.includes("**") ? " A single `*` ends at a slash" : ""}`
      : "a glob such as `encoder/**` names several",
  };
}

/** `--rule` with a name that no file defines. */
export function noSuchRule(name: string, file: string, similar: string | undefined): Diagnostic {
  return {
    code: "QC2621",
    severity: "error",
    message: `there is no rule \`${name}\``,
    labels: [{ place: { model: file, path: "" }, text: "neither here nor in what is imported" }],
    ...(similar !== undefined && { help: `did you mean \`${similar}\`?` }),
  };
}

/** The file is no lock file. */
export function malformedLock(file: string, path: string, expected: string): Diagnostic {
  return {
    code: "QC2630",
    severity: "error",
    message: "this is not a lock file",
    labels: [{ place: { model: file, path }, text: `expected ${expected}` }],
    help: "write one with `--save-lock`",
  };
}

/** Sites that the model and the rules have now are not those of the lock file. */
export function lockMisfits(
  file: string,
  differences: readonly { readonly site: string; readonly text: string }[],
): Diagnostic {
  const rest = differences.length - mostPlaces;
  return {
    code: "QC2631",
    severity: "error",
    message: `the lock file does not fit the model and the rules: ${times(differences.length, "site")} ${differences.length === 1 ? "differs" : "differ"}`,
    labels: differences.slice(0, mostPlaces).map(({ site, text }, i) => ({
      place: { model: file, path: site },
      text: rest > 0 && i === mostPlaces - 1 ? `${text}; and ${rest} more` : text,
    })),
    help: "measure again with `--calib DATA.npy --save-lock FILE`, and review what changed in the file",
  };
}

/** The model or the rules are others than the lock file was written for, but all of its sites are still there. */
export function lockOutdated(file: string, changed: readonly string[]): Diagnostic {
  return {
    code: "QC2632",
    severity: "warning",
    message: `the lock file was written for other files: ${changed.join(", ")}`,
    labels: [{ place: { model: file, path: "" }, text: "its scales are used as they are" }],
    help: "`--calib DATA.npy --save-lock FILE` measures again",
  };
}

/** A file that is no log of rewrites. */
export function malformedLog(file: string, line: number): Diagnostic {
  return {
    code: "QC2640",
    severity: "error",
    message: "this is not a log of rewrites",
    labels: [{ place: { model: file, path: `line ${line}` }, text: "expected a rewrite, as JSON" }],
    help: "write one with `qcfg compile --trace-rules=FILE --json`",
  };
}

/** A rewrite of a log that does not apply as it did. */
export function notReplayed(facts: {
  readonly file: string;
  readonly number: number;
  readonly rule: string;
  readonly span: Span | undefined;
  readonly reason: string;
}): Diagnostic {
  const { file, number, rule, span, reason } = facts;
  return {
    code: "QC2641",
    severity: "error",
    message: `rewrite ${number} of the log cannot be replayed: \`${rule}\`: ${reason}`,
    labels: [
      ...labelAt(span, "the rule as it is now"),
      { place: { model: file, path: `rewrite ${number}` }, text: "does not apply as it did" },
    ],
    help: "the model or the rules have changed since the log was written, or what the rewrites before this one do",
  };
}
