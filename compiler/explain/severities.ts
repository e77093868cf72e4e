import { type Code, type Diagnostic, Rejected } from "../../grammar/source/diagnostic.ts";
import { type LintName, lintCodes, warnedByDefault } from "./lint-names.ts";
import type { Finding } from "./lints.ts";

/** What else is to be told, and what is not to be let pass: names of lints, codes, or `warnings` for all warnings. */
export interface Severities {
  readonly warn?: readonly string[] | undefined;
  readonly deny?: readonly string[] | undefined;
}

/** The findings to be reported: those that are warned of unless asked, and those that were asked for. */
export function toldFindings(
  findings: readonly Finding[],
  { warn = [], deny = [] }: Severities,
): readonly Diagnostic[] {
  const asked = new Set([...warn, ...deny]);
  const isTold = (lint: LintName) =>
    warnedByDefault.has(lint) || asked.has(lint) || asked.has(lintCodes[lint]);
  return findings.filter(({ lint }) => isTold(lint)).map(({ diagnostic }) => diagnostic);
}

/** Reports warnings; throws `Rejected` where one of them is denied, or something is an error anyway. */
export function strictReport(
  report: (diagnostics: readonly Diagnostic[]) => void,
  { deny = [] }: Severities,
): (diagnostics: readonly Diagnostic[]) => void {
  const denied = new Set<string>(deny);
  for (const [lint, code] of Object.entries(lintCodes)) if (denied.has(lint)) denied.add(code);
  const isDenied = ({ code, severity }: Diagnostic) =>
    severity === "warning" && (denied.has("warnings") || denied.has(code satisfies Code));
  return (diagnostics) => {
    const found = diagnostics.map(
      (diagnostic): Diagnostic =>
        isDenied(diagnostic) ? { ...diagnostic, severity: "error" } : diagnostic,
    );
    if (found.some(({ severity }) => severity === "error")) throw new Rejected(found);
    report(found);
  };
}
