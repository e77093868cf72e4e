import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { host } from "../../compiler/cli/host.ts";
import { check, lowerImported } from "../../compiler/compile.ts";
import { assumedStatistics } from "../../compiler/explain/assumed.ts";
import { lintCodes, lintNames } from "../../compiler/explain/lint-names.ts";
import { compilerExplanations } from "../../compiler/explanations/explanation-of.ts";
import { asData } from "../../compiler/listener.ts";
import { explanations } from "../../grammar/explanations.ts";
import type { Code } from "../../grammar/index.ts";
import { importDigits } from "../support/models.ts";

const root = resolve(import.meta.dirname, "../..");
const self = "explain/codes.test.ts";

/** Every code that some catalogue defines, by the functions of its diagnostics. */
const defined = filesOf("compiler", /diagnostics\.ts$/).flatMap((text) =>
  [...text.replaceAll(/\/\/.*$|\/\*[\s\S]*?\*\//gm, "").matchAll(/"(QC\d{4})"/g)].map(
    ([, code]) => code as Code,
  ),
);

describe("the codes of the compiler", () => {
  it("have long forms, each one of its own", () => {
    expect(Object.keys(compilerExplanations).sort()).toEqual([...new Set(defined)].sort());
    expect(defined.filter((code, i) => defined.indexOf(code) !== i)).toEqual([]);
    expect(Object.keys(explanations).filter((code) => code in compilerExplanations)).toEqual([]);
  });

  it("are each produced by a test: one that names it, or the example of its long form", () => {
    const cases = filesOf("test", /\.(qcfg|snap|txt)$/);
    const tests = [...filesOf("test", /\.ts$/).map(asserted), ...cases].join("\n");
    const unseen = Object.entries(compilerExplanations)
      .filter(([code, { wrong }]) => wrong === undefined && !tests.includes(code))
      .map(([code]) => code);
    expect(unseen).toEqual([]);
  });

  it("are made in the catalogues and nowhere else", () => {
    const others = ["compiler", "grammar"].flatMap((folder) =>
      filesOf(folder, /^(?!.*diagnostics\.ts$).*\.ts$/).filter((text) => /\bcode: "QC/.test(text)),
    );
    expect(others).toEqual([]);
  });

  it("in titles, comments and what is not expected do not count", () => {
    const code = "QC2510";
    const mention = `it("${code}: a title", () => {}); // ${code}\nexpect(codes).not.toContain("${code}");`;
    expect(asserted(mention)).not.toContain(code);
    expect(asserted(`it.each([["${code}", "x"]])("%s", check);`)).toContain(code);
    expect(asserted(`expect(stderr).toContain("error[${code}]");`)).toContain(code);
  });

  it("come with an example or a command", () => {
    const bare = Object.entries(compilerExplanations).filter(
      ([, { wrong, command }]) => wrong === undefined && command === undefined,
    );
    expect(bare).toEqual([]);
  });
});

const examples = Object.entries(compilerExplanations).flatMap(([code, { wrong, right }]) =>
  wrong === undefined ? [] : [{ code, wrong, right }],
);

describe("the example of", () => {
  const model = importDigits();
  const codesOf = async (text: string, about: string) => {
    const warn = lintNames.filter((name) => lintCodes[name] === about);
    const rules = { path: "example.qcfg", text };
    const options = { host, rules, statistics: assumedStatistics, warn };
    const { diagnostics } = await asData((listener) => lowerImported(model, options, listener));
    // A compilation passes over the tests of a file.
    const ofFile = check(rules, host.resolveRules);
    return [...new Set([...diagnostics, ...ofFile].map(({ code }) => code))];
  };

  it.each(examples)("$code has the fault, and not when it is set right", async (example) => {
    const { code, wrong, right } = example;
    expect(await codesOf(wrong, code)).toContain(code);
    if (right !== undefined) expect(await codesOf(right, code)).toEqual([]);
  });
});

/** What a test asks for: its text without comments, titles and what must not be. */
function asserted(text: string): string {
  return text
    .replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, "")
    .replaceAll(/\b(?:it|describe|test)(?:\.\w+)?\(\s*(["'`])(?:(?!\1).)*\1/g, "")
    .replaceAll(/^.*\.not\..*$/gm, "");
}

function filesOf(folder: string, name: RegExp): readonly string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((file) => name.test(file) && file !== self && !file.includes("node_modules"))
    .map((file) => readFileSync(join(root, folder, file), "utf8"));
}
