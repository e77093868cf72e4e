import { readFileSync } from "node:fs";
import { parse } from "../../grammar/index.ts";
import { fileCases } from "../support/file-cases.ts";

/** A file that is valid in the tests' vocabulary. */
export const scheme = readFileSync(new URL("corpus/scheme.qcfg", import.meta.url), "utf8");

/** Files whose syntax is valid. */
export const corpus: readonly { readonly name: string; readonly text: string }[] = [
  { name: "scheme.qcfg", text: scheme },
  ...fileCases(new URL("cases/", import.meta.url))
    .map(({ name, input }) => ({ name, text: input }))
    .filter(({ name, text }) => text !== "" && parse(name, text).diagnostics.length === 0),
];
