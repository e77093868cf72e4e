import type { Code } from "../../grammar/source/diagnostic.ts";
import type { LongForm } from "./long-form.ts";

const check = "qcfg check scheme.qcfg";

/** TypeScript that rule files import, write and use (265x, 266x). */
export const typeScriptExplanations: Readonly<Record<Code, LongForm>> = {
  QC2651: {
    title: "a TypeScript file that is not there",
    why: "It is named relative to the rule file, with its ending: `./predicates.ts`.",
    command: check,
  },
  QC2652: {
    title: "a TypeScript file that does not load",
    why: "Its top level is run once when the rules are loaded. What it threw is in the message.",
    command: check,
  },
  QC2653: {
    title: "an export that is not there",
    why: "A rule file imports what a TypeScript file exports by name.",
    command: check,
  },
  QC2654: {
    title: "an export that is used as what it is not",
    why: "Functions are called in clauses, quantizers stand behind `=`, configs behind `using`.",
    command: check,
  },
  QC2655: {
    title: "a function of yours that throws",
    why: "It was called with what the rule captured at this node. A predicate that cannot tell returns false.",
    command: check,
  },
  QC2656: {
    title: "a function of yours that gives something else",
    why: "A predicate gives true or false, an expression a number, a text or a tensor, as the place needs it.",
    command: check,
  },
  QC2657: {
    title: "a config that says nothing of a layer",
    why: "The methods of a `QuantizeConfig` give pairs of a weight or an activation and its quantizer, for every layer that the rule matches.",
    command: check,
  },
  QC2658: {
    title: "a config that nobody registered",
    why: "Without `from` a config is looked up by name among those that were registered.",
    command: check,
  },
  QC2659: {
    title: "a class of yours that cannot be constructed",
    why: "The constructor threw for the arguments that the rule file gives it.",
    command: check,
  },
  QC2660: {
    title: "TypeScript that is not loaded here",
    why: "The compiler itself reads no files and runs none. The command line and `host` of `qcfg/node` load the modules of rule files.",
    command: check,
  },
  QC2661: {
    title: "a call that TypeScript rejects",
    why: "Calls are checked against the signatures of the imported functions, with the types of what the rule captures. The number is TypeScript's own.",
    command: check,
  },
  QC2662: {
    title: "an argument that is not known in advance",
    why: "Quantizers and configs are made once, before any rule matches: their arguments are constants.",
    command: check,
  },
};
