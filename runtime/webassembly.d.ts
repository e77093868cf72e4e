/** What qcfg uses of the WebAssembly JavaScript interface: not in TypeScript's `es` libraries. @source W3C, WebAssembly JavaScript Interface. */
declare namespace WebAssembly {
  interface MemoryDescriptor {
    readonly initial: number;
    readonly maximum?: number;
  }

  class Memory {
    constructor(descriptor: MemoryDescriptor);
    readonly buffer: ArrayBuffer;
    grow(pages: number): number;
  }

  class Module {
    constructor(bytes: Uint8Array);
    static imports(module: Module): readonly { module: string; name: string; kind: string }[];
    static exports(module: Module): readonly { name: string; kind: string }[];
  }

  class Instance {
    readonly exports: Readonly<Record<string, (...values: number[]) => number>>;
    constructor(
      module: Module,
      imports?: Readonly<Record<string, Readonly<Record<string, unknown>>>>,
    );
  }

  function validate(bytes: Uint8Array): boolean;
  function compile(bytes: Uint8Array): Promise<Module>;
  function instantiate(
    module: Module,
    imports?: Readonly<Record<string, Readonly<Record<string, unknown>>>>,
  ): Promise<Instance>;
}
