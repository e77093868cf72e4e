import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { explanations } from "../../grammar/explanations.ts";
import { type Code, check, parse } from "../../grammar/index.ts";
import { testVocabulary } from "../support/vocabulary.ts";

const catalogue = readFileSync(new URL("../../grammar/diagnostics.ts", import.meta.url), "utf8");
const codes = [...catalogue.matchAll(/code: "(QC\d+)"/g)].map((match) => match[1] as Code);

describe("the grammar's catalogue", () => {
  it("explains every code and no other", () => {
    expect(Object.keys(explanations).sort()).toEqual([...new Set(codes)].sort());
  });

  it("gives one code to one mistake", () => {
    expect(codes.filter((code, i) => codes.indexOf(code) !== i)).toEqual([]);
  });

  it.each(codes)("%s is given for its wrong example and nothing for the right one", (code) => {
    const { wrong, right } = explanations[code]!;
    expect(codesOf(wrong)).toEqual([code]);
    expect(codesOf(right)).toEqual([]);
  });
});

function codesOf(text: string): readonly Code[] {
  const { value, diagnostics } = parse("example.qcfg", text);
  return [...diagnostics, ...check(value, testVocabulary)].map(({ code }) => code);
}
