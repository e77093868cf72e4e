import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { expect } from "vitest";

const separator = "\n==>\n";

/** A text file with an input and, after a line `==>`, what is expected of it. */
export interface FileCase {
  readonly name: string;
  readonly input: string;
  /** Compares, or with `UPDATE=1` writes `actual` (and a changed input) into the file. */
  readonly expectOutput: (actual: string, input?: string) => void;
}

/** The cases in a folder next to the test, by name. */
export function fileCases(folder: URL): readonly FileCase[] {
  const names = readdirSync(folder).filter((name) => !name.startsWith("."));
  return names.sort().map((name) => {
    const path = new URL(name, folder);
    const [input = "", expected = ""] = readFileSync(path, "utf8").split(separator);
    return {
      name,
      input,
      expectOutput: (actual, newInput = input) => {
        if (process.env.UPDATE === "1") writeFileSync(path, newInput + separator + actual);
        else expect({ input: newInput, output: actual }).toEqual({ input, output: expected });
      },
    };
  });
}
