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
  /** Rule files, TypeScript and folders that an import which begins so may go on to name. */
  readonly importable: (start: string, importer: string) => readonly string[];
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
  readonly resolve: ResolveImport;
  /** As the editor calls the file, if it is open. */
  readonly uriOf: (path: string) => string;
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
    allAnalyses() {
      const open = [...texts].map(([path, text]) => analyse(path, text));
      const imported = open.flatMap(({ imports }) => imports);
      for (const { file } of imported) analyse(file.path, file.text);
      return [...analyses.values()];
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
