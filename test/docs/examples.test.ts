import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { ops } from "../../compiler/ops/index.ts";
import { loadLibrary } from "../../compiler/rewrite/load-rules.ts";
import { format, parse } from "../../grammar/index.ts";

/** What the reference says that its examples have in common. */
const prelude = `quantizer w8 = LastValue(int8, per: channel, symmetric, narrow)
quantizer a8 = MovingAverage(int8, per: tensor, affine)
quantizer a16 = MovingAverage(int16, per: tensor, symmetric)
`;

const fence = /^```qcfg\n([\s\S]*?)^```/gm;

const folder = new URL("../../docs/", import.meta.url);
const rules = new URL("../../compiler/rules/", import.meta.url);

describe.each(readdirSync(folder).filter((name) => name.endsWith(".md")))("docs/%s", (name) => {
  const text = readFileSync(new URL(name, folder), "utf8");
  const examples = [...text.matchAll(fence)].map(({ 1: example, index }) => ({
    line: text.slice(0, index).split("\n").length,
    example: example!,
  }));

  it.each(examples)("the example at line $line is a file without a fault", ({ example }) => {
    const path = `docs/${name}`;
    const isBare = name === "language.md" && !example.includes("quantizer w8");
    const whole = isBare ? prelude + example : example;
    const { diagnostics } = loadLibrary({ path, text: whole }, { ops, resolve });
    expect(diagnostics.map(({ code, message }) => `${code}: ${message}`)).toEqual([]);
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

function resolve(specifier: string) {
  const library = /^std\/(\w+)$/.exec(specifier)?.[1];
  if (library === undefined) return undefined;
  return { path: specifier, text: readFileSync(new URL(`${library}.qcfg`, rules), "utf8") };
}
