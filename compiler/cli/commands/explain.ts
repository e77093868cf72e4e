import type { Command } from "commander";
import { explanations } from "../../../grammar/explanations.ts";
import type { Code } from "../../../grammar/source/diagnostic.ts";
import { reject } from "../data/diagnostics.ts";
import { notExplained } from "../diagnostics.ts";
import { common, UsageError } from "../options.ts";
import type { Terminal } from "../terminal.ts";

interface CodeOption {
  readonly code?: string;
}

export function defineExplain(program: Command, terminal: Terminal): void {
  const command = program
    .command("explain")
    .summary("the long form of a diagnostic")
    .description("Explains a diagnostic of rule files: why it is one, and an example set right.")
    .argument("[code]", "as printed in brackets: QC1204")
    .option("--code <code>", "the same");
  common(command, ["explain QC1204"]).action((named: string | undefined, options: CodeOption) => {
    const code = (named ?? options.code)?.toUpperCase();
    if (code === undefined) throw new UsageError("name a code, as in `qcfg explain QC1204`");
    const explanation = explanations[code as Code] ?? reject(notExplained(code));
    const { title, why, wrong, right } = explanation;
    terminal.result({ code, ...explanation }, () =>
      [`${code}: ${title}`, why, `Wrong:\n${indented(wrong)}`, `Right:\n${indented(right)}`].join(
        "\n\n",
      ),
    );
  });
}

function indented(text: string): string {
  return text.trimEnd().replaceAll(/^/gm, "    ");
}
