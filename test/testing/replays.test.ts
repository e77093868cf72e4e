import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { digestOfReplay, pinned } from "../support/replays.ts";

describe("a replay string", () => {
  // `npm run test:engines` does this in other versions of Node.
  it.each(pinned)("%s is the same graph everywhere", (text, digest) => {
    expect(digestOfReplay(text)).toBe(digest);
  });

  it("is decoded by nothing that differs between engines, machines or days", () => {
    const folders = [
      "compiler/generate",
      "compiler/testing",
      "compiler/literal",
      "compiler/rewrite",
    ];
    const files = folders.flatMap((folder) =>
      readdirSync(folder).map((name) => [
        `${folder}/${name}`,
        readFileSync(`${folder}/${name}`, "utf8"),
      ]),
    );
    const differs =
      /Math\.(random|exp|expm1|log|log2|log10|log1p|pow|cbrt|hypot|a?(sin|cos|tan)h?)\(|\bDate\b|performance\.|localeCompare|toLocale|\bIntl\b/;
    expect(files.flatMap(([name, text]) => (differs.test(text!) ? [name] : []))).toEqual([]);
  });
});
