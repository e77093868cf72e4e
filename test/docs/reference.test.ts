import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { referencePages } from "../../scripts/reference-pages.ts";

describe.each([...referencePages()])("docs/reference/%s", (name, text) => {
  it("is what the definitions say: if not, run `npm run docs`", () => {
    const there = readFileSync(new URL(`../../docs/reference/${name}`, import.meta.url), "utf8");
    expect(there).toBe(text);
  });
});
