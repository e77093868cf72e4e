import { Project, ts } from "ts-morph";
import type { Name, RuleFile } from "../../grammar/ast.ts";
import { closest } from "../../grammar/check/closest.ts";
import type { Diagnostic, Label } from "../../grammar/source/diagnostic.ts";
import { SourceFile, type Span } from "../../grammar/source/source-file.ts";
import type { FileModule, TypeScriptSources } from "./check-typescript.ts";
import { moduleFails, typeScriptSays, unknownExport } from "./diagnostics.ts";
import { typeScriptImports } from "./load-modules.ts";
import type { TypeModule } from "./type-module.ts";

/** What TypeScript has against modules that stand for rule files, as faults of these. */
export function diagnoseModules(
  modules: readonly FileModule[],
  sources: Omit<TypeScriptSources, "diagnose">,
): readonly Diagnostic[] {
  const project = new Project({ useInMemoryFileSystem: true, compilerOptions });
  project.compilerOptions.set({ paths: { "qcfg/config": [sources.configDoor] } });
  for (const { module, path } of modules) project.createSourceFile(path, module.text);
  addImported(
    project,
    modules.map(({ path }) => path),
    sources,
  );
  return modules.flatMap(({ file, module, path }) => {
    const { readable, diagnostics } = readableOf(project, module, path);
    return [
      ...unreadableImports(project, file, path),
      ...[...diagnostics, ...diagnosticsOf(project, file, readable, path)].sort(
        (a, b) => startOf(a) - startOf(b),
      ),
    ];
  });
}

/** A module without each `ts{ … }` that is no expression, of which the first fault is told. */
function readableOf(
  project: Project,
  module: TypeModule,
  path: string,
): { readonly readable: TypeModule; readonly diagnostics: readonly Diagnostic[] } {
  const source = project.getSourceFileOrThrow(path);
  if (project.getProgram().getSyntacticDiagnostics(source).length === 0)
    return { readable: module, diagnostics: [] };
  const faults = new Map(
    module.inline.flatMap((one) => {
      const [fault] = syntaxFaults(`(${one.text}\n)`);
      return fault === undefined ? [] : [[one, noExpression(one.span, fault)] as const];
    }),
  );
  const readable = module.without(new Set(faults.keys()));
  project.createSourceFile(path, readable.text, { overwrite: true });
  return { readable, diagnostics: [...faults.values()] };
}

function syntaxFaults(text: string): readonly ts.Diagnostic[] {
  return ts.transpileModule(text, { reportDiagnostics: true, compilerOptions }).diagnostics ?? [];
}

/** TypeScript's fault of an expression in parentheses, at its place; at all of it where it ends too early. */
function noExpression(span: Span, { start = 0, length = 1, code, messageText }: ts.Diagnostic) {
  const from = span.start + start - 1;
  const isInside = start > 0 && from < span.end;
  return typeScriptSays({
    message: sentenceOf(messageText),
    code,
    span: isInside ? span.file.span(from, Math.min(span.end, from + length)) : span,
    help: "`ts{ … }` holds one expression",
  });
}

/** Imported files that cannot be read; what else is wrong inside of them is not ours to say. */
function unreadableImports(project: Project, file: RuleFile, path: string): readonly Diagnostic[] {
  return typeScriptImports(file).flatMap(({ from }): readonly Diagnostic[] => {
    const candidates = candidatesOf(resolved(from.text, path));
    const source = candidates.flatMap((name) => project.getSourceFile(name) ?? [])[0];
    const [fault] = source ? project.getProgram().getSyntacticDiagnostics(source) : [];
    if (!source || !fault) return [];
    const { start = 0, length = 1, messageText } = fault.compilerObject;
    const text = new SourceFile(source.getFilePath(), source.getFullText());
    const place = text.span(start, start + length);
    return [moduleFails(from, sentenceOf(messageText), { place, text: "found here" })];
  });
}

const compilerOptions: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2023,
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  lib: ["lib.es2023.d.ts"],
  types: [],
  strict: true,
  noEmit: true,
  allowImportingTsExtensions: true,
  skipLibCheck: true,
};

/** Adds all that some modules reach; what is not found TypeScript itself reports. */
function addImported(
  project: Project,
  roots: readonly string[],
  { read, configDoor }: Omit<TypeScriptSources, "diagnose">,
): void {
  const open = [...roots];
  const add = (candidates: readonly string[]) => {
    for (const path of candidates) {
      if (project.getSourceFile(path)) return;
      const text = read(path);
      if (text === undefined) continue;
      project.createSourceFile(path, text);
      open.push(path);
      return;
    }
  };
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    const text = project.getSourceFileOrThrow(path).getFullText();
    for (const { fileName } of ts.preProcessFile(text, true, true).importedFiles) {
      if (fileName === "qcfg/config") add([configDoor]);
      else if (/^\.\.?\//.test(fileName)) add(candidatesOf(resolved(fileName, path)));
    }
  }
}

function resolved(specifier: string, importer: string): string {
  return decodeURIComponent(new URL(specifier, `file://${encodeURI(importer)}`).pathname);
}

/** What TypeScript itself would look for. */
function candidatesOf(path: string): readonly string[] {
  const bare = path.replace(/\.[mc]?[jt]s$/, "");
  return [path, `${bare}.ts`, `${bare}.d.ts`, `${path}.ts`, `${path}.d.ts`, `${path}/index.ts`];
}

function diagnosticsOf(
  project: Project,
  file: RuleFile,
  module: TypeModule,
  path: string,
): readonly Diagnostic[] {
  const source = project.getSourceFileOrThrow(path);
  const program = project.getProgram();
  // What cannot be read means nothing, so that whatever else is said of it is noise.
  const unread = program.getSyntacticDiagnostics(source);
  const found = unread.length > 0 ? unread : program.getSemanticDiagnostics(source);
  const told = new Map<string, Diagnostic>();
  for (const { compilerObject: fault } of found) {
    const { start = 0, length = 1 } = fault;
    const origin =
      module.originAt(start, length) ??
      (unread.length > 0 ? module.originBefore(start) : undefined);
    // Faults of modules that are not there have been told.
    if (origin === undefined || fault.code === 2307) continue;
    const { span, callee } = origin;
    const isUnknown = fault.code === 2305 || fault.code === 2724 || fault.code === 2614;
    const diagnostic = isUnknown
      ? unknownName(project, file, path, { text: callee ?? "", span })
      : typeScriptSays({
          message: sentenceOf(fault.messageText),
          code: fault.code,
          span,
          declared: callee === undefined ? undefined : declarationOf(project, path, callee),
        });
    const key = `${span.start} ${diagnostic.message}`;
    if (!told.has(key)) told.set(key, diagnostic);
  }
  return [...told.values()];
}

function startOf({ labels: [label] }: Diagnostic): number {
  return label && "start" in label.place ? label.place.start : 0;
}

/** TypeScript's sentence as a message of ours. */
function sentenceOf(text: string | ts.DiagnosticMessageChain): string {
  const [line = ""] = ts.flattenDiagnosticMessageText(text, "\n").split("\n");
  const sentence = line.replace(/\.$/, "").replaceAll(/'([^']*)'/g, "`$1`");
  return sentence.charAt(0).toLowerCase() + sentence.slice(1);
}

function unknownName(project: Project, file: RuleFile, path: string, name: Name): Diagnostic {
  const item = typeScriptImports(file).find(({ names }) =>
    names.some(({ span }) => span.start === name.span.start),
  );
  const declaration = project
    .getSourceFileOrThrow(path)
    .getImportDeclarations()
    .find((one) => one.getModuleSpecifierValue() === item?.from.text);
  const exports =
    declaration?.getModuleSpecifierSourceFile()?.getExportedDeclarations() ?? new Map();
  const exported = [...exports.keys()];
  const similar = closest(name.text, exported);
  return unknownExport(name, item?.from.text ?? "", exported, similar);
}

/** Where an imported name is declared. */
function declarationOf(project: Project, path: string, name: string): Label | undefined {
  const imported = project
    .getSourceFileOrThrow(path)
    .getImportDeclarations()
    .flatMap((declaration) => declaration.getNamedImports())
    .find((one) => one.getName() === name);
  const symbol = imported?.getNameNode().getSymbol()?.getAliasedSymbol();
  const [declaration] = symbol?.getDeclarations() ?? [];
  if (declaration === undefined) return undefined;
  const source = declaration.getSourceFile();
  const text = source.getFullText();
  const start = declaration.getStart();
  const end = text.indexOf("\n", start);
  const line = text.slice(start, end < 0 ? text.length : end).replace(/\s*\{?\s*$/, "");
  const file = new SourceFile(source.getFilePath(), text);
  return { place: file.span(start, start + line.length), text: "declared here" };
}
