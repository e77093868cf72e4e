import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { analyseRules } from "../../compiler/analyses/analyse-rules.ts";
import { ops } from "../../compiler/ops/index.ts";
import { loadLibrary } from "../../compiler/rewrite/load-rules.ts";
import { format, parse } from "../../grammar/index.ts";

const fence = /^```qcfg\n([\s\S]*?)^```/gm;

const folder = new URL("../../docs/", import.meta.url);
const rules = new URL("../../compiler/rules/", import.meta.url);
const examplesFolder = new URL("../../examples/", import.meta.url);
const fromTfmot = new URL("from-tfmot/", examplesFolder);

describe.each(readdirSync(folder).filter((name) => name.endsWith(".md")))("docs/%s", (name) => {
  const text = readFileSync(new URL(name, folder), "utf8");
  const examples = [...text.matchAll(fence)].map(({ 1: example, index }) => ({
    line: text.slice(0, index).split("\n").length,
    example: example!,
  }));

  // What the examples of a page have in common is its first one, if that has quantizers alone.
  const [first] = examples;
  const isPrelude = first !== undefined && /^(quantizer .*\n)+$/.test(first.example);
  const prelude = isPrelude ? first.example : "";

  it.each(examples)("the example at line $line is a file without a fault", ({ example }) => {
    const path = `docs/${name}`;
    const isWhole = example === prelude || /^quantizer w8 /m.test(example);
    const whole = isWhole ? example : prelude + example;
    const { value, diagnostics } = loadLibrary({ path, text: whole }, { ops, resolve });
    const together = value ? analyseRules(value, ops).diagnostics : [];
    expect([...diagnostics, ...together].map(({ code, message }) => `${code}: ${message}`)).toEqual(
      [],
    );
  });

  it("examples are in the canonical form", () => {
    const formatted = text.replace(
      fence,
      (_, example: string) => `\`\`\`qcfg\n${format(parse(name, example).value)}\`\`\``,
    );
    if (process.env.UPDATE === "1") writeFileSync(new URL(name, folder), formatted);
    else expect(formatted).toBe(text);
  });
});

describe("docs/from-tfmot.md", () => {
  const text = readFileSync(new URL("from-tfmot.md", folder), "utf8");

  it.each(["transforms.qcfg", "registry.qcfg"])("shows each rule of %s", (name) => {
    const source = readFileSync(new URL(name, fromTfmot), "utf8");
    const shown = [...source.matchAll(/^(?:quantize|rewrite) [\s\S]*?(?:\n\}|[^{]\n)$/gm)];
    expect(shown.length).toBeGreaterThan(6);
    for (const [rule] of shown) expect(text).toContain(rule.trim());
  });
});

it.each([
  ["from-tfmot.md", "from-tfmot/configs.ts"],
  ["from-tfmot.md", "typescript/scheme.qcfg"],
  ["language.md", "typescript/layers.ts"],
])("docs/%s shows %s as it is", (page, file) => {
  const source = readFileSync(new URL(file, examplesFolder), "utf8");
  const text = readFileSync(new URL(page, folder), "utf8");
  expect(text).toContain(source.slice(source.indexOf("import")).trim());
});

function resolve(specifier: string) {
  const beside = ["from-tfmot/", "typescript/"].map(
    (each) => new URL(each + specifier, examplesFolder),
  );
  const url = specifier.startsWith("./") && beside.find((each) => existsSync(each));
  if (url) return { path: url.pathname, text: readFileSync(url, "utf8") };
  const library = /^std\/(\w+)$/.exec(specifier)?.[1];
  if (library === undefined) return undefined;
  return { path: specifier, text: readFileSync(new URL(`${library}.qcfg`, rules), "utf8") };
}
