/** The end of `model.js`: what the module exports. `statements` declare `program`, which `load` loads with the runtime's `loader`. */
export function entryOf(loader: string, statements: readonly string[]): string {
  return `${[
    ...statements,
    "export const inputs = program.inputs;\nexport const outputs = program.outputs;",
    `export function load(options) {\n    return ${loader}(program, import.meta.url, options);\n}`,
    "export { PlanError };",
  ].join("\n")}\n`;
}
