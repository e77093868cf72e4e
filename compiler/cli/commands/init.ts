import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import { reject } from "../data/diagnostics.ts";
import { wouldOverwrite } from "../diagnostics.ts";
import { writeFileAtomically } from "../files.ts";
import { common } from "../options.ts";
import { startingProject } from "../starting-project.ts";
import type { Terminal } from "../terminal.ts";

export function defineInit(bare: Command, terminal: Terminal): void {
  const command = bare
    .description(
      "Writes a rule file with a test, a package.json with scripts, a README and a .gitignore. Files that are there stay: then nothing is written.",
    )
    .argument("[dir]", "folder of the project", ".");
  common(command, ["init my-rules", "init"]).action((folder: string) => {
    const files = startingProject();
    const there = [...files.keys()].filter((name) => existsSync(join(folder, name)));
    if (there.length > 0) reject(wouldOverwrite(folder, there));
    for (const [name, text] of files) writeFileAtomically(join(folder, name), text);
    const names = [...files.keys()];
    terminal.result({ folder, files: names }, () =>
      [`${folder}: ${names.join(", ")}`, "next: npm install, npm test"].join("\n"),
    );
  });
}
