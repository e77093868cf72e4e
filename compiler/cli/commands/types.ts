import { existsSync, statSync } from "node:fs";
import { basename } from "node:path";
import type { Command } from "commander";
import { Rejected } from "../../../grammar/source/diagnostic.ts";
import { printDeclarations } from "../../config/declarations.ts";
import { ops } from "../../ops/index.ts";
import { loadRules, typedFiles } from "../../pipeline.ts";
import { typesOutdated } from "../diagnostics.ts";
import { readText, writeFileAtomically } from "../files.ts";
import { common } from "../options.ts";
import { resolveRules, ruleSource } from "../rule-files.ts";
import type { Terminal } from "../terminal.ts";
import { countText } from "../text.ts";

interface TypesOptions {
  readonly check?: boolean;
}

export function defineTypes(bare: Command, terminal: Terminal): void {
  const command = bare
    .description(
      "Writes RULES.qcfg.d.ts beside each rule file: for each rule an interface of the names that it binds, " +
        "for the TypeScript functions that it calls.",
    )
    .argument("<files...>", "rule files (.qcfg)")
    .option("--check", "change nothing; fail if a file of types is not what it should be");
  common(command, ["types scheme.qcfg", "types --check rules/*.qcfg"]).action(
    (files: readonly string[], { check = false }: TypesOptions) => {
      const results = files.map((file) => ({ file: `${file}.d.ts`, text: declarations(file) }));
      const changed = results.filter(({ file, text }) => currentText(file) !== text);
      if (check && changed.length > 0)
        throw new Rejected(changed.map(({ file }) => typesOutdated(file)));
      for (const { file, text } of changed) writeFileAtomically(file, text);
      const names = changed.map(({ file }) => file);
      terminal.result({ files: results.map(({ file }) => file), changed: names }, () =>
        check ? `${countText(files.length, "file")} up to date` : `${changed.length} changed`,
      );
    },
  );
}

function declarations(file: string): string {
  const { value, diagnostics } = loadRules(ruleSource(file), resolveRules);
  if (value === undefined) throw new Rejected(diagnostics);
  const [root] = typedFiles(value.scheme);
  return printDeclarations(basename(file), root!.rules, ops);
}

function currentText(file: string): string | undefined {
  return existsSync(file) && statSync(file).isFile() ? readText(file) : undefined;
}
