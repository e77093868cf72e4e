import type { Command } from "commander";
import { format, parse } from "../../../grammar/index.ts";
import { type Diagnostic, Rejected } from "../../../grammar/source/diagnostic.ts";
import { notFormatted } from "../diagnostics.ts";
import { writeFileAtomically } from "../files.ts";
import { common } from "../options.ts";
import { readRules } from "../rule-files.ts";
import type { Terminal } from "../terminal.ts";
import { countText } from "../text.ts";

interface FmtOptions {
  readonly check?: boolean;
}

export function defineFmt(bare: Command, terminal: Terminal): void {
  const command = bare
    .description("Formats rule files in place. A file with syntax errors stays as it is.")
    .argument("<files...>", "rule files (.qcfg)")
    .option("--check", "change nothing; fail if a file is not in canonical form");
  common(command, ["fmt scheme.qcfg", "fmt --check rules/*.qcfg"]).action(
    (files: readonly string[], { check = false }: FmtOptions) => {
      const results = files.map((file) => formatFile(file, check));
      const changed = results.filter(({ isChanged }) => isChanged).map(({ file }) => file);
      const diagnostics = results.flatMap((result) => result.diagnostics);
      if (diagnostics.some(({ severity }) => severity === "error")) throw new Rejected(diagnostics);
      terminal.report(diagnostics);
      terminal.result({ files, changed }, () =>
        check
          ? `${countText(files.length, "file")} in canonical form`
          : `${changed.length} changed`,
      );
    },
  );
}

interface Formatted {
  readonly file: string;
  readonly isChanged: boolean;
  readonly diagnostics: readonly Diagnostic[];
}

function formatFile(file: string, isCheck: boolean): Formatted {
  const text = readRules(file);
  const { value, diagnostics } = parse(file, text);
  if (diagnostics.some(({ severity }) => severity === "error")) {
    return { file, isChanged: false, diagnostics };
  }
  const formatted = format(value);
  const isChanged = formatted !== text;
  if (isChanged && isCheck) return { file, isChanged, diagnostics: [notFormatted(file)] };
  if (isChanged) writeFileAtomically(file, formatted);
  return { file, isChanged, diagnostics };
}
