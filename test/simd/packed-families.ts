import { runtimeSources } from "../../compiler/cli/runtime-sources.ts";
import { assemble, type SimdFamily } from "../../compiler/emit/assemble.ts";
import { readSimdSources, simdFolder } from "../../compiler/emit/simd-sources.ts";
import { relaxedDotSigns } from "../../runtime/load-webassembly.ts";

/** A module of kernels in each family, that knows how the engine's dot product takes its operands. */
export async function instantiateFamilies(
  kernels: readonly string[],
  wrappers: readonly string[],
): Promise<ReadonlyMap<SimdFamily, Exports>> {
  const sources = readSimdSources(runtimeSources);
  const text = [
    `import { float32, int8, uint8, int32 } from "./${simdFolder}/memory";`,
    `import { ${[...kernels, "setDotSigns"].join(", ")} } from "./${simdFolder}/index";`,
    "export { setDotSigns };",
    ...wrappers,
  ].join("\n");
  const families = new Map<SimdFamily, Exports>();
  for (const family of ["baseline", "relaxed"] as const) {
    const files = new Map([...sources.files, ["test.ts", text]]);
    const binary = await assemble(files, "test.ts", family);
    const memory = new WebAssembly.Memory({ initial: 128 });
    const instance = new WebAssembly.Instance(new WebAssembly.Module(binary), { env: { memory } });
    instance.exports.setDotSigns!(relaxedDotSigns() === "signed" ? 0 : 1);
    families.set(family, { memory, call: instance.exports });
  }
  return families;
}

export interface Exports {
  readonly memory: WebAssembly.Memory;
  readonly call: WebAssembly.Instance["exports"];
}
