import { type ChildProcess, spawn } from "node:child_process";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import {
  createProtocolConnection,
  type Diagnostic,
  type InitializeParams,
  type InitializeResult,
  type ProtocolConnection,
  PublishDiagnosticsNotification,
  type PublishDiagnosticsParams,
  ShowMessageNotification,
  StreamMessageReader,
  StreamMessageWriter,
} from "vscode-languageserver/node";
import { TextDocument } from "vscode-languageserver-textdocument";
import { temporaryFolder } from "../support/temporary-folder.ts";

const main = resolve(import.meta.dirname, "../../compiler/cli/main.ts");

/** Stands for the cursor in a text. */
const cursor = "‸";

export interface Place {
  readonly textDocument: { readonly uri: string };
  readonly position: { readonly line: number; readonly character: number };
}

/** An editor that speaks to `qcfg lsp` as all do: through standard input and output. */
export interface Editor {
  readonly capabilities: InitializeResult["capabilities"];
  readonly folder: string;
  readonly uriOf: (name: string) => string;
  /** Opens a text that no disk has, with the place of its cursor, at the beginning unless marked. */
  readonly open: (marked: string, name?: string) => Place;
  /** Replaces what a text says from one offset to another. */
  readonly edit: (uri: string, start: number, end: number, text: string) => void;
  readonly close: (uri: string) => void;
  readonly textOf: (uri: string) => string;
  // biome-ignore lint/suspicious/noExplicitAny: answers are what the cases say.
  readonly ask: (method: string, params: object) => Promise<any>;
  readonly tell: (method: string, params: object) => void;
  /** What the server had shown. */
  readonly messages: readonly string[];
  /** The diagnostics of a text once they fit. */
  readonly diagnostics: (
    uri: string,
    fits?: (found: readonly Diagnostic[]) => boolean,
  ) => Promise<readonly Diagnostic[]>;
  readonly stop: () => Promise<void>;
  readonly process: ChildProcess;
}

/** Starts a server: that of the repository, unless another command line is named. */
export async function startEditor(
  params: Partial<InitializeParams> = {},
  commandLine = main,
): Promise<Editor> {
  const folder = temporaryFolder();
  const server = spawn(process.execPath, [commandLine, "lsp"], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const connection = createProtocolConnection(
    new StreamMessageReader(server.stdout),
    new StreamMessageWriter(server.stdin),
  );
  const published = new Map<string, PublishDiagnosticsParams>();
  const listeners = new Set<() => void>();
  connection.onNotification(PublishDiagnosticsNotification.type, (found) => {
    published.set(found.uri, found);
    for (const listener of listeners) listener();
  });
  const messages: string[] = [];
  connection.onNotification(ShowMessageNotification.type, ({ message }) => {
    messages.push(message);
  });
  connection.onRequest("client/registerCapability", () => null);
  connection.listen();
  const { capabilities } = await initialize(connection, folder, params);
  const uriOf = (name: string) => pathToFileURL(join(folder, name)).href;
  const texts = new Map<string, TextDocument>();
  let opened = 0;
  return {
    capabilities,
    folder,
    uriOf,
    open(marked, name = `${opened++}.qcfg`) {
      const uri = /^\w\w+:/.test(name) ? name : uriOf(name);
      const text = marked.replace(cursor, "");
      const document = TextDocument.create(uri, "qcfg", 1, text);
      texts.set(uri, document);
      void connection.sendNotification("textDocument/didOpen", {
        textDocument: { uri, languageId: "qcfg", version: 1, text },
      });
      const position = document.positionAt(Math.max(0, marked.indexOf(cursor)));
      return { textDocument: { uri }, position };
    },
    edit(uri, start, end, text) {
      const document = texts.get(uri)!;
      const range = { start: document.positionAt(start), end: document.positionAt(end) };
      const version = document.version + 1;
      TextDocument.update(document, [{ range, text }], version);
      void connection.sendNotification("textDocument/didChange", {
        textDocument: { uri, version },
        contentChanges: [{ range, text }],
      });
    },
    close(uri) {
      texts.delete(uri);
      void connection.sendNotification("textDocument/didClose", { textDocument: { uri } });
    },
    textOf: (uri) => texts.get(uri)!.getText(),
    ask: (method, given) => connection.sendRequest(method, given),
    tell: (method, given) => void connection.sendNotification(method, given),
    messages,
    diagnostics(uri, fits = () => true) {
      return new Promise((done) => {
        const look = () => {
          const found = published.get(uri);
          const isNow = found?.version === undefined || found.version === texts.get(uri)?.version;
          if (found === undefined || !isNow || !fits(found.diagnostics)) return;
          listeners.delete(look);
          done(found.diagnostics);
        };
        listeners.add(look);
        look();
      });
    },
    async stop() {
      const exit = new Promise((done) => server.once("exit", done));
      await connection.sendRequest("shutdown");
      await connection.sendNotification("exit");
      await exit;
      connection.dispose();
    },
    process: server,
  };
}

async function initialize(
  connection: ProtocolConnection,
  folder: string,
  params: Partial<InitializeParams>,
): Promise<InitializeResult> {
  const result: InitializeResult = await connection.sendRequest("initialize", {
    processId: process.pid,
    rootUri: pathToFileURL(folder).href,
    capabilities: {},
    workspaceFolders: null,
    ...params,
  });
  await connection.sendNotification("initialized", {});
  return result;
}

/** The text of a range. */
export function textIn(
  text: string,
  range: { readonly start: Place["position"]; readonly end: Place["position"] },
): string {
  return TextDocument.create("", "qcfg", 0, text).getText(range);
}
