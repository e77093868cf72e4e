import type { Name } from "../../grammar/ast.ts";
import type { Diagnostic, Label } from "../../grammar/source/diagnostic.ts";
import type { Span } from "../../grammar/source/source-file.ts";

/** QC2651 to QC2699: TypeScript that rule files import, write and use. One function per code; it takes facts, not text. */

type Facts = Omit<Diagnostic, "severity" | "help"> & { readonly help?: string | undefined };

function error({ help, ...facts }: Facts): Diagnostic {
  return { severity: "error", ...facts, ...(help === undefined ? {} : { help }) };
}

const at = (place: Span, text: string): Label => ({ place, text });

/** A node of the model as diagnostics of matches name it. */
const nodeLabel = (node: string | undefined): readonly Label[] =>
  node === undefined ? [] : [{ place: { model: "the model", path: node }, text: "matched here" }];

export function moduleNotFound(from: Name): Diagnostic {
  return error({
    code: "QC2651",
    message: `there is no TypeScript file \`${from.text}\``,
    labels: [at(from.span, "imported here")],
    help: "files are named relative to the rule file, as `./predicates.ts`",
  });
}

export function moduleFails(from: Name, reason: string, inside?: Label): Diagnostic {
  return error({
    code: "QC2652",
    message: `\`${from.text}\` cannot be loaded: ${reason}`,
    labels: [at(from.span, "imported here"), ...(inside ? [inside] : [])],
  });
}

export function unknownExport(
  name: Name,
  from: string,
  exported: readonly string[],
  similar: string | undefined,
): Diagnostic {
  return error({
    code: "QC2653",
    message: `\`${from}\` exports no \`${name.text}\``,
    labels: [at(name.span, "imported here")],
    help:
      similar === undefined
        ? exported.length > 0
          ? `it exports ${exported.map((word) => `\`${word}\``).join(", ")}`
          : undefined
        : `did you mean \`${similar}\`?`,
  });
}

/** An export that is used as what it is not. */
export function exportIsNo(
  name: Name,
  wanted: "function" | "quantizer" | "config",
  why?: string,
): Diagnostic {
  const nouns = {
    function: "a function",
    quantizer: "a quantizer",
    config: "a `QuantizeConfig`",
  };
  return error({
    code: "QC2654",
    message: `\`${name.text}\` is not ${nouns[wanted]}${why === undefined ? "" : `: ${why}`}`,
    labels: [at(name.span, "used here")],
    help: {
      function: undefined,
      quantizer:
        "export a class that extends `Quantizer` of `qcfg/config`, or a function that gives one",
      config: "export a class that implements `QuantizeConfig` of `qcfg/config`, or an object",
    }[wanted],
  });
}

/** A function of the user's that throws at a match. */
export function callFails(facts: {
  readonly rule: string;
  readonly callee: string;
  readonly span: Span;
  readonly node?: string | undefined;
  readonly reason: string;
}): Diagnostic {
  const { rule, callee, span, node, reason } = facts;
  return error({
    code: "QC2655",
    message: `${callee} of \`${rule}\` throws: ${reason}`,
    labels: [at(span, "called here"), ...nodeLabel(node)],
  });
}

/** A function of the user's whose result is of no use where it is called. */
export function callGivesWrongType(facts: {
  readonly rule: string;
  readonly callee: string;
  readonly span: Span;
  readonly node?: string | undefined;
  readonly given: string;
  readonly wanted: string;
}): Diagnostic {
  const { rule, callee, span, node, given, wanted } = facts;
  return error({
    code: "QC2656",
    message: `${callee} of \`${rule}\` gives ${given} and not ${wanted}`,
    labels: [at(span, "called here"), ...nodeLabel(node)],
  });
}

/** A config that throws for a layer, or does not keep its contract. */
export function configFails(facts: {
  readonly rule: string;
  readonly config: Name;
  readonly node: string;
  readonly reason: string;
}): Diagnostic {
  const { rule, config, node, reason } = facts;
  return error({
    code: "QC2657",
    message: `\`${config.text}\` of \`${rule}\` says nothing of a layer: ${reason}`,
    labels: [at(config.span, "used here"), ...nodeLabel(node)],
  });
}

export function unknownConfig(name: Name, similar: string | undefined): Diagnostic {
  return error({
    code: "QC2658",
    message: `nobody registered a config \`${name.text}\``,
    labels: [at(name.span, "used here")],
    help:
      similar === undefined
        ? 'say where it is: `using MyConfig from "./configs.ts"`'
        : `did you mean \`${similar}\`?`,
  });
}

/** A constructor of the user's that throws. */
export function notConstructed(name: Name, reason: string): Diagnostic {
  return error({
    code: "QC2659",
    message: `\`${name.text}\` cannot be made: ${reason}`,
    labels: [at(name.span, "with these arguments")],
  });
}

/** TypeScript where nobody loads it. */
export function notLoaded(what: string, span: Span): Diagnostic {
  return error({
    code: "QC2660",
    message: `${what} is TypeScript, which is not loaded here`,
    labels: [at(span, "needed here")],
    help: "give a host with `modules`, as `host` of `qcfg/node` is",
  });
}

/** TypeScript's own word on what a rule file says of it. */
export function typeScriptSays(facts: {
  readonly message: string;
  readonly code: number;
  readonly span: Span;
  /** What it disagrees with, in the TypeScript file. */
  readonly declared?: Label | undefined;
  readonly help?: string;
}): Diagnostic {
  const { code, span, declared } = facts;
  const [message = "", guess] = facts.message.split(". Did you mean ");
  return error({
    code: "QC2661",
    message,
    help: guess ? `did you mean ${guess.replace("to write ", "")}` : facts.help,
    labels: [at(span, `TypeScript: TS${code}`), ...(declared ? [declared] : [])],
  });
}

/** An argument that is known only at a match, where a value is needed before. */
export function argumentIsNoConstant(span: Span): Diagnostic {
  return error({
    code: "QC2662",
    message: "an argument here is a number, a word in quotes, `true`, `false`, or a list of these",
    labels: [at(span, "not known before the rule matches")],
  });
}
