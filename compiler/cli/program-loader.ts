import { loaderFile, readBuilt } from "./built-files.ts";

let text: string | undefined;

/** The linked runtime of programs in WebAssembly. */
export function programLoader(): string {
  text ??= new TextDecoder().decode(readBuilt(loaderFile));
  return text;
}
