import * as vscode from "vscode";

/** Asks for a model and writes it into the settings of the workspace, from where the server takes it. */
export async function attachModel(): Promise<void> {
  const [folder] = vscode.workspace.workspaceFolders ?? [];
  const chosen = await vscode.window.showOpenDialog({
    title: "The model that the rules are for",
    openLabel: "Attach",
    canSelectMany: false,
    filters: { Models: ["onnx", "tflite"] },
    ...(folder && { defaultUri: folder.uri }),
  });
  const [model] = chosen ?? [];
  if (model === undefined) return;
  const target = folder ? vscode.ConfigurationTarget.Workspace : vscode.ConfigurationTarget.Global;
  const path = vscode.workspace.asRelativePath(model, false);
  await vscode.workspace.getConfiguration("qcfg").update("model", path, target);
}
