import {
  CodeActionKind,
  CodeLensRefreshRequest,
  type Connection,
  DidChangeConfigurationNotification,
  DidChangeWatchedFilesNotification,
  ErrorCodes,
  type InitializeParams,
  type InitializeResult,
  MessageType,
  ResponseError,
  ShowMessageNotification,
  type TextDocumentPositionParams,
  TextDocumentSyncKind,
  TextDocuments,
} from "vscode-languageserver";
import { TextDocument } from "vscode-languageserver-textdocument";
import { itemsOf } from "../../grammar/check/scope.ts";
import { format } from "../../grammar/format.ts";
import type { Analysis } from "./analysis.ts";
import { type Checks, startChecks } from "./checks.ts";
import { codeActionsIn } from "./code-actions.ts";
import { completionsAt } from "./completion.ts";
import type { DeepRequest, DeepResult, Firings } from "./deep-check.ts";
import { definitionAt, exportedNames, namedItem } from "./definition.ts";
import { documentOutline } from "./document-outline.ts";
import { fireCounts, ruleAround, whyNot } from "./firings.ts";
import { foldsOf } from "./folding.ts";
import { hoverAt } from "./hover.ts";
import { occurrenceAt, occurrencesOf } from "./occurrences.ts";
import * as protocol from "./protocol.ts";
import { highlightsAt, referencesAt } from "./references.ts";
import { renamableAt, renameAt } from "./rename.ts";
import { semanticTokens } from "./semantic-tokens.ts";
import { SentTokens } from "./sent-tokens.ts";
import { signatureAt } from "./signature-help.ts";
import { type Files, openWorkspace, type Workspace } from "./workspace.ts";

/** What the server takes from where it runs. */
export interface ServerHost extends Files {
  /** All checks, away from what answers the editor. */
  readonly deepCheck: (request: DeepRequest) => Promise<DeepResult>;
  /** TypeScript or a model has changed that a deep check may have loaded. */
  readonly forget: () => void;
  /** Another text for each state of a file; `undefined` where there is none. */
  readonly stampOf: (path: string) => string | undefined;
  /** The path of a model that a setting names. */
  readonly modelPath: (named: string, workspace: string | undefined) => string;
}

const watchers = [{ globPattern: "**/*.{qcfg,ts,mts,onnx,tflite,data}" }];

const commands = { attachModel: "qcfg.attachModelFile", whyNot: "qcfg.explainRule" } as const;

const capabilities: InitializeResult["capabilities"] = {
  textDocumentSync: TextDocumentSyncKind.Incremental,
  completionProvider: { triggerCharacters: [".", ":", "|", ">", "=", '"', "/", "{", "(", ","] },
  hoverProvider: true,
  definitionProvider: true,
  referencesProvider: true,
  documentHighlightProvider: true,
  documentSymbolProvider: true,
  renameProvider: { prepareProvider: true },
  codeActionProvider: { codeActionKinds: [CodeActionKind.QuickFix] },
  codeLensProvider: {},
  documentFormattingProvider: true,
  foldingRangeProvider: true,
  signatureHelpProvider: { triggerCharacters: ["(", ","] },
  semanticTokensProvider: { legend: protocol.tokenLegend, full: { delta: true } },
  executeCommandProvider: { commands: Object.values(commands) },
};

/** What the answers to an editor are made from. */
interface Session {
  readonly connection: Connection;
  readonly host: ServerHost;
  readonly workspace: Workspace;
  readonly documents: TextDocuments<TextDocument>;
  readonly checks: Checks;
  readonly client: Client;
}

/** What the editor can do and wants. The only thing here that changes but for the texts. */
interface Client {
  capabilities: InitializeParams["capabilities"];
  folders: readonly string[];
  model?: string | undefined;
  /** It shows the answers to its commands itself; others get them as messages, too. */
  showsAnswers?: boolean;
  /** Of the model's file, when it was last looked at. */
  stamp?: string | undefined;
}

/** Answers an editor until it closes the connection. */
export function serve(connection: Connection, host: ServerHost): void {
  const workspace = openWorkspace(host);
  const documents = new TextDocuments(TextDocument);
  const client: Client = { capabilities: {}, folders: [] };
  const checks = startChecks({
    workspace,
    deepCheck: host.deepCheck,
    pathOf: host.pathOf,
    model: () => client.model,
    publish(uri, path, found) {
      const { uriOf } = workspace;
      const diagnostics = found.map((one) => protocol.protocolDiagnostic(one, path, uriOf));
      const version = documents.get(uri)?.version;
      const versioned = { uri, diagnostics, ...(version !== undefined && { version }) };
      tell(connection.sendDiagnostics(versioned));
    },
    refresh() {
      if (client.capabilities.workspace?.codeLens?.refreshSupport)
        tell(connection.sendRequest(CodeLensRefreshRequest.type));
    },
    failed,
  });
  function failed(error: unknown): void {
    connection.console.error(`internal: ${error instanceof Error ? error.stack : error}`);
  }
  const session: Session = { connection, host, workspace, documents, checks, client };
  followSettings(session);
  followTexts(session);
  answerAtPlaces(session);
  answerOfTexts(session);
  answerOfModel(session);
  documents.listen(connection);
  connection.listen();
}

/** What nobody waits for. An editor that is gone, or cannot do it, is no fault of ours. */
function tell(sent: Promise<unknown>): void {
  sent.catch(() => {});
}

function followSettings(session: Session): void {
  const { connection, host, client } = session;
  connection.onInitialize((params): InitializeResult => {
    client.capabilities = params.capabilities;
    const root = params.rootUri ? [params.rootUri] : [];
    client.folders = params.workspaceFolders?.map(({ uri }) => uri) ?? root;
    const options: { model?: unknown; showsAnswers?: unknown } | undefined =
      params.initializationOptions;
    client.showsAnswers = options?.showsAnswers === true;
    client.model = modelNamed(session, options?.model);
    client.stamp = client.model && host.stampOf(client.model);
    return { capabilities, serverInfo: { name: "qcfg" } };
  });
  connection.onInitialized(async () => {
    const { configuration, didChangeConfiguration, didChangeWatchedFiles } =
      client.capabilities.workspace ?? {};
    const section = { section: "qcfg" };
    if (didChangeConfiguration?.dynamicRegistration)
      tell(connection.client.register(DidChangeConfigurationNotification.type, section));
    if (didChangeWatchedFiles?.dynamicRegistration)
      tell(connection.client.register(DidChangeWatchedFilesNotification.type, { watchers }));
    if (configuration) await readSettings(session);
  });
  connection.onDidChangeConfiguration(async ({ settings }) => {
    if (client.capabilities.workspace?.configuration) await readSettings(session);
    else if (settings?.qcfg) attach(session, settings.qcfg.model);
  });
  connection.onDidChangeWatchedFiles(({ changes }) => {
    // A module is loaded once in the life of a thread; a model may have changed in a file beside it.
    if (changes.some(({ uri }) => !uri.endsWith(".qcfg"))) host.forget();
    lookAgain(session);
  });
}

async function readSettings(session: Session): Promise<void> {
  try {
    const settings = await session.connection.workspace.getConfiguration("qcfg");
    if (typeof settings?.model === "string") attach(session, settings.model);
  } catch {
    // A client that has no such setting may refuse: then there is none.
  }
}

function modelNamed({ host, client }: Pick<Session, "host" | "client">, named: unknown) {
  const isNamed = typeof named === "string" && named !== "";
  return isNamed ? host.modelPath(named, client.folders[0]) : undefined;
}

function attach(session: Session, named: unknown): void {
  const model = modelNamed(session, named);
  if (model === session.client.model) return;
  session.client.model = model;
  session.client.stamp = model && session.host.stampOf(model);
  lookAgain(session);
}

/** Whoever asks what a model says is told of the file as it is: not every editor watches it. */
function followModel(session: Session): void {
  const { client, host } = session;
  const stamp = client.model && host.stampOf(client.model);
  if (stamp === client.stamp) return;
  client.stamp = stamp;
  lookAgain(session);
}

/** Everything may be different now. */
function lookAgain({ workspace, checks }: Session): void {
  workspace.refresh();
  checks.lookAgain();
}

function followTexts({ connection, workspace, documents, checks }: Session): void {
  documents.onDidChangeContent(({ document }) => {
    workspace.put(document.uri, document.getText());
    checks.changed(document.uri);
  });
  documents.onDidClose(({ document: { uri } }) => {
    workspace.close(uri);
    checks.closed(uri);
    tell(connection.sendDiagnostics({ uri, diagnostics: [] }));
  });
}

type ReadText = (specifier: string, importer: string) => string | undefined;

function importedText({ workspace }: Session): ReadText {
  return (specifier, importer) => workspace.resolve(specifier, importer)?.text;
}

/** An answer about a place where the text is open, and none elsewhere. */
function at<T>(
  { workspace, documents }: Session,
  { textDocument: { uri }, position }: TextDocumentPositionParams,
  answer: (analysis: Analysis, offset: number, uri: string) => T,
): T | null {
  const analysis = workspace.analysisOf(uri);
  const document = documents.get(uri);
  return analysis && document ? answer(analysis, document.offsetAt(position), uri) : null;
}

function answerAtPlaces(session: Session): void {
  const { connection, workspace, checks, client, host } = session;
  const { uriOf } = workspace;
  const read = importedText(session);
  const surroundings = {
    importable: host.importable,
    exportsOf: (specifier: string, importer: string) =>
      exportedNames(read(specifier, importer) ?? "").map(({ name }) => name),
  };
  connection.onCompletion((params) =>
    at(session, params, (analysis, offset) => [
      ...protocol.completionItems(completionsAt(analysis, offset, surroundings)),
    ]),
  );
  connection.onHover((params) =>
    at(session, params, (analysis, offset, uri) => {
      const found = hoverAt(analysis, offset, read);
      if (found === undefined) return null;
      const { span, text } = found;
      const why = firingText(checks.firingsOf(uri), span.file.text.slice(span.start, span.end));
      return { contents: protocol.markdown(text + why), range: protocol.rangeOf(span) };
    }),
  );
  connection.onDefinition((params) =>
    at(session, params, (analysis, offset) => {
      const found = definitionAt(analysis, offset, workspace.resolve);
      if (found === undefined) return null;
      return client.capabilities.textDocument?.definition?.linkSupport
        ? [protocol.linkOf(found, uriOf)]
        : protocol.locationOf(found, uriOf);
    }),
  );
  connection.onReferences((params) =>
    at(session, params, (analysis, offset) =>
      referencesAt(analysis, offset, everywhere(session, analysis, offset))
        .filter(({ isDefinition }) => !isDefinition || params.context.includeDeclaration)
        .map(({ span }) => protocol.locationOf(span, uriOf)),
    ),
  );
  connection.onDocumentHighlight((params) =>
    at(session, params, (analysis, offset) =>
      highlightsAt(analysis, offset).map(protocol.documentHighlight),
    ),
  );
  connection.onPrepareRename((params) =>
    at(session, params, (analysis, offset) =>
      protocol.rangeOf(accepted(renamableAt(analysis, offset))),
    ),
  );
  connection.onRenameRequest((params) =>
    at(session, params, (analysis, offset) => {
      const others = everywhere(session, analysis, offset);
      const edits = renameAt(analysis, offset, params.newName, others);
      return protocol.workspaceEdit(accepted(edits), uriOf);
    }),
  );
  connection.onSignatureHelp((params) =>
    at(session, params, (analysis, offset) => {
      const found = signatureAt(analysis, offset, read);
      return found ? protocol.signatureHelp(found) : null;
    }),
  );
}

/** The files in which the name at an offset may be meant. It is said if there are more than can be looked at. */
function everywhere(
  { connection, workspace, client }: Session,
  analysis: Analysis,
  offset: number,
): readonly Analysis[] {
  const name = occurrenceAt(occurrencesOf(analysis), offset)?.name.text;
  if (name === undefined) return workspace.allAnalyses();
  const { analyses, isComplete } = workspace.analysesWith(name, client.folders);
  const message = `There are too many files to look for \`${name}\` in all of them.`;
  const shown = { type: MessageType.Warning, message } as const;
  if (!isComplete) tell(connection.sendNotification(ShowMessageNotification.type, shown));
  return analyses;
}

/** What a model says of a rule, below what the text says of it. */
function firingText(firings: Firings | undefined, rule: string): string {
  return firings && Object.hasOwn(firings.rules, rule) ? `\n\n${whyNot(firings, rule)}` : "";
}

/** The answer, or the reason why there is none, which the editor shows. */
function accepted<T extends object>(answer: T | { readonly refused: string }): T {
  if ("refused" in answer)
    throw new ResponseError(ErrorCodes.InvalidRequest, answer.refused as string);
  return answer as T;
}

/** An answer about a whole text where it is open, and none elsewhere. */
function inText<T>(
  { workspace }: Session,
  uri: string,
  answer: (analysis: Analysis) => T,
): T | null {
  const analysis = workspace.analysisOf(uri);
  return analysis ? answer(analysis) : null;
}

function answerOfTexts(session: Session): void {
  const { connection, workspace, documents, checks } = session;
  const { uriOf } = workspace;
  connection.onDocumentSymbol(({ textDocument: { uri } }) =>
    inText(session, uri, (analysis) => protocol.documentSymbols(documentOutline(analysis))),
  );
  connection.onFoldingRanges(({ textDocument: { uri } }) =>
    inText(session, uri, (analysis) => foldsOf(analysis).map(protocol.foldingRange)),
  );
  const sent = new SentTokens();
  const tokensOf = (uri: string) =>
    inText(session, uri, (analysis) => protocol.encodedTokens(semanticTokens(analysis))) ?? [];
  documents.onDidClose(({ document: { uri } }) => sent.forget(uri));
  connection.languages.semanticTokens.on(({ textDocument: { uri } }) =>
    sent.whole(uri, tokensOf(uri)),
  );
  connection.languages.semanticTokens.onDelta(({ textDocument: { uri }, previousResultId }) =>
    sent.since(previousResultId, uri, tokensOf(uri)),
  );
  connection.onDocumentFormatting(({ textDocument: { uri } }) =>
    inText(session, uri, ({ source, rules }) => {
      const newText = format(rules);
      const range = protocol.rangeOf(source.span(0, source.text.length));
      return newText === source.text ? [] : [{ range, newText }];
    }),
  );
  connection.onCodeAction(({ textDocument: { uri }, range }) =>
    inText(session, uri, (analysis) => {
      const document = documents.get(uri)!;
      const [start, end] = [document.offsetAt(range.start), document.offsetAt(range.end)];
      const fixes = codeActionsIn(checks.diagnosticsOf(uri, analysis), start, end);
      return [
        ...fixes.map((fix) => protocol.quickFix(fix, analysis.source.path, uriOf)),
        ...questions(session, uri, analysis, start),
      ];
    }),
  );
}

/** The question that can be asked of a rule while a model is attached. */
function questions({ checks }: Session, uri: string, analysis: Analysis, offset: number) {
  const firings = checks.firingsOf(uri);
  const rule = firings && ruleAround(analysis, firings, offset);
  if (rule === undefined) return [];
  const title = "Why does this rule not fire here?";
  return [{ title, command: { title, command: commands.whyNot, arguments: [uri, rule] } }];
}

function answerOfModel(session: Session): void {
  const { connection, checks, client } = session;
  connection.onCodeLens(({ textDocument: { uri } }) => {
    followModel(session);
    return inText(session, uri, (analysis) => {
      const firings = checks.firingsOf(uri);
      const counts = firings ? fireCounts(analysis, firings) : [];
      return counts.map(({ rule, title }) => ({
        range: protocol.rangeOf(rule.nameSpan),
        command: { title, command: commands.whyNot, arguments: [uri, rule.name] },
      }));
    });
  });
  connection.onExecuteCommand(({ command, arguments: [first, second] = [] }) => {
    switch (command) {
      case commands.attachModel:
        attach(session, first);
        return client.model ?? null;
      case commands.whyNot: {
        const message = answerWhy(session, String(first), second);
        const shown = { type: MessageType.Info, message } as const;
        if (!client.showsAnswers)
          tell(connection.sendNotification(ShowMessageNotification.type, shown));
        return message;
      }
      default:
        return null;
    }
  });
}

/** @param where a rule by its name, or a position in it */
function answerWhy(session: Session, uri: string, where: unknown): string {
  const { checks, client } = session;
  followModel(session);
  const firings = checks.firingsOf(uri);
  if (client.model === undefined) return "Attach a model first: the setting `qcfg.model` names it.";
  const isKnown = typeof where !== "string" || (firings && Object.hasOwn(firings.rules, where));
  if (firings === undefined || (!isKnown && hasRule(session, uri, where)))
    return "Nothing is known yet: the rules have errors, or are being tried on the model.";
  if (typeof where === "string") return whyNot(firings, where);
  const position = where as TextDocumentPositionParams["position"];
  const rule = at(session, { textDocument: { uri }, position }, (analysis, offset) =>
    ruleAround(analysis, firings, offset),
  );
  return rule ? whyNot(firings, rule) : "There is no rule here.";
}

function hasRule({ workspace }: Session, uri: string, name: string): boolean {
  const rules = workspace.analysisOf(uri)?.rules;
  return rules !== undefined && namedItem(itemsOf(rules), "rule", name) !== undefined;
}
