import type { Command } from "commander";
import { explanations } from "../../../grammar/explanations.ts";
import type { Code } from "../../../grammar/source/diagnostic.ts";
import { reject } from "../data/diagnostics.ts";
import { notExplained } from "../diagnostics.ts";
import { common } from "../options.ts";
import type { Terminal } from "../terminal.ts";

export function defineExplain(program: Command, terminal: Terminal): void {
  const command = program
    .command("explain")
    .summary("the long form of a diagnostic")
    .description("Explains a diagnostic of rule files: why it is one, and an example set right.")
    .requiredOption("--code <code>", "as printed in brackets: QC1204");
  common(command, ["explain --code QC1204"]).action(({ code }: { readonly code: string }) => {
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
