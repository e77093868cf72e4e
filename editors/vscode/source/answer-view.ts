import * as vscode from "vscode";

const scheme = "qcfg-answer";

/** What the server answers, as a page of Markdown beside the rules: a message cuts the nodes off. */
export class AnswerView implements vscode.TextDocumentContentProvider {
  readonly #changed = new vscode.EventEmitter<vscode.Uri>();
  readonly onDidChange = this.#changed.event;
  #text = "";

  /** Lets the editor ask for the page, until `context` ends. */
  register(context: vscode.ExtensionContext): void {
    context.subscriptions.push(
      this.#changed,
      vscode.workspace.registerTextDocumentContentProvider(scheme, this),
    );
  }

  provideTextDocumentContent(): string {
    return this.#text;
  }

  /** Replaces what the page says, and opens it where it is closed. The rules keep the cursor. */
  async show(text: string): Promise<void> {
    this.#text = text;
    const page = vscode.Uri.from({ scheme, path: "Why does this rule not fire here?.md" });
    this.#changed.fire(page);
    const beside = { viewColumn: vscode.ViewColumn.Beside, preserveFocus: true };
    await vscode.commands.executeCommand("markdown.showPreviewToSide", page, beside);
  }
}
