import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { importModel } from "../../compiler/frontends/import-model.ts";
import { optionFields } from "../../compiler/frontends/tflite/schema.ts";
import { sizeOf } from "../../compiler/ir/types.ts";
import { verify } from "../../compiler/ir/verify.ts";
import { ops } from "../../compiler/ops/index.ts";
import { modelBytes, node, type Value } from "../onnxruntime/one-op-model.ts";
import { timed } from "../support/cpu-time.ts";
import { seedOf } from "../support/runs.ts";
import { type TensorText, tfliteBytes } from "../support/tflite-model.ts";

/**
 * Corrupt, truncated and hostile model files give a graph that the verifier accepts, or diagnostics: no exception, no
 * hang, no allocation of what a length field claims.
 */

const shared = join(import.meta.dirname, "../../../shared");
const folder = join(shared, "models");
const nodeTests = join(shared, "onnx-node-tests");
const seed = seedOf(20_260_718);

/** One import may take this long: far more than any honest file of that size does. */
const mostMilliseconds = 4000;
/** All imports together may let the process grow by this much, garbage included. */
const mostGrownBytes = 1.5 * 2 ** 30;

/** How many mutations a model of so many bytes gets: small files have little but structure. */
function mutationsFor(length: number): number {
  if (length < 2 ** 17) return 1700;
  return length < 2 ** 19 ? 450 : 60;
}

const mutationsPerNodeTest = 12;

const models: Readonly<Record<string, () => Uint8Array>> = {
  "a generated ONNX model": onnxModel,
  "a generated TFLite model": tfliteModel,
  ...Object.fromEntries(
    (existsSync(folder) ? readdirSync(folder) : []).map((name) => [
      name,
      () => new Uint8Array(readFileSync(join(folder, name))),
    ]),
  ),
};

/** Any operator with any operands: what no writer of models would write, but a hostile file says. */
describe("operators of random operands", () => {
  const importers = (format: "onnx" | "tflite") =>
    [...ops.values()].flatMap((op) => Object.keys(op[format] ?? {}));

  it.each(["onnx", "tflite"] as const)("%s", (format) => {
    const random = randomFrom(seed);
    const pick = <T>(items: readonly T[]) => items[Math.floor(random() * items.length)]!;
    let survived = 0;
    for (const op of importers(format))
      for (let i = 0; i < 25; i++) {
        const bytes = format === "onnx" ? anyNode(op, random, pick) : anyOperator(op, random, pick);
        if (importAny(op, bytes, `${op} ${i}`)) survived++;
      }
    expect(survived).toBeGreaterThan(0);
  });
});

type Pick = <T>(items: readonly T[]) => T;

/** Numbers as shapes, axes and sizes have them, and some that no model has. */
const anyNumbers = [
  -1,
  0,
  1,
  1,
  2,
  2,
  3,
  4,
  7,
  255,
  65_536,
  2 ** 30,
  2 ** 31 - 1,
  -(2 ** 31),
] as const;
const anyShapes = [
  [],
  [0],
  [1],
  [4],
  [2, 3],
  [3, 2],
  [1, 2, 3],
  [1, 4, 4, 2],
  [1, 2, 4, 4],
] as const;

function anyNode(op: string, random: () => number, pick: Pick): Uint8Array {
  const constants: Record<string, Value> = {};
  const inputs: Record<string, Value> = {};
  const names = Array.from({ length: 1 + Math.floor(random() * 4) }, (_, i) => `v${i}`);
  for (const name of names) {
    const dtype = pick(["float32", "float32", "int64", "uint8", "int8"] as const);
    const shape = pick(anyShapes);
    const values = Array.from({ length: sizeOf(shape) }, () => pick(anyNumbers));
    if (random() < 0.5) constants[name] = { dtype, shape, values };
    else inputs[name] = { dtype, shape };
  }
  const attribute = () =>
    random() < 0.5 ? pick(anyNumbers) : [pick(anyNumbers), pick(anyNumbers)];
  const keys = ["axis", "axes", "group", "strides", "pads", "perm", "blocksize", "hidden_size"];
  const attributes = Object.fromEntries(
    keys.filter(() => random() < 0.3).map((key) => [key, attribute()]),
  );
  return modelBytes({
    opset: pick([9, 13, 17]),
    inputs,
    outputs: { y: { dtype: "float32", shape: [1] } },
    constants,
    nodes: [node(op, names, ["y", "z"], attributes)],
  });
}

function anyOperator(op: string, random: () => number, pick: Pick): Uint8Array {
  const names = Array.from({ length: 1 + Math.floor(random() * 4) }, (_, i) => `v${i}`);
  const anyTensor = (constant: boolean): TensorText => {
    const type = pick(["float32", "float32", "int32", "int8"] as const);
    const shape = pick(anyShapes);
    const array = { float32: Float32Array, int32: Int32Array, int8: Int8Array }[type];
    const data = array.from(Array.from({ length: sizeOf(shape) }, () => pick(anyNumbers)));
    const quant = type === "int8" ? { scale: [0.5], zeroPoint: [0] } : {};
    return { type, shape, ...quant, ...(constant && { data }) };
  };
  const open = names.filter(() => random() < 0.6);
  const options = Object.keys(optionFields[op] ?? {}).map((key) => [key, pick(anyNumbers)]);
  return tfliteBytes({
    tensors: {
      ...Object.fromEntries(names.map((name) => [name, anyTensor(!open.includes(name))])),
      y: anyTensor(false),
      z: anyTensor(false),
    },
    operators: [{ op, inputs: names, outputs: ["y", "z"], options: Object.fromEntries(options) }],
    inputs: open,
    outputs: ["y"],
  });
}

describe("mutated model files", () => {
  let mutations = 0;

  it.each(Object.keys(models))("%s", (name) => {
    const bytes = models[name]!();
    const before = process.memoryUsage().rss;
    const survived = importMutations(name, bytes, mutationsFor(bytes.length));
    mutations += mutationsFor(bytes.length);
    expect(process.memoryUsage().rss - before).toBeLessThan(mostGrownBytes);
    // A fuzzer whose every file is refused at the door tests only the door.
    expect(survived).toBeGreaterThan(0);
  });

  it.skipIf(!existsSync(nodeTests))("one of every operator", () => {
    let survived = 0;
    for (const name of readdirSync(nodeTests)) {
      const bytes = new Uint8Array(readFileSync(join(nodeTests, name, "model.onnx")));
      survived += importMutations(name, bytes, mutationsPerNodeTest);
      mutations += mutationsPerNodeTest;
    }
    expect(survived).toBeGreaterThan(0);
  });

  it("were many", () => {
    expect(mutations).toBeGreaterThan(existsSync(folder) ? 10_000 : 1000);
  });
});

/** Imports a file, hostile or not: the graph is good, or there are diagnostics. Says whether there is one. */
function importAny(name: string, bytes: Uint8Array, at: string): boolean {
  const { value: imported, cpuTime } = timed(() => importModel(bytes, { name }));
  expect(cpuTime, at).toBeLessThan(mostMilliseconds);
  const { value, diagnostics } = imported;
  if (value) expect(verify(value.graph, ops, "imported"), at).toEqual([]);
  else expect(diagnostics.length, at).toBeGreaterThan(0);
  return value !== undefined;
}

/** Imports mutations of a model; the number of those that gave a graph. */
function importMutations(name: string, bytes: Uint8Array, count: number): number {
  const random = randomFrom(seed + bytes.length);
  const structure = structureOf(bytes);
  let survived = 0;
  for (let i = 0; i < count; i++) {
    const undo = mutate(bytes, structure, random);
    const cut = random() < 0.15 ? Math.floor(random() * bytes.length) : bytes.length;
    if (importAny(name, bytes.subarray(0, cut), `mutation ${i} of ${name}`)) survived++;
    undo();
  }
  return survived;
}

/** Offsets of bytes that are structure rather than weights: among many zeros or letters. */
function structureOf(bytes: Uint8Array): readonly number[] {
  const places: number[] = [];
  const width = 32;
  for (let start = 0; start < bytes.length; start += width) {
    const window = bytes.subarray(start, start + width);
    const zeros = window.filter((byte) => byte === 0).length;
    const letters = window.filter((byte) => 0x2d <= byte && byte < 0x7b).length;
    if (zeros > width / 4 && zeros < width) places.push(start);
    else if (letters > (3 * width) / 4) places.push(start);
  }
  return places.flatMap((start) => Array.from({ length: width }, (_, i) => start + i));
}

/** Numbers that lengths, offsets and dimensions are replaced by. */
const bombs = [0xffffffff, 0x7fffffff, 0x80000000, 0x10000000, 0x00ffffff, 0xffff, 0] as const;

/** Changes some bytes in place; the result changes them back. */
function mutate(bytes: Uint8Array, structure: readonly number[], random: () => number): () => void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const saved: (readonly [number, number])[] = [];
  const set = (at: number, value: number) => {
    if (at >= bytes.length) return;
    saved.push([at, bytes[at]!]);
    bytes[at] = value;
  };
  const place = () =>
    random() < 0.8 && structure.length > 0
      ? structure[Math.floor(random() * structure.length)]!
      : Math.floor(random() * bytes.length);
  for (let count = 1 + Math.floor(random() ** 3 * 8); count > 0; count--) {
    const at = place();
    const kind = random();
    if (kind < 0.35) set(at, Math.floor(random() * 256));
    else if (kind < 0.55) set(at, (bytes[at] ?? 0) ^ (1 << Math.floor(random() * 8)));
    else if (kind < 0.7) set(at, ((bytes[at] ?? 0) + (random() < 0.5 ? 1 : 255)) & 255);
    else if (kind < 0.85) {
      const aligned = Math.min(at & ~3, view.byteLength - 4);
      const bomb = bombs[Math.floor(random() * bombs.length)]!;
      for (let i = 0; i < 4; i++) set(aligned + i, (bomb >>> (8 * i)) & 255);
    } else {
      // A number of many bytes in protobuf.
      const length = 2 + Math.floor(random() * 8);
      for (let i = 0; i < length; i++) set(at + i, i < length - 1 ? 0xff : 0x7f);
    }
  }
  return () => {
    for (const [at, byte] of saved.reverse()) bytes[at] = byte;
  };
}

/** Numbers in [0, 1) that are the same in every run. @source Tommy Ettinger, "mulberry32". */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

function onnxModel(): Uint8Array {
  const kernel = Array.from({ length: 36 }, (_, i) => i / 36);
  return modelBytes({
    inputs: { x: { dtype: "float32", shape: [1, 1, 8, 8] } },
    outputs: { y: { dtype: "float32", shape: [1, 64] } },
    constants: {
      kernel: { dtype: "float32", shape: [4, 1, 3, 3], values: kernel },
      bias: { dtype: "float32", shape: [4], values: [1, 2, 3, 4] },
      shape: { dtype: "int64", shape: [2], values: [1, -1] },
    },
    nodes: [
      node("Conv", ["x", "kernel", "bias"], "conv", { strides: [2, 2], pads: [1, 1, 1, 1] }),
      node("Relu", ["conv"], "relu"),
      node("Reshape", ["relu", "shape"], "y"),
    ],
  });
}

function tfliteModel(): Uint8Array {
  const act = { type: "int8", scale: [0.5], zeroPoint: [3] };
  return tfliteBytes({
    tensors: {
      x: { shape: [1, 8, 8, 1], ...act },
      kernel: {
        shape: [4, 3, 3, 1],
        type: "int8",
        data: Int8Array.from({ length: 36 }, (_, i) => i),
        scale: [0.1, 0.2, 0.3, 0.4],
        zeroPoint: [0, 0, 0, 0],
      },
      bias: {
        shape: [4],
        type: "int32",
        data: Int32Array.of(1, 2, 3, 4),
        scale: [0.05, 0.1, 0.15, 0.2],
      },
      conv: { shape: [1, 4, 4, 4], ...act },
      shape: { shape: [2], type: "int32", data: Int32Array.of(1, 64) },
      y: { shape: [1, 64], ...act },
    },
    operators: [
      {
        op: "CONV_2D",
        inputs: ["x", "kernel", "bias"],
        outputs: ["conv"],
        options: { padding: 0, strideW: 2, strideH: 2, fusedActivationFunction: 1 },
      },
      { op: "RESHAPE", inputs: ["conv", "shape"], outputs: ["y"], options: { newShape: [1, 64] } },
    ],
    inputs: ["x"],
    outputs: ["y"],
  });
}
