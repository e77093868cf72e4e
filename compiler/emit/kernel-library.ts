import type { DType } from "../ir/types.ts";
import { kernelExport } from "../lower/kernel-exports.ts";
import { assemble, type SimdFamily } from "./assemble.ts";
import { type Element, kernelInstances } from "./kernel-instances.ts";
import type { SourceReader } from "./runtime-sources.ts";
import { readSimdSources, type SimdKernel, simdFolder } from "./simd-sources.ts";

const dtypeOf = {
  f32: "float32",
  i8: "int8",
  u8: "uint8",
  i16: "int16",
  u16: "uint16",
  i32: "int32",
} as const satisfies Record<Element, DType>;

/**
 * All SIMD kernels of a family as one module that imports its memory, named as `kernelExport` says. Programs take the functions from it
 * that they call; calibration and evaluation in float run on the one of the baseline family as it is.
 */
export function assembleKernelLibrary(
  readSource: SourceReader,
  family: SimdFamily,
): Promise<Uint8Array> {
  const { files, kernels } = readSimdSources(readSource);
  const calls = [...kernels].flatMap(([name, kernel]) =>
    (kernel.typeParameters.length === 0 ? [[]] : (kernelInstances[name] ?? [])).map((types) =>
      exportedCall(name, kernel, types),
    ),
  );
  const imports = [...kernels].map(([name, { file }]) => `import { ${name} } from "./${file}";`);
  const text = [`import { Pointer } from "./${simdFolder}/memory";`, ...imports, ...calls];
  return assemble(new Map([...files, ["kernels.ts", text.join("\n")]]), "kernels.ts", family);
}
/** `export function relu__float32_float32(a0: Pointer<f32>, a1: Pointer<f32>, a2: i32): void { relu(a0, a1, a2); }` */
function exportedCall(
  name: string,
  { parameters, typeParameters, elements }: SimdKernel,
  types: readonly Element[],
): string {
  const concrete = elements.map((element) => {
    const at = typeParameters.indexOf(element);
    return (at < 0 ? element : types[at]) as Element;
  });
  const dtypes = concrete.map((element) => dtypeOf[element]);
  const pointers = concrete.values();
  const declared = parameters.map((type, i) => {
    return `a${i}: ${type === "pointer" ? `Pointer<${pointers.next().value}>` : type}`;
  });
  const passed = parameters.map((_, i) => `a${i}`).join(", ");
  const generic = types.length === 0 ? "" : `<${types.join(", ")}>`;
  return `export function ${kernelExport(name, dtypes)}(${declared.join(", ")}): void { ${name}${generic}(${passed}); }`;
}
