import { Project, type SourceFile } from "ts-morph";
import type { AssemblyFiles } from "./assemble.ts";
import type { SourceReader } from "./runtime-sources.ts";

/** The type of a kernel's parameter: a place in memory, or a number. */
export type ParameterType = "pointer" | "i32" | "f32" | "f64";

export const simdFolder = "runtime/simd";

/** Where a kernel is, without the ending, and what it takes. */
export interface SimdKernel {
  readonly file: string;
  readonly parameters: readonly ParameterType[];
  /** Names of its type parameters. */
  readonly typeParameters: readonly string[];
  /** For each place in memory that it takes, what lies there: `f32`, or one of the type parameters. */
  readonly elements: readonly string[];
}

/** The sources of the SIMD kernels: their texts for the assembler, and what can be called with what. */
export interface SimdSources {
  readonly files: AssemblyFiles;
  /** Every kernel by its name. One that is not here is not in the family. */
  readonly kernels: ReadonlyMap<string, SimdKernel>;
}

/** Reads `runtime/simd/index.ts` and all that it imports. */
export function readSimdSources(read: SourceReader): SimdSources {
  const project = new Project({ useInMemoryFileSystem: true, compilerOptions: { noLib: true } });
  const files = new Map<string, string>();
  const add = (name: string): SourceFile => {
    const path = `${simdFolder}/${name}.ts`;
    const known = project.getSourceFile(`/${path}`);
    if (known) return known;
    const text = read(path);
    files.set(path, text);
    const file = project.createSourceFile(`/${path}`, text);
    for (const statement of [...file.getImportDeclarations(), ...file.getExportDeclarations()]) {
      const specifier = statement.getModuleSpecifierValue();
      if (specifier !== undefined) add(specifier.slice("./".length));
    }
    return file;
  };
  const kernels = new Map<string, SimdKernel>();
  add("memory");
  for (const list of add("index").getExportDeclarations()) {
    const name = list.getModuleSpecifierValue()!.slice("./".length);
    const source = add(name);
    const file = `${simdFolder}/${name}`;
    for (const kernel of list.getNamedExports().map((each) => each.getName()))
      kernels.set(kernel, kernelOf(source, file, kernel));
  }
  return { files, kernels };
}

function kernelOf(source: SourceFile, file: string, name: string): SimdKernel {
  const declaration = source.getFunctionOrThrow(name);
  const elements: string[] = [];
  const parameters = declaration.getParameters().map((parameter): ParameterType => {
    const type = parameter.getTypeNodeOrThrow().getText();
    const element = /^Pointer<(\w+)>$/.exec(type)?.[1];
    if (element !== undefined) {
      elements.push(element);
      return "pointer";
    }
    if (type === "i32" || type === "f32" || type === "f64") return type;
    throw new Error(`internal: SIMD kernel ${name}: a parameter of type ${type}`);
  });
  const typeParameters = declaration.getTypeParameters().map((each) => each.getName());
  return { file, parameters, typeParameters, elements };
}
