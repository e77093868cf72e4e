import type { Diagnostic } from "../../grammar/source/diagnostic.ts";
import type { Analysis } from "./analysis.ts";
import { carriedOver } from "./carried-over.ts";
import type { DeepRequest, DeepResult, Firings } from "./deep-check.ts";
import { importedFaults } from "./imported-faults.ts";
import type { Workspace } from "./workspace.ts";

/** What the checks of open texts need. */
export interface ChecksOptions {
  readonly workspace: Workspace;
  /** All checks, away from what answers the editor. */
  readonly deepCheck: (request: DeepRequest) => Promise<DeepResult>;
  readonly pathOf: (uri: string) => string;
  /** The model that rules are for, at the moment. */
  readonly model: () => string | undefined;
  readonly publish: (uri: string, path: string, diagnostics: readonly Diagnostic[]) => void;
  /** What is known of a model has changed. */
  readonly refresh: () => void;
  /** A bug of ours, which must not end the server. */
  readonly failed: (error: unknown) => void;
}

/** Diagnostics of the texts that are open: at once what the text says, and when the keyboard rests what takes time. */
export interface Checks {
  readonly changed: (uri: string) => void;
  readonly closed: (uri: string) => void;
  /** Something around the texts has changed. */
  readonly lookAgain: () => void;
  readonly diagnosticsOf: (uri: string, analysis: Analysis) => readonly Diagnostic[];
  /** Absent without a model, and before its rules were tried on it. */
  readonly firingsOf: (uri: string) => Firings | undefined;
}

/** How long edits are waited for that follow each other at once, and how long the keyboard rests before what takes time begins. */
const millisecondsTogether = 2;
const millisecondsIdle = 400;

/** What a deep check said, and of which text. */
interface DeepKnown extends DeepResult {
  readonly text: string;
}

/** Checks that have not begun. */
export function startChecks(options: ChecksOptions): Checks {
  const { workspace, failed } = options;
  const known = new Map<string, DeepKnown>();
  const changed = new Set<string>();
  const waiting = new Set<string>();
  let idle: NodeJS.Timeout | undefined;
  let isChecking = false;

  function diagnosticsOf(uri: string, analysis: Analysis): readonly Diagnostic[] {
    const deep = known.get(uri);
    const { diagnostics, source } = analysis;
    if (deep === undefined) return diagnostics;
    const more = carriedOver(deep.diagnostics, deep.text, source);
    return [
      ...diagnostics,
      ...more.filter((one) => concerns(one, source.path)),
      ...importedFaults(analysis, deep.diagnostics, workspace.resolve),
    ];
  }

  function publish(uri: string): void {
    const analysis = workspace.analysisOf(uri);
    if (analysis) options.publish(uri, analysis.source.path, diagnosticsOf(uri, analysis));
  }

  function publishChanged(): void {
    const uris = [...changed];
    changed.clear();
    try {
      for (const uri of uris) publish(uri);
    } catch (error) {
      failed(error);
    }
  }

  function lookAgain(): void {
    for (const uri of workspace.openUris()) waiting.add(uri);
    clearTimeout(idle);
    idle = setTimeout(() => void checkWaiting(), millisecondsIdle);
  }

  async function checkWaiting(): Promise<void> {
    // What is added meanwhile is met by the loop that runs.
    if (isChecking) return;
    isChecking = true;
    for (const uri of waiting) {
      waiting.delete(uri);
      await checkDeeply(uri).catch(failed);
    }
    isChecking = false;
    options.refresh();
  }

  async function checkDeeply(uri: string): Promise<void> {
    const path = options.pathOf(uri);
    const text = workspace.openTexts().get(path);
    if (text === undefined) return;
    const open = [...workspace.openTexts()].map(([path, text]) => ({ path, text }));
    const model = options.model();
    const result = await options.deepCheck({ rules: { path, text }, open, model });
    if (!workspace.openTexts().has(path)) return;
    // Counts of rules that are at fault for a moment are better than none.
    const last = known.get(uri)?.firings;
    const isKept = last?.model === model && !result.isModelLost;
    const firings = result.firings ?? (isKept ? last : undefined);
    known.set(uri, { diagnostics: result.diagnostics, text, ...(firings && { firings }) });
    publish(uri);
  }

  return {
    changed(uri) {
      if (changed.size === 0) setTimeout(publishChanged, millisecondsTogether);
      changed.add(uri);
      // What imports the file may be right or wrong now.
      lookAgain();
    },
    closed(uri) {
      known.delete(uri);
      lookAgain();
    },
    lookAgain,
    diagnosticsOf,
    firingsOf: (uri) => known.get(uri)?.firings,
  };
}

/** What is said of another file alone is that file's. */
function concerns({ labels }: Diagnostic, path: string): boolean {
  const files = labels.map(({ place }) => place).filter((place) => "file" in place);
  return files.length === 0 || files.some((place) => place.file.path === path);
}
