import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { kernelLibrary } from "../../compiler/cli/kernel-library.ts";
import { runtimeSources } from "../../compiler/cli/runtime-sources.ts";
import { assemble } from "../../compiler/emit/assemble.ts";
import { kernelInstances } from "../../compiler/emit/kernel-instances.ts";
import { readSimdSources } from "../../compiler/emit/simd-sources.ts";
import { ByteReader, s32, u32 } from "../../compiler/emit/wasm/bytes.ts";
import { callsOf } from "../../compiler/emit/wasm/calls.ts";
import { readLibrary } from "../../compiler/emit/wasm/library.ts";
import { linkModule } from "../../compiler/emit/wasm/link.ts";
import type { DType } from "../../compiler/ir/types.ts";
import { kernelExport } from "../../compiler/lower/kernel-exports.ts";

const families = ["baseline", "relaxed"] as const;

describe("LEB128", () => {
  it("reads what it writes, as short as it can be", () => {
    fc.assert(
      fc.property(fc.nat(2 ** 32 - 1), (value) => {
        const bytes = Uint8Array.from(u32(value));
        expect(new ByteReader(bytes).u32()).toBe(value);
        expect(bytes.length).toBe(Math.max(1, Math.ceil(Math.log2(value + 1) / 7)));
      }),
    );
  });

  it.each([
    [0, [0]],
    [63, [0x3f]],
    [64, [0xc0, 0]],
    [-1, [0x7f]],
    [-64, [0x40]],
    [-65, [0xbf, 0x7f]],
    [2 ** 31 - 1, [0xff, 0xff, 0xff, 0xff, 0x07]],
    [-(2 ** 31), [0x80, 0x80, 0x80, 0x80, 0x78]],
  ])("writes %i with its sign", (value, bytes) => {
    expect(s32(value)).toEqual(bytes);
  });
});

describe.each(families)("the %s kernels", (family) => {
  const library = readLibrary(kernelLibrary(family));

  it("are each a module of their own with what they reach, and nothing else", () => {
    for (const [name, index] of library.exported) {
      const { parameters } = library.functions[index]!.type;
      const zeros = parameters.map((type) =>
        type === "i32"
          ? [0x41, 0]
          : type === "f32"
            ? [0x43, 0, 0, 0, 0]
            : [0x44, ...Array(8).fill(0)],
      );
      const binary = linkModule(library, [
        { name: "run", parameters: 0, instructions: [...zeros, { call: name }] },
      ]);
      expect([name, WebAssembly.validate(binary as Uint8Array<ArrayBuffer>)]).toEqual([name, true]);
      expect(readLibrary(binary).functions.length).toBeLessThan(30);
    }
  });
});

it("every kernel that works on several types is ready for some", () => {
  const { kernels } = readSimdSources(runtimeSources);
  const generic = [...kernels].filter(([, { typeParameters }]) => typeParameters.length > 0);
  expect(generic.map(([name]) => name).sort()).toEqual(Object.keys(kernelInstances).sort());
  for (const [name, { typeParameters }] of generic)
    for (const types of kernelInstances[name]!)
      expect([name, types.length]).toEqual([name, typeParameters.length]);
});

it.each<[string, readonly DType[]]>([
  ["conv2dPackedInteger", ["int8", "int8", "int32", "float32", "int8", "int16"]],
  ["depthwiseConv2dInteger", ["int16", "int8", "int32", "int32", "int32", "int32", "int8"]],
  ["conv2dInteger", ["int8", "uint8", "int32", "float32", "int32", "uint8"]],
  ["matMulInteger", ["int8", "int16", "float32", "int32", "int8", "int32", "int32"]],
  ["addReal", ["int16", "int8", "int16", "int32"]],
  ["multiplyFixed", ["int8", "uint8", "uint8", "int32"]],
  ["preluInteger", ["int16", "int16", "int8", "int32"]],
])("%s is ready between layers of different types: %s", (kernel, arrays) => {
  const { exported } = readLibrary(kernelLibrary("baseline"));
  expect([...exported.keys()]).toContain(kernelExport(kernel, arrays));
});

describe("a library", () => {
  const source = (text: string) => assemble(new Map([["a.ts", text]]), "a.ts", "baseline");

  it("gives a program the functions that it reaches, under new numbers", async () => {
    const library = readLibrary(
      await source(`
        export function unused(): i32 { return 7; }
        function deep(n: i32): i32 { return n < 2 ? 1 : n * deep(n - 1); }
        export function factorial(to: i32, n: i32): void { store<i32>(to, deep(n)); }
        export function other(to: i32, x: f64): void { store<f64>(to, x * 2); }`),
    );
    const binary = linkModule(library, [
      {
        name: "run",
        parameters: 1,
        instructions: [[0x20, 0], [0x41, 5], { call: "factorial" }],
      },
    ]);
    const memory = new WebAssembly.Memory({ initial: 1 });
    const module = new WebAssembly.Module(binary as Uint8Array<ArrayBuffer>);
    const { exports } = new WebAssembly.Instance(module, { env: { memory } });
    (exports.run as (to: number) => void)(8);
    expect(new Int32Array(memory.buffer)[2]).toBe(120);
    expect(Object.keys(exports)).toEqual(["run"]);
    expect(readLibrary(binary).functions.length).toBeLessThan(library.functions.length + 1);
  });

  it.each([
    ["data", "export function f(): i32 { return load<i32>(memory.data<i32>([1, 2])); }"],
    [
      "an import",
      '@external("env", "g") declare function g(): void;\nexport function f(): void { g(); }',
    ],
    ["a table", "function g(): void {}\nexport function f(): i32 { const h = g; return h.index; }"],
  ])("with %s is refused, which would be lost", async (_, text) => {
    const binary = await source(text);
    expect(() => readLibrary(binary)).toThrow("internal: a library");
  });

  it("with an instruction that names something else is refused", () => {
    expect(() => callsOf(Uint8Array.of(0, 0xd2, 0, 0x0b))).toThrow("not linked");
    expect(() => callsOf(Uint8Array.of(0, 0x11, 0, 0, 0x0b))).toThrow("not linked");
    expect(() => callsOf(Uint8Array.of(0, 0x43, 0))).toThrow("ends within");
  });
});
