import * as vscode from "vscode";
import type { LanguageClient } from "vscode-languageclient/node";

/** The server's command, of which its code lenses and code actions are links, too. */
export const explainRule = "qcfg.explainRule";

/** Asks the server why the rule under the cursor does not fire: by its command, as its links do. */
export async function whyNotHere(client: LanguageClient): Promise<void> {
  const editor = vscode.window.activeTextEditor;
  if (editor?.document.languageId !== "qcfg") return;
  const uri = client.code2ProtocolConverter.asUri(editor.document.uri);
  const position = client.code2ProtocolConverter.asPosition(editor.selection.active);
  await vscode.commands.executeCommand(explainRule, uri, position);
}
