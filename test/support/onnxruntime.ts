import { fromBinary } from "@bufbuild/protobuf";
import { ModelProtoSchema, type NodeProto } from "onnx-buf";
import * as ort from "onnxruntime-web";

/**
 * ONNX Runtime for the tests: its WebAssembly build, one thread, every graph optimization on, so
 * that the Q/DQ pairs of a model become the integer kernels that a user's deployment would run.
 */

export type OnnxTensor = ort.Tensor;
export type OnnxDType = "float32" | "uint8" | "int8" | "int32" | "int64" | "bool";
export type OnnxData = Float32Array | Uint8Array | Int8Array | Int32Array | BigInt64Array;

/** A value to feed: the element type follows the array. */
export interface Feed {
  readonly shape: readonly number[];
  readonly data: OnnxData;
  readonly dtype?: OnnxDType;
}

/** Runs a serialized model once; outputs by name. */
export async function runModel(
  model: Uint8Array,
  inputs: Readonly<Record<string, Feed>>,
): Promise<Record<string, OnnxTensor>> {
  const session = await openSession(model);
  try {
    return await runSession(session, inputs);
  } finally {
    await session.release();
  }
}

/** An open session, for models that run on many inputs. The caller releases it. */
export function openSession(model: Uint8Array): Promise<ort.InferenceSession> {
  configure();
  return ort.InferenceSession.create(model, { logSeverityLevel: 3, graphOptimizationLevel: "all" });
}

/** Runs an open session once; outputs by name. */
export async function runSession(
  session: ort.InferenceSession,
  inputs: Readonly<Record<string, Feed>>,
): Promise<Record<string, OnnxTensor>> {
  const feeds: Record<string, ort.Tensor> = {};
  for (const [name, feed] of Object.entries(inputs)) feeds[name] = toTensor(feed);
  return (await session.run(feeds)) as Record<string, ort.Tensor>;
}

/**
 * How often each op type occurs in the graph that ONNX Runtime executes after its optimizations.
 * Fused integer kernels have names of their own: `QLinearConv`, `QGemm`, `com.microsoft.QLinearAdd`
 * loses its domain and counts as `QLinearAdd`.
 */
export async function fusedOps(model: Uint8Array): Promise<Map<string, number>> {
  const count = new Map<string, number>();
  for (const { opType } of await optimizedNodes(model)) {
    count.set(opType, (count.get(opType) ?? 0) + 1);
  }
  return count;
}

/**
 * The nodes of the graph after ONNX Runtime's optimizations.
 *
 * It writes that graph to a file, and its WebAssembly build has none: every file is descriptor 0,
 * whose writes end up here. Closing the file then fails and so does the session, on purpose.
 */
export async function optimizedNodes(model: Uint8Array): Promise<readonly NodeProto[]> {
  configure();
  written.length = 0;
  const optimizedModelFilePath = "/optimized.onnx";
  await ort.InferenceSession.create(model, {
    logSeverityLevel: 4,
    graphOptimizationLevel: "all",
    optimizedModelFilePath,
  }).then(
    (session) => session.release(),
    (error: Error) => {
      if (!error.message.includes("close file")) throw error;
    },
  );
  const bytes = Buffer.concat(written);
  if (bytes.length === 0) throw new Error("internal: ONNX Runtime wrote no optimized model");
  return fromBinary(ModelProtoSchema, bytes).graph!.node;
}

/** What was written to descriptor 0 since it was last emptied. */
const written: Uint8Array[] = [];
let configured = false;

function configure(): void {
  if (configured) return;
  configured = true;
  ort.env.wasm.numThreads = 1;
  ort.env.logLevel = "error";
  interceptFileWrites();
}

type FileWrite = (descriptor: number, vectors: number, count: number, total: number) => number;
type ImportTables = Record<string, Record<string, unknown>>;
interface Instantiated {
  readonly instance: { readonly exports: Readonly<Record<string, unknown>> };
}
interface Memory {
  readonly buffer: ArrayBuffer;
}
/** `WebAssembly`, as much of it as is used here: the DOM's types are not part of this project. */
const wasm = (globalThis as unknown as { WebAssembly: WasmNamespace }).WebAssembly;
interface WasmNamespace {
  instantiate: (source: unknown, imports: ImportTables) => Promise<Instantiated>;
  readonly Memory: new () => Memory;
}

/**
 * Wraps the `fd_write` that ONNX Runtime's module imports. Import names are minified: it is known by
 * its four parameters and by looking for the end of a line.
 */
function interceptFileWrites(): void {
  const { instantiate } = wasm;
  wasm.instantiate = async (source, imports) => {
    wasm.instantiate = instantiate;
    const shared = Object.values(imports).flatMap((table) => Object.values(table));
    let memory = shared.find(isMemory);
    for (const table of Object.values(imports)) {
      for (const [name, value] of Object.entries(table)) {
        if (typeof value !== "function" || value.length !== 4 || !/10===/.test(`${value}`))
          continue;
        const write = value as FileWrite;
        table[name] = ((descriptor, vectors, count, total) =>
          descriptor === 0
            ? collect(memory!, vectors >>> 0, count, total >>> 0)
            : write(descriptor, vectors, count, total)) satisfies FileWrite;
      }
    }
    const instantiated = await instantiate.call(wasm, source, imports);
    memory ??= Object.values(instantiated.instance.exports).find(isMemory);
    return instantiated;
  };
}

function isMemory(value: unknown): value is Memory {
  return value instanceof wasm.Memory;
}

/** `fd_write`: `count` pairs of address and length at `vectors`; the number of bytes goes to `total`. */
function collect(memory: Memory, vectors: number, count: number, total: number): number {
  const view = new DataView(memory.buffer);
  let bytes = 0;
  for (let i = 0; i < count; i++) {
    const address = view.getUint32(vectors + 8 * i, true);
    const length = view.getUint32(vectors + 8 * i + 4, true);
    written.push(new Uint8Array(memory.buffer, address, length).slice());
    bytes += length;
  }
  view.setUint32(total, bytes, true);
  return 0;
}

function toTensor({ shape, data, dtype }: Feed): ort.Tensor {
  return new ort.Tensor((dtype ?? dtypeOf(data)) as "float32", data as Float32Array, shape);
}

function dtypeOf(data: OnnxData): OnnxDType {
  if (data instanceof Float32Array) return "float32";
  if (data instanceof Uint8Array) return "uint8";
  if (data instanceof Int8Array) return "int8";
  return data instanceof Int32Array ? "int32" : "int64";
}
