import type { Command } from "commander";
import { type Diagnostic, Rejected } from "../../../grammar/source/diagnostic.ts";
import { check } from "../../compile.ts";
import { common } from "../options.ts";
import { resolveRules, ruleSource } from "../rule-files.ts";
import type { Terminal } from "../terminal.ts";
import { countText } from "../text.ts";

export function defineCheck(program: Command, terminal: Terminal): void {
  const command = program
    .command("check")
    .summary("diagnostics of rule files")
    .description("Reads rule files and all that they import, and reports every fault.")
    .argument("<files...>", "rule files (.qcfg)");
  common(command, ["check scheme.qcfg", "check rules/*.qcfg --json"]).action(
    (files: readonly string[]) => {
      const diagnostics = files.flatMap(diagnosticsOf);
      if (diagnostics.some(({ severity }) => severity === "error")) throw new Rejected(diagnostics);
      terminal.report(diagnostics);
      terminal.result({ files }, () => `${countText(files.length, "file")} without errors`);
    },
  );
}

function diagnosticsOf(file: string): readonly Diagnostic[] {
  try {
    return check(ruleSource(file), resolveRules);
  } catch (error) {
    if (error instanceof Rejected) return error.diagnostics;
    throw error;
  }
}
