import { type Checked, type Diagnostic, Rejected } from "../../grammar/source/diagnostic.ts";
import type { Graph } from "../ir/graph.ts";
import { ops } from "../ops/index.ts";
import type { Bindings, SymbolicDimension } from "./bindings.ts";
import { unknownFormat } from "./diagnostics.ts";
import type { GraphImport } from "./import-builder.ts";
import { importOnnx } from "./onnx/import-onnx.ts";
import type { ReadExternal } from "./onnx/tensor.ts";
import { importTFLite } from "./tflite/import-tflite.ts";

export interface ImportOptions extends Bindings {
  /** The file's name in diagnostics. */
  readonly name: string;
  /** Reads data that an ONNX model keeps in other files; the caller refuses paths that lead elsewhere. */
  readonly readExternal?: ReadExternal | undefined;
}

export interface ImportedModel {
  /** The file's, as diagnostics call it. */
  readonly name: string;
  /** The bytes that it was read from: those of the file, then what was read of others, in that order. */
  readonly sources: readonly Uint8Array[];
  readonly graph: Graph;
  readonly format: "onnx" | "tflite";
  /** Whether values of the network, not only weights, are quantized. */
  readonly quantized: boolean;
  /** Dimensions that the file leaves open, and what they were fixed to. */
  readonly dimensions: readonly SymbolicDimension[];
  /** What the file says of itself, for people to read. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** What a frontend hands over: the builder with all nodes and diagnostics in it. */
export interface FrontendResult {
  readonly build: GraphImport;
  readonly dimensions: readonly SymbolicDimension[];
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * The graph of an ONNX or TFLite file. Whatever is wrong with the bytes is a diagnostic: this never throws on
 * them, and takes time and memory in proportion to their number. Weights may be views of `bytes`, which must not
 * change afterwards.
 */
export function importModel(bytes: Uint8Array, options: ImportOptions): Checked<ImportedModel> {
  // A plain view: `slice` of Node's `Buffer` would not copy.
  const file = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const format = hasIdentifier(file, "TFL3") ? "tflite" : "onnx";
  try {
    const foreign = format === "onnx" ? foreignFormat(file) : undefined;
    if (foreign) throw new Rejected([unknownFormat(options.name, foreign)]);
    const read = format === "tflite" ? importTFLite : importOnnx;
    const sources = [file];
    const readExternal = options.readExternal && keeping(options.readExternal, sources);
    const { build, dimensions, metadata } = read(file, { ...options, readExternal, ops });
    if (build.diagnostics.some(isError)) return { diagnostics: build.diagnostics };
    const graph = build.finish();
    const quantized = hasQuantizedValues(graph);
    const { name } = options;
    const value = { name, sources, graph, format, quantized, dimensions, metadata } as const;
    return { value, diagnostics: build.diagnostics };
  } catch (error) {
    if (error instanceof Rejected) return { diagnostics: error.diagnostics };
    throw error;
  }
}

function keeping(read: ReadExternal, sources: Uint8Array[]): ReadExternal {
  return (...part) => {
    const bytes = read(...part);
    if (bytes !== undefined) sources.push(bytes);
    return bytes;
  };
}

function isError({ severity }: Diagnostic): boolean {
  return severity === "error";
}

function hasIdentifier(bytes: Uint8Array, identifier: string): boolean {
  return bytes.length >= 8 && [...identifier].every((c, i) => bytes[4 + i] === c.charCodeAt(0));
}

/** Another format that people try, by its first bytes. */
function foreignFormat(bytes: Uint8Array): string | undefined {
  const starts = (...prefix: readonly number[]) => prefix.every((byte, i) => bytes[i] === byte);
  if (starts(0x50, 0x4b, 3, 4)) return "a zip archive (PyTorch or Keras)";
  if (starts(0x89, 0x48, 0x44, 0x46)) return "an HDF5 file (Keras)";
  if (starts(0x80, 2) || starts(0x80, 4)) return "a Python pickle (PyTorch)";
  if (starts(0x93, 0x4e, 0x55, 0x4d)) return "a NumPy array";
  if (starts(0x7b)) return "a JSON file";
  if (bytes.length === 0) return "empty";
  if (bytes.subarray(0, 64).every(isText)) return "a text";
  return undefined;
}

/** Printable ASCII, and what divides lines. No ONNX file begins with these: its first field is a small number. */
function isText(byte: number): boolean {
  return (0x20 <= byte && byte < 0x7f) || byte === 0x09 || byte === 0x0a || byte === 0x0d;
}

/** Constants are weights; a quantized input or a `Quantize` of anything else is a value of the network. */
function hasQuantizedValues({ nodes }: Graph): boolean {
  return [...nodes.values()].some(({ op, types, operands }) => {
    if (op === "Input") return types[0]!.quant !== undefined;
    return op === "Quantize" && nodes.get(operands[0]!.node)!.op !== "Constant";
  });
}
