import fc from "fast-check";
import { expect } from "vitest";
import { kernelLibrary } from "../../compiler/cli/kernel-library.ts";
import { runtimeSources } from "../../compiler/cli/runtime-sources.ts";
import { assemble, type SimdFamily } from "../../compiler/emit/assemble.ts";
import { readSimdSources, simdFolder } from "../../compiler/emit/simd-sources.ts";
import type { TypedArray } from "../../compiler/ir/types.ts";
import { kernelExport } from "../../compiler/lower/kernel-exports.ts";
import { kernels } from "../../runtime/reference/index.ts";

/** The arguments of one call: arrays, which the kernel reads or writes, and numbers. */
export type Arguments = readonly (TypedArray | number)[];
/** The element types of the arrays of a call, in order. */
export type Signature = readonly ViewName[];
export type ViewName = "float32" | "int8" | "uint8" | "int16" | "uint16" | "int32";

/** A kernel on some element types, with random arguments for them. */
export interface KernelProperty {
  readonly kernel: string;
  readonly signature: Signature;
  readonly calls: fc.Arbitrary<Arguments>;
  /** Arguments that are scratch: what a call leaves in them does not matter. */
  readonly scratch?: readonly number[];
  /** What the kernel means, if it is not a reference kernel. */
  readonly reference?: (...call: never[]) => void;
}

const sources = readSimdSources(runtimeSources);
const pageBytes = 65536;

const viewNameOf = (array: TypedArray) =>
  array.constructor.name.replace("Array", "").toLowerCase() as ViewName;

/**
 * Both SIMD families give the same bytes as the reference kernel, in every array of the call, also in those that are only
 * read and in the guard bytes behind each. What the package has ready is taken from there, the others are assembled.
 */
export async function prepareFamilies(properties: readonly KernelProperty[]) {
  const families = new Map<SimdFamily, Instance>();
  for (const family of ["baseline", "relaxed"] as const)
    families.set(family, await instantiate(properties, family));
  return {
    /** At least 1,000 random calls of each property. */
    check(property: KernelProperty, runs = 1000): void {
      const at = properties.indexOf(property);
      fc.assert(
        fc.property(property.calls, (call) => {
          expect(call.filter((each) => typeof each !== "number").map(viewNameOf)).toEqual(
            property.signature,
          );
          const wanted = copyOf(call);
          const reference = property.reference ?? kernels[property.kernel as keyof typeof kernels];
          (reference as (...values: unknown[]) => void)(...wanted);
          for (const [family, instance] of families) {
            const found = instance.run(at, call);
            for (const [i, array] of wanted.entries())
              if (
                typeof array !== "number" &&
                !property.scratch?.includes(i) &&
                !sameBytes(array, found[i] as TypedArray)
              )
                expect(found[i], `${family}, argument ${i}`).toEqual(array);
          }
        }),
        { numRuns: runs },
      );
    },
  };
}

/** Whether a comparison element by element, which is slow, has nothing to say. */
function sameBytes(a: TypedArray, b: TypedArray): boolean {
  const bytes = (array: TypedArray) =>
    Buffer.from(array.buffer, array.byteOffset, array.byteLength);
  return bytes(a).equals(bytes(b));
}

interface Instance {
  run(property: number, call: Arguments): Arguments;
}

function copyOf(call: Arguments): Arguments {
  return call.map((each) => (typeof each === "number" ? each : each.slice()));
}

async function instantiate(
  properties: readonly KernelProperty[],
  family: SimdFamily,
): Promise<Instance> {
  const memory = new WebAssembly.Memory({ initial: 64 });
  const instance = (binary: Uint8Array) =>
    new WebAssembly.Instance(new WebAssembly.Module(binary as Uint8Array<ArrayBuffer>), {
      env: { memory },
    }).exports;
  const ready = instance(kernelLibrary(family));
  const nameOf = ({ kernel, signature }: KernelProperty) => kernelExport(kernel, signature);
  const others = properties.filter((property) => !(nameOf(property) in ready));
  const assembled = others.length > 0 ? instance(await assembleCalls(others, family)) : {};
  const calls = properties.map((property) => {
    return ready[nameOf(property)] ?? assembled[`call${others.indexOf(property)}`];
  }) as readonly ((...values: number[]) => void)[];
  return {
    run(property, call) {
      const arrays = place(call, memory);
      const values = call.map((each, i) => (typeof each === "number" ? each : arrays[i]!.offset));
      calls[property]!(...values);
      return call.map((each, i) => {
        if (typeof each === "number") return each;
        const { offset } = arrays[i]!;
        const behind = new Uint8Array(memory.buffer, offset + each.byteLength, guardBytes);
        expect(behind.every((byte) => byte === 0xaa)).toBe(true);
        const View = each.constructor as new (b: ArrayBuffer, o: number, n: number) => TypedArray;
        return new View(memory.buffer, offset, each.length).slice();
      });
    },
  };
}

function assembleCalls(
  properties: readonly KernelProperty[],
  family: SimdFamily,
): Promise<Uint8Array> {
  const text = [
    `import { ${["float32", "int8", "uint8", "int16", "uint16", "int32"].join(", ")} } from "./${simdFolder}/memory";`,
    `import { ${[...new Set(properties.map(({ kernel }) => kernel))].join(", ")} } from "./${simdFolder}/index";`,
    ...properties.map(wrapper),
  ].join("\n");
  return assemble(new Map([...sources.files, ["test.ts", text]]), "test.ts", family);
}

/** Bytes behind an array that no kernel may write. */
const guardBytes = 16;

/** Arrays one behind the other as a memory plan would lay them, each with guard bytes behind it. */
function place(call: Arguments, memory: WebAssembly.Memory) {
  let offset = 64;
  const places = call.map((each) => {
    if (typeof each === "number") return undefined;
    const at = offset;
    offset = Math.ceil((at + each.byteLength + guardBytes) / 16) * 16;
    return { offset: at, bytes: new Uint8Array(each.buffer, each.byteOffset, each.byteLength) };
  });
  const missing = offset - memory.buffer.byteLength;
  if (missing > 0) memory.grow(Math.ceil(missing / pageBytes));
  for (const each of places) {
    if (!each) continue;
    const all = new Uint8Array(memory.buffer);
    all.set(each.bytes, each.offset);
    all.fill(0xaa, each.offset + each.bytes.length, each.offset + each.bytes.length + guardBytes);
  }
  return places;
}

/** `export function call0(a0: usize, a1: i32): void { relu(float32(a0, 0), a1); }` */
function wrapper({ kernel, signature }: KernelProperty, index: number): string {
  const types = sources.kernels.get(kernel)?.parameters;
  if (types === undefined) throw new Error(`no SIMD kernel ${kernel}`);
  const views = [...signature];
  const passed = types.map((type, i) =>
    type === "pointer" ? `${views.shift()}(a${i}, 0)` : `a${i}`,
  );
  const parameters = types.map((type, i) => `a${i}: ${type === "pointer" ? "usize" : type}`);
  return `export function call${index}(${parameters.join(", ")}): void { ${kernel}(${passed.join(", ")}); }`;
}
