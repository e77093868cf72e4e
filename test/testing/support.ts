import { expect } from "vitest";
import { resolveRules } from "../../compiler/cli/rule-files.ts";
import { ops } from "../../compiler/ops/index.ts";
import { type TestedLibrary, testedLibrary } from "../../compiler/testing/tested-library.ts";

/** A rule text without errors, as it is tested. */
export function testedText(text: string): TestedLibrary {
  const { value, diagnostics } = testedLibrary(
    { path: "rules.qcfg", text },
    { ops, resolve: resolveRules },
  );
  const errors = diagnostics.filter(({ severity }) => severity === "error");
  expect(errors.map(({ code, message }) => `${code}: ${message}`)).toEqual([]);
  return value!;
}
