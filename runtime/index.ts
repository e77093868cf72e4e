/** `qcfg/runtime`: the types of compiled programs. A compiled folder itself depends on nothing. */
export type { LoadOptions } from "./load.ts";
export type { WebAssemblyLoadOptions } from "./load-webassembly.ts";
export {
  type InputArrays,
  type Model,
  PlanError,
  type Port,
  type PortArray,
  type PortDType,
} from "./model.ts";
