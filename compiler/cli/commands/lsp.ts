import type { Command } from "commander";
import { createConnection } from "vscode-languageserver/node";
import { serve } from "../../language-server/server.ts";
import { serverHost } from "../language-server/server-host.ts";
import { common } from "../options.ts";

export function defineLsp(bare: Command): void {
  const command = bare
    .description(
      "Speaks the language server protocol on standard input and output, until the editor closes it. " +
        "docs/editors.md says how editors start it.",
    )
    .option("--stdio", "accepted for editors that pass it: there is no other way");
  common(command, ["lsp"]).action(() => {
    // The protocol has standard output to itself.
    serve(createConnection(process.stdin, process.stdout), serverHost());
    return new Promise(() => {});
  });
}
