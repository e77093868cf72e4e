import * as vscode from "vscode";
import type { LanguageClient } from "vscode-languageclient/node";

/** Asks the server why the rule under the cursor does not fire; it shows the answer. */
export async function whyNotHere(client: LanguageClient): Promise<void> {
  const editor = vscode.window.activeTextEditor;
  if (editor?.document.languageId !== "qcfg") return;
  const uri = client.code2ProtocolConverter.asUri(editor.document.uri);
  const position = client.code2ProtocolConverter.asPosition(editor.selection.active);
  await client.sendRequest("workspace/executeCommand", {
    command: "qcfg.explainRule",
    arguments: [uri, position],
  });
}
