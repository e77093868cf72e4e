/** The part of the assembler that is used; its own declarations would replace those of the host's globals. */
interface Assembler {
  main(
    options: readonly string[],
    host: {
      readFile(path: string): string | null;
      writeFile(path: string, contents: Uint8Array): void;
      listFiles(): readonly string[];
    },
  ): Promise<{ readonly error: Error | null; readonly stderr: { toString(): string } }>;
}

const assembler: string = "assemblyscript/asc";

/** Loads the assembler, which takes a second. */
const loadAssembler = (): Promise<Assembler> => import(assembler);

/** The two families of SIMD kernels: one source, told apart by the feature that the second may use. */
export type SimdFamily = "baseline" | "relaxed";

/** Source texts by path, without a leading slash: the program and all that it imports. */
export type AssemblyFiles = ReadonlyMap<string, string>;

/**
 * Compiles AssemblyScript to WebAssembly. The module imports its memory as `env.memory`, has no data and no start
 * function, and exports what the file `entry` exports. Throws on any complaint of the assembler: the sources are ours.
 */
export async function assemble(
  files: AssemblyFiles,
  entry: string,
  family: SimdFamily,
): Promise<Uint8Array> {
  let binary: Uint8Array | undefined;
  const features = family === "relaxed" ? "simd,relaxed-simd" : "simd";
  const asc = await loadAssembler();
  const { error, stderr } = await asc.main(
    [
      ...[entry, "--outFile", "out.wasm", "--enable", features, "--disable", "mutable-globals"],
      // Not -O3, which inlines kernels with their loops: no faster, but `run` grows, and the time with its square.
      ...["-O2", "--runtime", "stub", "--importMemory", "--noExportMemory", "--noAssert"],
      // Any base but 0 keeps the optimizer from believing that no pointer is below 1024, where it may add to it without wrapping.
      ...["--memoryBase", "16"],
    ],
    {
      readFile: (path) => files.get(path) ?? null,
      writeFile: (path, contents) => {
        if (path === "out.wasm") binary = contents;
      },
      listFiles: () => [],
    },
  );
  if (error || binary === undefined)
    throw new Error(`internal: assembler: ${error?.message}\n${stderr.toString()}`);
  return binary;
}
