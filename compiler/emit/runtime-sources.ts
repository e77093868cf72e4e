import { type FunctionDeclaration, Project, type SourceFile, ts } from "ts-morph";

/**
 * Gives the text of a file of `runtime/` by its path from the package's root; where it comes from is the caller's business.
 * The same reader gives the same texts: what is made of them alone is made once.
 */
export type SourceReader = (path: string) => string;

const kernelList = "runtime/reference/index.ts";

/** The sources of the runtime as syntax trees, read when they are first needed. */
export class RuntimeSources {
  readonly #read: SourceReader;
  readonly #project = new Project({
    useInMemoryFileSystem: true,
    compilerOptions: {
      noLib: true,
      allowImportingTsExtensions: true,
      module: ts.ModuleKind.ESNext,
      moduleResolution: ts.ModuleResolutionKind.Bundler,
    },
  });
  /** For each name that the kernel list imports, the file that it comes from. */
  readonly #fileOfKernel: ReadonlyMap<string, string>;

  constructor(read: SourceReader) {
    this.#read = read;
    this.#fileOfKernel = importedNames(this.#project.createSourceFile("list.ts", read(kernelList)));
  }

  kernel(name: string): FunctionDeclaration {
    const file = this.#fileOfKernel.get(name);
    if (file === undefined) throw new Error(`internal: link: no kernel ${name}`);
    return this.exported(resolve(kernelList, file), name);
  }

  exported(path: string, name: string): FunctionDeclaration {
    return this.#file(path).getFunctionOrThrow(name);
  }

  #file(path: string): SourceFile {
    const present = this.#project.getSourceFile(`/${path}`);
    if (present) return present;
    const file = this.#project.createSourceFile(`/${path}`, this.#read(path));
    for (const specifier of specifiers(file)) this.#file(resolve(path, specifier));
    return file;
  }
}

function specifiers(file: SourceFile): readonly string[] {
  return file
    .getImportDeclarations()
    .map((declaration) => declaration.getModuleSpecifierValue())
    .filter((specifier) => specifier.startsWith("."));
}

function importedNames(file: SourceFile): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  for (const declaration of file.getImportDeclarations()) {
    for (const name of declaration.getNamedImports())
      names.set(name.getName(), declaration.getModuleSpecifierValue());
  }
  return names;
}

/** A relative specifier seen from the file at `from`. */
function resolve(from: string, specifier: string): string {
  const parts = from.split("/").slice(0, -1);
  for (const part of specifier.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== ".") parts.push(part);
  }
  return parts.join("/");
}
