import type { ResolveImport } from "../rewrite/load-rules.ts";
import { type Analysis, rulesReader } from "./analysis.ts";

/** The files around a rule file: what the server takes from where it runs. A path names one file, however it was reached. */
export interface Files {
  readonly pathOf: (uri: string) => string;
  readonly uriOf: (path: string) => string;
  /** The path that an import names, whether there is such a file or not. */
  readonly importedPath: (specifier: string, importer: string) => string | undefined;
  /** The text on the disk; `undefined` where there is none that can be read. */
  readonly read: (path: string) => string | undefined;
  /** Rule files in a folder and below; not all where there are too many. */
  readonly ruleFiles: (folder: string) => FoundFiles;
  /** Rule files, TypeScript and folders that an import which begins so may go on to name. */
  readonly importable: (start: string, importer: string) => readonly string[];
}

/** Paths of files, and whether there are no others. */
export interface FoundFiles {
  readonly paths: readonly string[];
  readonly isComplete: boolean;
}

/** The texts that are open in an editor, and the files behind them. */
export interface Workspace {
  /** A text is opened, or changed. */
  readonly put: (uri: string, text: string) => void;
  readonly close: (uri: string) => void;
  /** Files on the disk have changed: what is known of them is forgotten. */
  readonly refresh: () => void;
  readonly openUris: () => readonly string[];
  readonly openTexts: () => ReadonlyMap<string, string>;
  /** `undefined` where the text is not open. */
  readonly analysisOf: (uri: string) => Analysis | undefined;
  /** Of every text that is open, and of all that they import. */
  readonly allAnalyses: () => readonly Analysis[];
  /** The same, and of the files in some folders that have a word in them. */
  readonly analysesWith: (word: string, folders: readonly string[]) => FoundAnalyses;
  readonly resolve: ResolveImport;
  /** As the editor calls the file, if it is open. */
  readonly uriOf: (path: string) => string;
}

/** Analyses of files, and whether all files were looked at. */
export interface FoundAnalyses {
  readonly analyses: readonly Analysis[];
  readonly isComplete: boolean;
}

/** An empty workspace. */
export function openWorkspace(files: Files): Workspace {
  const texts = new Map<string, string>();
  const uris = new Map<string, string>();
  const analyses = new Map<string, Analysis>();
  const read = rulesReader();
  const resolve = resolverOf(texts, files);
  const analyse = (path: string, text: string): Analysis => {
    const known = analyses.get(path) ?? read({ path, text }, resolve);
    analyses.set(path, known);
    return known;
  };
  const analysisOf = (uri: string) => {
    const path = files.pathOf(uri);
    const text = texts.get(path);
    return text === undefined ? undefined : analyse(path, text);
  };
  const allAnalyses = () => {
    const open = [...texts].map(([path, text]) => analyse(path, text));
    const imported = open.flatMap(({ imports }) => imports);
    for (const { file } of imported) analyse(file.path, file.text);
    return [...analyses.values()];
  };
  return {
    put(uri, text) {
      const path = files.pathOf(uri);
      texts.set(path, text);
      uris.set(path, uri);
      analyses.clear();
    },
    close(uri) {
      const path = files.pathOf(uri);
      texts.delete(path);
      uris.delete(path);
      analyses.clear();
    },
    refresh: () => analyses.clear(),
    openUris: () => [...uris.values()],
    openTexts: () => texts,
    analysisOf,
    allAnalyses,
    analysesWith(word, folders) {
      const found = folders.map((uri) => files.ruleFiles(files.pathOf(uri)));
      for (const path of new Set(found.flatMap(({ paths }) => paths))) {
        const text = texts.get(path) ?? files.read(path);
        if (text?.includes(word)) analyse(path, text);
      }
      const isComplete = found.every((one) => one.isComplete);
      return { analyses: allAnalyses(), isComplete };
    },
    resolve,
    uriOf: (path) => uris.get(path) ?? files.uriOf(path),
  };
}

/** Finds imports among the texts that are open, then on the disk. */
export function resolverOf(texts: ReadonlyMap<string, string>, files: Files): ResolveImport {
  return (specifier, importer) => {
    const path = files.importedPath(specifier, importer);
    const text = path === undefined ? undefined : (texts.get(path) ?? files.read(path));
    return path === undefined || text === undefined ? undefined : { path, text };
  };
}
