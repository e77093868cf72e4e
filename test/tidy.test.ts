import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { ops } from "../compiler/ops/index.ts";
import { kernels } from "../runtime/reference/index.ts";

/** The architecture as tests: what ARCHITECTURE.md calls invariants and a machine can check. */

const root = resolve(import.meta.dirname, "..");

/** For each layer, the layers that it may import. `grammar` and `runtime` are leaves. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  grammar: [],
  runtime: [],
  "compiler/ir": ["grammar"],
  "compiler/ops": ["runtime", "compiler/ir"],
  "compiler/frontends": ["grammar", "runtime", "compiler/ir", "compiler/ops"],
  "compiler/config": ["grammar", "compiler/ir"],
  "compiler/literal": ["grammar", "compiler/ir"],
  "compiler/rewrite": ["grammar", "runtime", "compiler/ir", "compiler/config"],
  "compiler/calibrate": ["grammar", "runtime", "compiler/ir"],
  "compiler/quantize": [
    "grammar",
    "runtime",
    "compiler/ir",
    "compiler/config",
    "compiler/rewrite",
    "compiler/calibrate",
  ],
  "compiler/generate": ["grammar", "compiler/ir", "compiler/config", "compiler/rewrite"],
  "compiler/analyses": [
    "grammar",
    "compiler/ir",
    "compiler/rewrite",
    "compiler/generate",
    "compiler/quantize",
  ],
  "compiler/lower": ["runtime", "compiler/ir"],
  "compiler/emit": ["grammar", "runtime", "compiler/ir", "compiler/lower"],
  "compiler/backends": ["grammar", "runtime", "compiler/ir", "compiler/ops"],
};
const below = Object.keys(mayImport);
/** The pipeline sees everything below it, `compile` the pipeline, the public door both, the command line everything. */
const top: Readonly<Record<string, readonly string[]>> = {
  "compiler/pipeline.ts": below,
  "compiler/listener.ts": ["grammar"],
  "compiler/diagnostics.ts": ["grammar"],
  "compiler/explanations": ["grammar"],
  "compiler/explain": [...below, "compiler/pipeline.ts"],
  "compiler/testing": below,
  "compiler/compile.ts": [
    ...below,
    ...["compiler/pipeline.ts", "compiler/listener.ts", "compiler/diagnostics.ts"],
    "compiler/explain",
  ],
  "compiler/language-server": [
    ...below,
    ...["compiler/pipeline.ts", "compiler/explain", "compiler/compile.ts"],
  ],
  "compiler/index.ts": [
    ...below,
    "compiler/pipeline.ts",
    "compiler/compile.ts",
    "compiler/explain",
  ],
  "compiler/cli": [
    ...below,
    ...["compiler/pipeline.ts", "compiler/compile.ts", "compiler/index.ts", "compiler/listener.ts"],
    ...["compiler/testing", "compiler/explain", "compiler/explanations"],
    "compiler/language-server",
  ],
};

/** Packages that only some places may import. */
const packageHomes: Readonly<Record<string, readonly string[]>> = {
  chevrotain: ["grammar"],
  "ts-morph": ["compiler/emit", "compiler/config"],
  assemblyscript: ["compiler/emit"],
  "onnx-buf": ["compiler/frontends/onnx", "compiler/backends/onnx"],
  "@bufbuild/protobuf": ["compiler/frontends/onnx", "compiler/backends/onnx"],
  flatbuffers: ["compiler/frontends/tflite"],
  npyjs: ["compiler/cli"],
  fflate: ["compiler/cli"],
  commander: ["compiler/cli"],
  "fast-check": ["compiler/testing"],
  "@dagrejs/dagre": ["compiler/cli/explain"],
  "vscode-languageserver": ["compiler/language-server"],
  "vscode-languageserver/node": ["compiler/cli"],
  "vscode-languageserver-textdocument": ["compiler/language-server"],
};

interface Import {
  readonly from: string;
  readonly to: string;
  readonly typeOnly: boolean;
}

const kernelNames = Object.keys(kernels);
const files = ["grammar", "compiler", "runtime"].flatMap((folder) =>
  sourceFiles(join(root, folder)),
);
const imports = files.flatMap(importsOf);

describe("dependency direction", () => {
  it("has a layer for every file", () => {
    expect(files.filter((file) => layerOf(file) === undefined)).toEqual([]);
  });

  it("imports only what the table allows", () => {
    const breaches = imports.filter(({ from, to }) => {
      if (!isOurs(to)) return false;
      const layer = layerOf(from)!;
      const target = layerOf(to)!;
      return layer !== target && !({ ...mayImport, ...top }[layer] ?? []).includes(target);
    });
    expect(breaches.map(({ from, to }) => `${from} -> ${to}`)).toEqual([]);
  });

  it("imports packages only where they are at home", () => {
    const breaches = imports.filter(({ from, to }) => {
      const home = packageHomes[to];
      return home !== undefined && !home.some((folder) => from.startsWith(`${folder}/`));
    });
    expect(breaches.map(({ from, to }) => `${from} -> ${to}`)).toEqual([]);
  });

  it("touches node: modules only in the command line and the loader", () => {
    const breaches = imports.filter(
      ({ from, to }) =>
        to.startsWith("node:") && !from.startsWith("compiler/cli/") && from !== "runtime/files.ts",
    );
    expect(breaches.map(({ from, to }) => `${from} -> ${to}`)).toEqual([]);
  });

  it("has no cycle of value imports", () => {
    expect(
      findCycle(imports.filter(({ to, typeOnly }) => isOurs(to) && !typeOnly)),
    ).toBeUndefined();
  });

  it("has no barrels: an index.ts is a public door or a list", () => {
    const doors = [
      ...["grammar/index.ts", "compiler/config/index.ts", "compiler/index.ts"],
      ...["compiler/testing/index.ts", "runtime/index.ts"],
    ];
    const lists = ["compiler/ops/index.ts", "runtime/reference/index.ts", "runtime/simd/index.ts"];
    expect(files.filter((file) => file.endsWith("/index.ts")).toSorted()).toEqual(
      [...doors, ...lists].toSorted(),
    );
  });
});

describe("source files", () => {
  it("are named in kebab case", () => {
    expect(
      files.filter((file) => !/^[a-z0-9-]+(\.generated|\.d)?\.ts$/.test(file.split("/").at(-1)!)),
    ).toEqual([]);
  });

  it("export by name only", () => {
    expect(files.filter((file) => /^export default /m.test(read(file)))).toEqual([]);
  });

  it("read the environment nowhere but at the door of the command line", () => {
    const breaches = files.filter(
      (file) => /process\.env/.test(code(read(file))) && file !== "compiler/cli/main.ts",
    );
    expect(breaches).toEqual([]);
  });

  it("give each diagnostic a code of its own", () => {
    const codes = files.flatMap((file) =>
      [...read(file).matchAll(/code: "(QC\d+)"/g)].map(([, found]) => found!),
    );
    expect(codes.filter((found, i) => codes.indexOf(found) !== i)).toEqual([]);
  });

  it("have no leftovers", () => {
    expect(files.filter((file) => /\b(TODO|FIXME|XXX|HACK)\b/.test(read(file)))).toEqual([]);
  });

  it("document the functions and classes that they export", () => {
    // An op documents itself in a field, a command for its help, a diagnostic in the long form of its code.
    const elsewhere = /^compiler\/(ops|cli)\/|\/diagnostics\.ts$/;
    const bare = files
      .filter((file) => !elsewhere.test(file))
      .flatMap((file) => undocumented(read(file)).map((name) => `${file}: ${name}`));
    expect(bare).toEqual([]);
  });

  it("use the words of the field and not filler names", () => {
    const filler = /(^|[-/])(utils?|helpers?|manager|common|misc)([-./]|$)/;
    expect(files.filter((file) => filler.test(file))).toEqual([]);
  });
});

describe("an op", () => {
  const mentions = files.filter((file) => !file.startsWith("compiler/rules/"));

  it.each([...ops.keys()].filter((name) => !["Input", "Constant"].includes(name)))(
    "%s is defined in one place",
    (name) => {
      const defining = mentions.filter(
        (file) =>
          new RegExp(`name: "${name}"`).test(read(file)) ||
          new RegExp(`^export const ${name}\\b`, "m").test(read(file)),
      );
      expect(defining).toHaveLength(1);
    },
  );

  it("touches at most four files: its definition, one file of kernels of its own, and the two lists", () => {
    const definitions = imports
      .filter(({ from }) => from === "compiler/ops/index.ts")
      .map(({ to }) => to);
    const kernelFile = new Map(
      imports
        .filter(({ from }) => from === "runtime/reference/index.ts")
        .flatMap(({ to }) =>
          kernelNames.filter((name) => declares(to, name)).map((name) => [name, to] as const),
        ),
    );
    const filesOf = (definition: string) =>
      new Set(
        [...kernelFile]
          .filter(([name]) => mentionsString(definition, name))
          .map(([, file]) => file),
      );
    const uses = new Map<string, number>();
    for (const definition of definitions) {
      for (const file of filesOf(definition)) uses.set(file, (uses.get(file) ?? 0) + 1);
    }
    const crowded = definitions.filter(
      (file) => [...filesOf(file)].filter((kernel) => uses.get(kernel) === 1).length > 1,
    );
    expect(crowded).toEqual([]);
  });

  it("is known by name to no pass: what a pass must know of an op is in its definition", () => {
    // The form of Q/DQ graphs itself, and the limits that saturation can take over.
    const structural = [
      "Input",
      "Constant",
      "Quantize",
      "Dequantize",
      "Requantize",
      "ReLU",
      "ReLU6",
      "Clip",
    ];
    const passes = files.filter((file) =>
      /^compiler\/(ir|calibrate|quantize|lower|emit|backends)\//.test(file),
    );
    const breaches = passes.flatMap((file) =>
      [...ops.keys()]
        .filter(
          (name) =>
            !structural.includes(name) && mentionsString(file, name) && !writesOnnxNode(file, name),
        )
        .map((name) => `${file}: ${name}`),
    );
    expect(breaches).toEqual([]);
  });

  it("finds its kernels in one list, sorted", () => {
    expect(kernelNames).toEqual(kernelNames.toSorted());
    for (const kernel of Object.values(kernels)) expect(kernel).toBeTypeOf("function");
  });
});

function declares(file: string, name: string): boolean {
  return new RegExp(`^export (?:function|const) ${name}\\b`, "m").test(read(file));
}

function mentionsString(file: string, text: string): boolean {
  return code(read(file)).includes(`"${text}"`);
}

/** The ONNX backend also writes ONNX's own ops, some of which have names that we use too. */
function writesOnnxNode(file: string, name: string): boolean {
  return (
    file.startsWith("compiler/backends/onnx/") &&
    ["Transpose", "Reshape", "Identity", "Cast"].includes(name)
  );
}

function sourceFiles(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".ts"))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)));
}

function read(file: string): string {
  return readFileSync(join(root, file), "utf8");
}

/** The text without comments. */
function code(text: string): string {
  return text.replaceAll(/\/\*[\s\S]*?\*\//g, "").replaceAll(/\/\/.*$/gm, "");
}

function importsOf(file: string): Import[] {
  const found: Import[] = [];
  for (const [, clause, specifier] of code(read(file)).matchAll(
    /^(?:import|export)\s+([^;]*?)\s*from\s*"([^"]+)"/gm,
  )) {
    found.push({ from: file, to: target(file, specifier!), typeOnly: isTypeOnly(clause!) });
  }
  for (const [, specifier] of code(read(file)).matchAll(/(?:^import|\bimport\()\s*"([^"]+)"/gm)) {
    found.push({ from: file, to: target(file, specifier!), typeOnly: false });
  }
  return found;
}

function isTypeOnly(clause: string): boolean {
  if (clause.startsWith("type ")) return true;
  const names = /\{([^}]*)\}/.exec(clause)?.[1];
  return (
    names !== undefined &&
    !clause.startsWith("*") &&
    names.split(",").every((name) => name.trim() === "" || name.trim().startsWith("type "))
  );
}

function target(from: string, specifier: string): string {
  return specifier.startsWith(".")
    ? relative(root, resolve(root, dirname(from), specifier))
    : specifier;
}

function isOurs(path: string): boolean {
  return /^(grammar|compiler|runtime)\//.test(path);
}

function layerOf(file: string): string | undefined {
  if (file in top) return file;
  const folders = [...below, ...Object.keys(top).filter((entry) => !entry.endsWith(".ts"))];
  return folders.find((layer) => file.startsWith(`${layer}/`));
}

function findCycle(edges: readonly Import[]): readonly string[] | undefined {
  const next = new Map<string, string[]>();
  for (const { from, to } of edges) next.set(from, [...(next.get(from) ?? []), to]);
  const done = new Set<string>();
  const path: string[] = [];
  const visit = (file: string): readonly string[] | undefined => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file];
    if (done.has(file)) return undefined;
    path.push(file);
    for (const to of next.get(file) ?? []) {
      const cycle = visit(to);
      if (cycle) return cycle;
    }
    path.pop();
    done.add(file);
    return undefined;
  };
  for (const file of next.keys()) {
    const cycle = visit(file);
    if (cycle) return cycle;
  }
  return undefined;
}

/** Exported functions and classes without a doc comment; the name of a predicate (`isConstant`) is a sentence already. */
function undocumented(text: string): string[] {
  // Decorators stand between a comment and what it is about.
  const lines = text.split("\n").filter((line) => !/^(@\w+ ?)+$/.test(line));
  return lines.flatMap((line, i) => {
    const name = /^export (?:async )?(?:function\*?|class) (?!is[A-Z])(\w+)/.exec(line)?.[1];
    return name !== undefined && !/\*\/\s*$/.test(lines[i - 1] ?? "") ? [name] : [];
  });
}
