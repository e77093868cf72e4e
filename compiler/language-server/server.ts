import {
  CodeActionKind,
  CodeLensRefreshRequest,
  type Connection,
  DidChangeConfigurationNotification,
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
import { format } from "../../grammar/format.ts";
import type { Diagnostic } from "../../grammar/source/diagnostic.ts";
import type { Analysis } from "./analysis.ts";
import { carriedOver } from "./carried-over.ts";
import { codeActionsIn } from "./code-actions.ts";
import { completionsAt } from "./completion.ts";
import type { DeepRequest, DeepResult, Firings } from "./deep-check.ts";
import { definitionAt, exportedNames } from "./definition.ts";
import { documentOutline } from "./document-outline.ts";
import { fireCounts, whyNot } from "./firings.ts";
import { foldsOf } from "./folding.ts";
import { hoverAt } from "./hover.ts";
import { importedFaults } from "./imported-faults.ts";
import * as protocol from "./protocol.ts";
import { highlightsAt, referencesAt } from "./references.ts";
import { renamableAt, renameAt } from "./rename.ts";
import { semanticTokens } from "./semantic-tokens.ts";
import { signatureAt } from "./signature-help.ts";
import { type Files, openWorkspace } from "./workspace.ts";

/** What the server takes from where it runs. */
export interface ServerHost extends Files {
  /** All checks, away from what answers the editor. */
  readonly deepCheck: (request: DeepRequest) => Promise<DeepResult>;
  /** TypeScript has changed that a deep check may have loaded. */
  readonly forget: () => void;
  /** The path of a model that a setting names. */
  readonly modelPath: (named: string, workspace: string | undefined) => string;
}

/** How long edits are waited for that follow each other at once, and how long the keyboard rests before what takes time begins. */
const millisecondsTogether = 2;
const millisecondsIdle = 400;

export const commands = {
  attachModel: "qcfg.attachModelFile",
  whyNot: "qcfg.explainRule",
} as const;

/** What a deep check said, and of which text. */
interface DeepKnown extends DeepResult {
  readonly text: string;
}

/** Answers an editor until it closes the connection. */
export function serve(connection: Connection, host: ServerHost): void {
  const workspace = openWorkspace(host);
  const documents = new TextDocuments(TextDocument);
  const deep = new Map<string, DeepKnown>();
  const { uriOf } = workspace;
  let client: InitializeParams["capabilities"] = {};
  let folder: string | undefined;
  let model: string | undefined;

  connection.onInitialize((params): InitializeResult => {
    client = params.capabilities;
    folder = params.workspaceFolders?.[0]?.uri ?? params.rootUri ?? undefined;
    attach(params.initializationOptions?.model);
    return { capabilities, serverInfo: { name: "qcfg" } };
  });

  connection.onInitialized(async () => {
    if (client.workspace?.didChangeConfiguration?.dynamicRegistration)
      await connection.client.register(DidChangeConfigurationNotification.type, {
        section: "qcfg",
      });
    if (client.workspace?.configuration) await readSettings();
  });

  connection.onDidChangeConfiguration(async ({ settings }) => {
    if (client.workspace?.configuration) await readSettings();
    else if (settings?.qcfg) attachAgain(settings.qcfg.model);
  });

  async function readSettings(): Promise<void> {
    try {
      const settings = await connection.workspace.getConfiguration("qcfg");
      if (settings && typeof settings.model === "string") attachAgain(settings.model);
    } catch {
      // A client that has no such setting may refuse: then there is none.
    }
  }

  function attach(named: unknown): void {
    const isNamed = typeof named === "string" && named !== "";
    model = isNamed ? host.modelPath(named, folder) : undefined;
  }

  function attachAgain(named: unknown): void {
    const before = model;
    attach(named);
    if (model !== before) lookAgain();
  }

  /** Everything may be different now. */
  function lookAgain(): void {
    workspace.refresh();
    for (const uri of workspace.openUris()) checkLater(uri);
  }

  connection.onDidChangeWatchedFiles(({ changes }) => {
    // A module is loaded once in the life of a thread.
    if (changes.some(({ uri }) => /\.m?ts$/.test(uri))) host.forget();
    lookAgain();
  });

  // Diagnostics: at once what the text says, later what takes time.

  const changed = new Set<string>();
  const waiting = new Set<string>();
  let idle: NodeJS.Timeout | undefined;
  let isChecking = false;

  documents.onDidChangeContent(({ document: { uri } }) => {
    workspace.put(uri, documents.get(uri)!.getText());
    if (changed.size === 0) setTimeout(publishChanged, millisecondsTogether);
    changed.add(uri);
    // What imports the file may be right or wrong now.
    for (const open of workspace.openUris()) checkLater(open);
  });

  documents.onDidClose(({ document: { uri } }) => {
    workspace.close(uri);
    deep.delete(uri);
    void connection.sendDiagnostics({ uri, diagnostics: [] });
    for (const open of workspace.openUris()) checkLater(open);
  });

  function publishChanged(): void {
    const uris = [...changed];
    changed.clear();
    for (const uri of uris) publish(uri);
  }

  function publish(uri: string): void {
    const document = documents.get(uri);
    const analysis = workspace.analysisOf(uri);
    if (document === undefined || analysis === undefined) return;
    const { path } = analysis.source;
    const diagnostics = diagnosticsOf(uri, analysis).map((diagnostic) =>
      protocol.protocolDiagnostic(diagnostic, path, uriOf),
    );
    void connection.sendDiagnostics({ uri, version: document.version, diagnostics });
  }

  function diagnosticsOf(uri: string, analysis: Analysis): readonly Diagnostic[] {
    const known = deep.get(uri);
    const { diagnostics, source } = analysis;
    if (known === undefined) return diagnostics;
    const more = carriedOver(known.diagnostics, known.text, source);
    return [
      ...diagnostics,
      ...more.filter((one) => concerns(one, source.path)),
      ...importedFaults(analysis, known.diagnostics, workspace.resolve),
    ];
  }

  function checkLater(uri: string): void {
    waiting.add(uri);
    clearTimeout(idle);
    idle = setTimeout(() => void checkWaiting(), millisecondsIdle);
  }

  async function checkWaiting(): Promise<void> {
    if (isChecking) return;
    isChecking = true;
    try {
      for (const uri of waiting) {
        waiting.delete(uri);
        await checkDeeply(uri);
      }
      if (client.workspace?.codeLens?.refreshSupport)
        await connection.sendRequest(CodeLensRefreshRequest.type);
    } catch (error) {
      connection.console.error(`internal: ${error instanceof Error ? error.stack : error}`);
    } finally {
      isChecking = false;
    }
  }

  async function checkDeeply(uri: string): Promise<void> {
    const text = documents.get(uri)?.getText();
    if (text === undefined) return;
    const open = [...workspace.openTexts()].map(([path, text]) => ({ path, text }));
    const rules = { path: host.pathOf(uri), text };
    const result = await host.deepCheck({ rules, open, model });
    if (documents.get(uri) === undefined) return;
    // Counts of rules that are at fault for a moment are better than none.
    const firings = result.firings ?? (model === undefined ? undefined : deep.get(uri)?.firings);
    deep.set(uri, { diagnostics: result.diagnostics, text, ...(firings && { firings }) });
    publish(uri);
  }

  function firingsOf(uri: string): Firings | undefined {
    return deep.get(uri)?.firings;
  }

  // Questions about a place in a text.

  /** Answers where the text is open, and with nothing elsewhere. */
  function at<T>(
    { textDocument: { uri }, position }: TextDocumentPositionParams,
    answer: (analysis: Analysis, offset: number, uri: string) => T,
  ): T | null {
    const analysis = workspace.analysisOf(uri);
    const document = documents.get(uri);
    return analysis && document ? answer(analysis, document.offsetAt(position), uri) : null;
  }

  function inText<T>(uri: string, answer: (analysis: Analysis) => T): T | null {
    const analysis = workspace.analysisOf(uri);
    return analysis ? answer(analysis) : null;
  }

  const readImported = (specifier: string, importer: string) =>
    workspace.resolve(specifier, importer)?.text;
  const surroundings = {
    importable: host.importable,
    exportsOf: (specifier: string, importer: string) =>
      exportedNames(readImported(specifier, importer) ?? "").map(({ name }) => name),
  };

  connection.onCompletion((params) =>
    at(params, (analysis, offset) => [
      ...protocol.completionItems(completionsAt(analysis, offset, surroundings)),
    ]),
  );

  connection.onHover((params) =>
    at(params, (analysis, offset, uri) => {
      const found = hoverAt(analysis, offset, readImported);
      if (found === undefined) return null;
      const { source } = analysis;
      const word = source.text.slice(found.span.start, found.span.end);
      const firings = firingsOf(uri);
      const firing = firings && Object.hasOwn(firings.rules, word) ? whyNot(firings, word) : "";
      const text = firing === "" ? found.text : `${found.text}\n\n${firing}`;
      return { contents: protocol.markdown(text), range: protocol.rangeOf(found.span) };
    }),
  );

  connection.onDefinition((params) =>
    at(params, (analysis, offset) => {
      const found = definitionAt(analysis, offset, workspace.resolve);
      if (found === undefined) return null;
      return client.textDocument?.definition?.linkSupport
        ? [protocol.linkOf(found, uriOf)]
        : protocol.locationOf(found, uriOf);
    }),
  );

  connection.onReferences((params) =>
    at(params, (analysis, offset) =>
      referencesAt(analysis, offset, workspace.allAnalyses())
        .filter(({ isDefinition }) => !isDefinition || params.context.includeDeclaration)
        .map(({ span }) => protocol.locationOf(span, uriOf)),
    ),
  );

  connection.onDocumentHighlight((params) =>
    at(params, (analysis, offset) =>
      highlightsAt(analysis, offset).map(protocol.documentHighlight),
    ),
  );

  connection.onPrepareRename((params) =>
    at(params, (analysis, offset) => protocol.rangeOf(accepted(renamableAt(analysis, offset)))),
  );

  connection.onRenameRequest((params) =>
    at(params, (analysis, offset) => {
      const edits = renameAt(analysis, offset, params.newName, workspace.allAnalyses());
      return protocol.workspaceEdit(accepted(edits), uriOf);
    }),
  );

  connection.onSignatureHelp((params) =>
    at(params, (analysis, offset) => {
      const found = signatureAt(analysis, offset, readImported);
      return (
        found && {
          signatures: [protocol.signatureInformation(found)],
          activeSignature: 0,
          activeParameter: found.active,
        }
      );
    }),
  );

  // Questions about a whole text.

  connection.onDocumentSymbol(({ textDocument: { uri } }) =>
    inText(uri, (analysis) => protocol.documentSymbols(documentOutline(analysis))),
  );

  connection.onFoldingRanges(({ textDocument: { uri } }) =>
    inText(uri, (analysis) => foldsOf(analysis).map(protocol.foldingRange)),
  );

  connection.languages.semanticTokens.on(({ textDocument: { uri } }) => {
    const data = inText(uri, (analysis) => protocol.encodedTokens(semanticTokens(analysis)));
    return { data: data ?? [] };
  });

  connection.onDocumentFormatting(({ textDocument: { uri } }) =>
    inText(uri, ({ source, rules }) => {
      const newText = format(rules);
      const range = protocol.rangeOf(source.span(0, source.text.length));
      return newText === source.text ? [] : [{ range, newText }];
    }),
  );

  connection.onCodeAction(({ textDocument: { uri }, range }) =>
    inText(uri, (analysis) => {
      const document = documents.get(uri)!;
      const [start, end] = [document.offsetAt(range.start), document.offsetAt(range.end)];
      const fixes = codeActionsIn(diagnosticsOf(uri, analysis), start, end);
      return [
        ...fixes.map(({ fix, diagnostic, isPreferred }) => ({
          title: fix.title,
          kind: CodeActionKind.QuickFix,
          isPreferred,
          diagnostics: [protocol.protocolDiagnostic(diagnostic, analysis.source.path, uriOf)],
          edit: protocol.workspaceEdit(fix.edits, uriOf),
        })),
        ...whyActions(uri, analysis, start),
      ];
    }),
  );

  function whyActions(uri: string, analysis: Analysis, offset: number) {
    const firings = firingsOf(uri);
    const rule = firings && ruleAround(analysis, firings, offset);
    if (rule === undefined) return [];
    const title = "Why does this rule not fire here?";
    return [{ title, command: { title, command: commands.whyNot, arguments: [uri, rule] } }];
  }

  function ruleAround(analysis: Analysis, firings: Firings, offset: number): string | undefined {
    const counts = fireCounts(analysis, firings);
    return counts.find(({ rule: { span } }) => span.start <= offset && offset <= span.end)?.rule
      .name;
  }

  connection.onCodeLens(({ textDocument: { uri } }) =>
    inText(uri, (analysis) => {
      const firings = firingsOf(uri);
      const counts = firings ? fireCounts(analysis, firings) : [];
      return counts.map(({ rule, title }) => ({
        range: protocol.rangeOf(rule.nameSpan),
        command: { title, command: commands.whyNot, arguments: [uri, rule.name] },
      }));
    }),
  );

  connection.onExecuteCommand(({ command, arguments: given = [] }) => {
    if (command === commands.attachModel) {
      attachAgain(given[0]);
      return model ?? null;
    }
    return command === commands.whyNot ? explainRule(given[0], given[1]) : null;
  });

  /** @param where a rule by name, or a position in it */
  function explainRule(uri: unknown, where: unknown): string {
    const analysis = typeof uri === "string" ? workspace.analysisOf(uri) : undefined;
    const firings = typeof uri === "string" ? firingsOf(uri) : undefined;
    const text =
      analysis === undefined || firings === undefined
        ? model === undefined
          ? "Attach a model first: the setting `qcfg.model` names it."
          : "Nothing is known yet: the rules have errors, or are being tried on the model."
        : explained(uri as string, analysis, firings, where);
    void connection.sendNotification(ShowMessageNotification.type, {
      type: MessageType.Info,
      message: text,
    });
    return text;
  }

  function explained(uri: string, analysis: Analysis, firings: Firings, where: unknown): string {
    if (typeof where === "string") return whyNot(firings, where);
    const position = where as TextDocumentPositionParams["position"];
    const rule = ruleAround(analysis, firings, documents.get(uri)!.offsetAt(position));
    return rule === undefined ? "There is no rule here." : whyNot(firings, rule);
  }

  documents.listen(connection);
  connection.listen();
}

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
  semanticTokensProvider: { legend: protocol.tokenLegend, full: true },
  executeCommandProvider: { commands: Object.values(commands) },
};

/** The answer, or the reason why there is none, which the editor shows. */
function accepted<T extends object>(answer: T | { readonly refused: string }): T {
  if ("refused" in answer)
    throw new ResponseError(ErrorCodes.InvalidRequest, answer.refused as string);
  return answer as T;
}

/** What is said of another file alone is that file's. */
function concerns({ labels }: Diagnostic, path: string): boolean {
  const places = labels.map(({ place }) => place);
  const files = places.filter((place) => "file" in place);
  return files.length === 0 || files.some((place) => place.file.path === path);
}
