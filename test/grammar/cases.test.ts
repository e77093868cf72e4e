import { describe, it } from "vitest";
import { type Diagnostic, format, parse } from "../../grammar/index.ts";
import { fileCases } from "../support/file-cases.ts";
import { printAst } from "./print-ast.ts";

describe.each(fileCases(new URL("cases/", import.meta.url)))("parse $name", (c) => {
  it("gives the expected tree", () => {
    const { value, diagnostics } = parse(c.name, c.input);
    c.expectOutput(`${[...diagnostics.map(oneLine), printAst(value)].join("\n")}\n`);
  });
});

describe.each(fileCases(new URL("format/", import.meta.url)))("format $name", (c) => {
  it("gives the expected text", () => c.expectOutput(format(parse(c.name, c.input).value)));
});

function oneLine({ code, message, labels }: Diagnostic): string {
  const place = labels[0]?.place;
  if (place === undefined || !("file" in place)) return `! ${code}: ${message}`;
  const { line, column } = place.file.positionAt(place.start);
  return `! ${line}:${column} ${code}: ${message}`;
}
