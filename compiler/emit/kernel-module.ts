import type { DType } from "../ir/types.ts";
import { kernelExport } from "../lower/kernel-exports.ts";
import { assemble } from "./assemble.ts";
import type { SourceReader } from "./runtime-sources.ts";
import { readSimdSources, type SimdKernel, simdFolder } from "./simd-sources.ts";

type Element = keyof typeof dtypeOf;

const dtypeOf = {
  f32: "float32",
  i8: "int8",
  u8: "uint8",
  i16: "int16",
  u16: "uint16",
  i32: "int32",
} as const satisfies Record<string, DType>;

const reals = [["f32"]] as const;
const numbers = [["f32"], ["i32"]] as const;
const anything = [["f32"], ["i32"], ["i8"], ["u8"]] as const;
const indexed = [
  ["f32", "i32"],
  ["i32", "i32"],
  ["u8", "i32"],
] as const;

/** The types for which a float network uses the kernels that work on several; one that is not here is for integers. */
const typeArguments: Readonly<Record<string, readonly (readonly Element[])[]>> = {
  abs: numbers,
  add: numbers,
  ceil: reals,
  clip: numbers,
  convert: [
    ["f32", "i32"],
    ["f32", "u8"],
    ["i32", "f32"],
    ["i32", "u8"],
    ["u8", "f32"],
    ["u8", "i32"],
  ],
  copy: anything,
  copyBlocks: anything,
  dequantize: [["i8"], ["u8"], ["i32"]],
  divideInteger: [["i32"]],
  equal: anything,
  floor: reals,
  floorDivideInteger: [["i32"]],
  floorModulo: numbers,
  gather: indexed,
  gatherBatched: indexed,
  gatherElements: indexed,
  gatherND: indexed,
  globalMaxPool2d: reals,
  isNonZero: numbers,
  less: numbers,
  lessEqual: numbers,
  maxPool2d: reals,
  maxPool2dIndices: reals,
  maximum: numbers,
  minimum: numbers,
  multiply: numbers,
  negative: numbers,
  notEqual: anything,
  oneHot: [["i32", "f32"]],
  pad: anything,
  power: [["f32", "f32"]],
  quantize: [["i8"], ["u8"]],
  round: reals,
  scatterND: indexed,
  select: [["f32"], ["i32"], ["u8"]],
  sign: numbers,
  square: numbers,
  squaredDifference: numbers,
  strided: anything,
  subtract: numbers,
  trilu: numbers,
  truncate: [["i32"]],
  truncatedModulo: numbers,
};

/**
 * The SIMD kernels of float networks as one module, named as `kernelExport` says. It imports its memory, and serves every
 * model: what calibration and evaluation in float run on. Baseline SIMD.
 */
export function assembleKernelModule(readSource: SourceReader): Promise<Uint8Array> {
  const { files, kernels } = readSimdSources(readSource);
  const calls = [...kernels].flatMap(([name, kernel]) =>
    (kernel.typeParameters.length === 0 ? [[]] : (typeArguments[name] ?? [])).map((types) =>
      exportedCall(name, kernel, types),
    ),
  );
  const imports = [...kernels].map(([name, { file }]) => `import { ${name} } from "./${file}";`);
  const text = [`import { Pointer } from "./${simdFolder}/memory";`, ...imports, ...calls];
  return assemble(new Map([...files, ["kernels.ts", text.join("\n")]]), "kernels.ts", "baseline");
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
