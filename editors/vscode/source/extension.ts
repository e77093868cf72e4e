import * as vscode from "vscode";
import { LanguageClient, type LanguageClientOptions } from "vscode-languageclient/node";
import { AnswerView } from "./answer-view";
import { attachModel } from "./attach-model";
import { serverCommand } from "./server-command";
import { explainRule, whyNotHere } from "./why-not-here";

let client: LanguageClient | undefined;
const answers = new AnswerView();

/** Called by the editor when the first rule file is opened. */
export async function activate(context: vscode.ExtensionContext): Promise<void> {
  answers.register(context);
  context.subscriptions.push(
    vscode.commands.registerCommand("qcfg.attachModel", attachModel),
    vscode.commands.registerCommand("qcfg.whyNotHere", () => client && whyNotHere(client)),
    vscode.commands.registerCommand("qcfg.restartServer", restart),
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration("qcfg.server.path")) void restart();
    }),
  );
  await start();
}

/** Called when the editor closes. */
export async function deactivate(): Promise<void> {
  await client?.stop();
}

async function start(): Promise<void> {
  const command = serverCommand();
  const options: LanguageClientOptions = {
    documentSelector: [{ language: "qcfg" }],
    initializationOptions: { showsAnswers: true },
    middleware: {
      async executeCommand(name, values, next) {
        const answer: unknown = await next(name, values);
        if (name === explainRule && typeof answer === "string") await answers.show(answer);
        return answer;
      },
    },
  };
  client = new LanguageClient("qcfg", "qcfg", command, options);
  try {
    await client.start();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    void vscode.window.showErrorMessage(
      `\`${command.command} ${command.args?.join(" ")}\` does not start: ${reason}. Install qcfg in the workspace, or name it in \`qcfg.server.path\`.`,
    );
  }
}

async function restart(): Promise<void> {
  await client?.stop();
  await start();
}
