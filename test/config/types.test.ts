import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { modules, sources } from "../../compiler/cli/modules.ts";
import { resolveRules } from "../../compiler/cli/rule-files.ts";
import { printDeclarations } from "../../compiler/config/declarations.ts";
import { typeModule } from "../../compiler/config/type-module.ts";
import { ops } from "../../compiler/ops/index.ts";
import { loadRules, typedFiles } from "../../compiler/pipeline.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

/** What TypeScript and rules know of each other: the types of captures, and the signatures of what is called. */

const signatures = `
import { LastValueQuantizer, type Layer, type QuantizeConfig, type Tensor } from "qcfg/config";
import type { R } from "./rules.qcfg.d.ts";

export const wide = (layer: Layer<"Dense">, least: number): boolean => layer.kernel.shape[1]! >= least;
export const anyLinear = (layer: Layer<"Dense" | "Conv2D">): boolean => layer.kernel.rank > 1;
export const ofRule = ({ d1, c }: Pick<R, "d1" | "c">): boolean => d1.kernel.size > c;
export const count = (layers: readonly Layer[]): number => layers.length;
export const word = (): string => "word";
export const half = (k: Tensor): Tensor => k.map((x) => x / 2);
export const bits = (numBits: number) => new LastValueQuantizer({ numBits });
export const later = async (layer: Layer): Promise<boolean> => layer.name === "";
export class Config {
  constructor(readonly options: { readonly numBits: number }) {}
  getWeightsAndQuantizers() { return []; }
  getActivationsAndQuantizers() { return []; }
  getOutputQuantizers() { return []; }
  setQuantizeWeights() {}
  setQuantizeActivations() {}
  getConfig() { return { numBits: this.options.numBits }; }
}
export class NoConfig {}
`;

const imports =
  'import { wide, anyLinear, count, half, bits, later, Config, NoConfig } from "./signatures.ts"\n';
const matched = "match d1: Dense :: f32[_, c] -> act: ReLU6? -> conv: Dense | Conv2D(kernel = k)";
/** Rules of some clauses each, named in their order. */
const rules = (...clauses: readonly string[]) =>
  clauses
    .map(
      (each, i) => `quantize R${i || ""} optional { ${matched} ${each} set conv.output = float }`,
    )
    .join("\n");

function check(text: string) {
  const folder = temporaryFolder();
  const path = join(folder, "rules.qcfg");
  writeFileSync(path, text);
  writeFileSync(join(folder, "signatures.ts"), signatures);
  const untyped = loadRules({ path, text }, resolveRules).value;
  if (untyped) {
    const [file] = typedFiles(untyped.scheme);
    writeFileSync(`${path}.d.ts`, printDeclarations("rules.qcfg", file!.rules, ops));
  }
  const { diagnostics } = loadRules({ path, text }, resolveRules, {
    modules,
    sources,
  });
  return diagnostics
    .filter(({ severity }) => severity === "error")
    .map(({ code, message, labels: [label] }) => {
      const { start, end } = label!.place as { start: number; end: number };
      return `${code} at \`${text.slice(start, end)}\`: ${message}`;
    });
}

// TypeScript takes a second for each file, however many rules it has.

it("calls that fit their signature", () => {
  const fitting = rules(
    "require wide(d1, c)",
    "require anyLinear(conv)",
    "require count([d1, conv]) > 1",
    "set d1.kernel = bits(4)",
    "require ts{ d1.kernel.maxAbs() < 8 && c > 1 }",
    "require ts{ act === undefined || act.name !== '' }",
  );
  const others = `quantize Made optional on layer: Dense using Config(numBits: 4)
    rewrite Halve once optional { match x -> conv: Conv2D
      replace conv with x -> Conv2D { ...conv, kernel: half(conv.kernel) } }`;
  expect(check(`${imports}${fitting}\n${others}`)).toEqual([]);
});

it("a function of the interface that `qcfg types` writes", () => {
  const text = `import { ofRule } from "./signatures.ts"\n${rules("require ts{ ofRule({ d1, c }) }")}`;
  expect(check(text)).toEqual([]);
  expect(check(text.replaceAll("d1", "dense"))).toEqual([
    expect.stringMatching(/^QC2661 at `.*dense.*`/),
  ]);
});

it("calls that do not fit, each where it is written", () => {
  const faults: readonly (readonly [string, RegExp])[] = [
    ["require wide(conv, 1)", /^QC2661 at `conv`: argument of type/],
    ["require wide(k, 1)", /^QC2661 at `k`: argument of type `Tensor`/],
    ['require wide(d1, "16")', /^QC2661 at `"16"`: argument of type `string`/],
    ["require wide(d1)", /^QC2661 at `wide`: expected 2 arguments, but got 1/],
    ["require count([act]) > 0", /^QC2661 at `\[act\]`: /],
    ["require count([d1])", /^QC2661 at `count`: argument of type `number`/],
    ["require later(d1)", /^QC2661 at `later`: argument of type `Promise<boolean>`/],
    ["set d1.kernel = count([d1])", /^QC2661 at `count/],
    ["require ts{ d1.filters > 1 }", /^QC2661 at `filters`: property `filters` does not exist/],
    ["require ts{ d3.name === '' }", /^QC2661 at `d3`: cannot find name `d3`/],
    ["require ts{ c }", /^QC2661 at `.*c.*`: argument of type `number`/],
  ];
  const found = check(imports + rules(...faults.map(([clause]) => clause)));
  expect(found).toEqual(faults.map(([, message]) => expect.stringMatching(message)));
});

it("results that do not fit their place", () => {
  const faults: readonly (readonly [string, RegExp | undefined])[] = [
    ["replace conv with x -> Conv2D { ...conv, kernel: word() }", /^QC2661 at `word`: .*`string`/],
    ["replace conv with x -> Conv2D { ...conv, kernel: 2 * word() }", /^QC2661 at `word`/],
    ["replace conv with x -> same conv { bias: word() }", /^QC2661 at `word`/],
    ["replace conv with x -> Conv2D(word())", /^QC2661 at `word`/],
    ["replace conv with word()", /^QC2661 at `word`/],
    ["replace conv with x -> Conv2D { ...conv, strides: count([conv]) }", /^QC2661 at `count`/],
    ["replace conv with x -> Conv2D { ...conv, groups: count([conv]) }", undefined],
    [
      "replace conv with x -> Conv2D { ...conv, kernel: half(conv.kernel) * count([conv]) }",
      undefined,
    ],
    ["require word() == 3", /^QC2661 at `word`/],
    ["require word() < 3", /^QC2661 at `word`/],
    ["require count([conv]) == true", /^QC2661 at `count`/],
    ['require word() == "a" && count([conv]) == 1 && half(conv.kernel) == 0', undefined],
  ];
  const text = faults
    .map(([clause], i) => {
      const effect = clause.startsWith("replace") ? "" : "replace conv with x -> ReLU";
      return `rewrite R${i} optional once { match x -> conv: Conv2D ${clause} ${effect} }`;
    })
    .join("\n");
  const found = check(`import { count, half, word } from "./signatures.ts"\n${text}`);
  const wanted = faults.flatMap(([, message]) => (message ? [expect.stringMatching(message)] : []));
  expect(found.filter((message) => message.startsWith("QC26"))).toEqual(wanted);
});

it("no expression, beside others", () => {
  const clauses = ["ts{ c + }", "ts{ d3 }", "ts{ const y = 1; return y }", "ts{ `a }"];
  const found = check(imports + rules(...clauses.map((clause) => `require ${clause}`)));
  expect(found).toEqual([
    expect.stringMatching(/^QC2661 at ` c \+ `: expression expected/),
    expect.stringMatching(/^QC2661 at `d3`: cannot find name/),
    expect.stringMatching(/^QC2661 at `const`: /),
    expect.stringMatching(/^QC2661 at ` `a `: unterminated template literal/),
  ]);
});

it("a config that several rules use", () => {
  const using = 'using Config(numBits: 4) from "./signatures.ts"';
  const text = `quantize A optional on layer: Dense ${using}
    quantize B optional on layer: Conv2D ${using}`;
  expect(check(text)).toEqual([]);
  expect(check(`import { Config } from "./signatures.ts"\n${text}`)).toEqual([]);
});

it("a config that is none, and arguments of another type", () => {
  const using = (config: string) =>
    check(`${imports}quantize R optional on layer: Dense using ${config}`);
  expect(using("NoConfig")).toEqual([expect.stringMatching(/^QC2654 at `NoConfig`/)]);
  expect(using('Config(numBits: "4")')).toEqual([expect.stringMatching(/^QC2661 at `/)]);
});

it("a name that is not exported", () => {
  const found = check(`import { wides } from "./signatures.ts"\n${rules("require wides(d1, 1)")}`);
  expect(found).toEqual([expect.stringMatching(/^QC2653 at `wides`/)]);
});

it("a file that cannot be read, without loading it", () => {
  const folder = temporaryFolder();
  const path = join(folder, "rules.qcfg");
  writeFileSync(join(folder, "torn.ts"), "export const torn = (x: unknown): boolean => x < ;\n");
  const text = `import { torn } from "./torn.ts"\n${rules("require torn(d1)")}`;
  const { diagnostics } = loadRules({ path, text }, resolveRules, { sources });
  const codes = diagnostics.filter(({ severity }) => severity === "error").map(({ code }) => code);
  expect(codes).toEqual(["QC2652"]);
});

it("costs rules that use no TypeScript nothing, whatever they name by `let`", () => {
  const { value } = loadRules(undefined, resolveRules);
  const written = typedFiles(value!.scheme).map(({ file, rules }) => typeModule(file, rules, ops));
  expect(written.length).toBeGreaterThan(1);
  expect(written.every((module) => module === undefined)).toBe(true);
});
