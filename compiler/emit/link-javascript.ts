import { Node, Project, type SourceFile, ts } from "ts-morph";
import { UniqueNames } from "../ir/unique-names.ts";
import { entryOf } from "./loader-entry.ts";
import { RuntimeSources, type SourceReader } from "./runtime-sources.ts";

/** A top-level function, class or variable statement of the runtime. */
type Declaration = Node;

/** A function of the runtime: the file and its name there. */
type RuntimeFunction = readonly [path: string, name: string];

/**
 * `model.js` of a program on the reference kernels. Kernels are pure and stand at the top level; the program is
 * instantiated once per load.
 */
export function linkJavaScript(parts: {
  /** The program as `emitProgram` made it. */
  readonly program: string;
  readonly kernels: readonly string[];
  readonly readSource: SourceReader;
  /** The fields of `ProgramDescription` other than `instantiate`. */
  readonly description: object;
}): string {
  const loader: RuntimeFunction = ["runtime/load.ts", "loadProgram"];
  const program = `const program = { ...${JSON.stringify(parts.description)}, instantiate };`;
  return (
    linkRuntime(parts.readSource, parts.kernels, loader) +
    entryOf(loader[1], [transpile(instantiateFunction(parts.program)), program])
  );
}

/** The runtime of programs in WebAssembly, which is the same for all. */
export function linkedLoader(readSource: SourceReader): string {
  const linked = linkedLoaders.get(readSource) ?? linkRuntime(readSource, [], webAssemblyLoader);
  linkedLoaders.set(readSource, linked);
  return linked;
}

const webAssemblyLoader: RuntimeFunction = ["runtime/load-webassembly.ts", "loadWebAssembly"];

/** By the sources that they were linked from. */
const linkedLoaders = new WeakMap<SourceReader, string>();

/** The kernels, the loader and all that they call, without imports: what is not called is not shipped. */
function linkRuntime(
  readSource: SourceReader,
  kernels: readonly string[],
  [path, loader]: RuntimeFunction,
): string {
  const runtime = new RuntimeSources(readSource);
  const roots = [
    ...kernels.map((name) => runtime.kernel(name)),
    runtime.exported(path, loader),
  ] satisfies Declaration[];
  const reached = reach(roots);
  const names = nameDeclarations([...new Set([...roots, ...reached])]);
  return transpile(reached.map(printDeclaration(names)).join("\n"));
}

/** A part of a module without its types. */
function transpile(text: string): string {
  const { outputText } = ts.transpileModule(text, {
    compilerOptions: {
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.ESNext,
      // Modules are strict; a part that exports nothing is not seen to belong to one.
      alwaysStrict: false,
    },
  });
  return outputText;
}

/** The declarations that the roots use, directly or not, used ones first. */
function reach(roots: readonly Declaration[]): readonly Declaration[] {
  const reached = new Set<Declaration>();
  const open = new Set<Declaration>();
  const visit = (declaration: Declaration): void => {
    if (reached.has(declaration) || open.has(declaration)) return;
    open.add(declaration);
    for (const { target } of references(declaration)) visit(target);
    reached.add(declaration);
  };
  roots.forEach(visit);
  return [...reached];
}

/** Where a declaration names a top-level value of the runtime, itself too; types are not values and are left out. */
function references(
  declaration: Declaration,
): readonly { identifier: Node; target: Declaration }[] {
  const names = namesAtTop(declaration.getSourceFile());
  const found: { identifier: Node; target: Declaration }[] = [];
  declaration.forEachDescendant((node) => {
    // Only what may be one is looked up: a symbol takes as long as hundreds of names, that of a property a type as well.
    if (!Node.isIdentifier(node) || !names.has(node.getText()) || isProperty(node)) return;
    const symbol = node.getSymbol();
    for (const target of (symbol?.getAliasedSymbol() ?? symbol)?.getDeclarations() ?? []) {
      const top = topLevelValue(target);
      if (top) found.push({ identifier: node, target: top });
    }
  });
  return found;
}

/** The names that a file declares or imports. */
function namesAtTop(file: SourceFile): ReadonlySet<string> {
  return new Set([
    ...file.getFunctions().map((each) => each.getName()!),
    ...file.getClasses().map((each) => each.getName()!),
    ...file.getVariableDeclarations().map((each) => each.getName()),
    ...file
      .getImportDeclarations()
      .flatMap((each) => each.getNamedImports())
      .map((each) => each.getAliasNode()?.getText() ?? each.getName()),
  ]);
}

/** Whether an identifier is `b` of `a.b`. */
function isProperty(node: Node): boolean {
  const parent = node.getParent();
  return Node.isPropertyAccessExpression(parent) && parent.getNameNode() === node;
}

function topLevelValue(node: Node): Declaration | undefined {
  if (Node.isFunctionDeclaration(node) || Node.isClassDeclaration(node)) {
    return Node.isSourceFile(node.getParent()) ? node : undefined;
  }
  const statement = Node.isVariableDeclaration(node) ? node.getVariableStatement() : undefined;
  return statement && Node.isSourceFile(statement.getParent()) ? statement : undefined;
}

function nameOf(declaration: Declaration): string {
  if (Node.isVariableStatement(declaration)) return declaration.getDeclarations()[0]!.getName();
  if (Node.isFunctionDeclaration(declaration) || Node.isClassDeclaration(declaration))
    return declaration.getName()!;
  throw new Error(`internal: link: ${declaration.getKindName()} has no name`);
}

/** Unique names, the first of equals unchanged: files may well have private functions that are called like a kernel. */
function nameDeclarations(declarations: readonly Declaration[]): ReadonlyMap<Declaration, string> {
  const taken = new UniqueNames(["program", "inputs", "outputs", "load", "instantiate"]);
  return new Map(declarations.map((found) => [found, taken.take(nameOf(found))] as const));
}

/** The text of a declaration under the new names, without `export` and documentation. */
function printDeclaration(
  names: ReadonlyMap<Declaration, string>,
): (declaration: Declaration) => string {
  return (declaration) => {
    const start = declaration.getStart();
    const edits = references(declaration).map(({ identifier, target }) => ({
      identifier,
      name: names.get(target)!,
    }));
    let text = declaration.getText();
    for (const { identifier, name } of edits.sort(
      (a, b) => b.identifier.getStart() - a.identifier.getStart(),
    )) {
      const from = identifier.getStart() - start;
      text = text.slice(0, from) + name + text.slice(from + identifier.getText().length);
    }
    return text.replace(/^export /, "");
  };
}

/** The statements of the program inside one function of its memory. */
function instantiateFunction(text: string): string {
  const program = new Project({ useInMemoryFileSystem: true }).createSourceFile("program.ts", text);
  const views = program.getImportDeclarationOrThrow("./memory.ts").getNamedImports();
  const body = program
    .getStatements()
    .filter((statement) => !Node.isImportDeclaration(statement))
    .map((statement) => statement.getText(true).replace(/^export /m, ""));
  return [
    "function instantiate(memory: ArrayBuffer) {",
    ...views.map((view) => viewFunction(view.getName())),
    ...body,
    "return { run, inputs, outputs };",
    "}",
  ].join("\n");
}

function viewFunction(name: string): string {
  const array = `${name[0]!.toUpperCase()}${name.slice(1)}Array`;
  return `const ${name} = (offset: number, length: number) => new ${array}(memory, offset, length);`;
}
