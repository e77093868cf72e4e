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

/** Reads `runtime/simd/index.ts` and all that it imports. What a kernel takes is read when it is asked for. */
export function readSimdSources(read: SourceReader): SimdSources {
  const files = new Map<string, string>();
  const add = (path: string): void => {
    if (files.has(path)) return;
    files.set(path, read(path));
    for (const imported of importsOf(files.get(path)!)) add(imported);
  };
  add(`${simdFolder}/memory.ts`);
  add(`${simdFolder}/index.ts`);
  const kernels = new Map<string, SimdKernel>();
  for (const [, names, file] of files.get(`${simdFolder}/index.ts`)!.matchAll(exportLists)) {
    const path = `${simdFolder}/${file}.ts`;
    for (const name of namesIn(names!))
      kernels.set(
        name,
        lazily(`${simdFolder}/${file}`, () => kernelOf(files.get(path)!, name)),
      );
  }
  return { files, kernels };
}

const exportLists = /^export \{([^}]*)\} from "\.\/([\w-]+)"/gm;

function importsOf(text: string): readonly string[] {
  const found = text.matchAll(/^(?:import|export|\}) [^;]*?from "\.\/([\w-]+)"/gm);
  return [...found].map(([, name]) => `${simdFolder}/${name}.ts`);
}

/** Whether programs of these kernels can differ between the families: some file that they reach asks for the feature. */
export function dependsOnFamily({ files, kernels }: SimdSources, used: readonly string[]): boolean {
  const reached = new Set(used.map((name) => `${kernels.get(name)!.file}.ts`));
  for (const path of reached) {
    const text = files.get(path)!;
    if (text.includes("ASC_FEATURE_RELAXED_SIMD")) return true;
    for (const imported of importsOf(text)) reached.add(imported);
  }
  return false;
}

type Signature = Omit<SimdKernel, "file">;

function lazily(file: string, read: () => Signature): SimdKernel {
  let known: Signature | undefined;
  const signature = () => (known ??= read());
  return {
    file,
    get parameters() {
      return signature().parameters;
    },
    get typeParameters() {
      return signature().typeParameters;
    },
    get elements() {
      return signature().elements;
    },
  };
}

/** What `export function name<T>(a: Pointer<T>, n: i32): void {` takes. */
function kernelOf(source: string, name: string): Signature {
  const declaration = new RegExp(
    `^export function ${name}(?:<([\\w\\s,]*)>)?\\(([^()]*)\\): void \\{`,
    "m",
  ).exec(source);
  if (declaration === null) throw new Error(`internal: no SIMD kernel ${name}`);
  const [, typeParameters = "", list = ""] = declaration;
  const elements: string[] = [];
  const parameters = namesIn(list.replaceAll(/\/\/.*|\/\*[\s\S]*?\*\//g, "")).map(
    (parameter): ParameterType => {
      const type = parameter.replace(/^\w+: /, "");
      const element = /^Pointer<(\w+)>$/.exec(type)?.[1];
      if (element !== undefined) {
        elements.push(element);
        return "pointer";
      }
      if (type === "i32" || type === "f32" || type === "f64") return type;
      throw new Error(`internal: SIMD kernel ${name}: a parameter of type ${type}`);
    },
  );
  return { parameters, typeParameters: namesIn(typeParameters), elements };
}

/** The parts of a list with commas, which may end with one. */
function namesIn(list: string): readonly string[] {
  return list
    .split(",")
    .map((each) => each.trim())
    .filter(Boolean);
}
