import type { SourceFile, Span } from "./source/source-file.ts";

/** A piece of syntax as it stands in another file, so many characters further on: a copy in which every span is moved. */
export function moveSyntax<T>(syntax: T, file: SourceFile, by: number): T {
  return moved(syntax, file, by) as T;
}

function moved(value: unknown, file: SourceFile, by: number): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => moved(item, file, by));
  if (isSpan(value)) return file.span(value.start + by, value.end + by);
  const copy: Record<string, unknown> = { ...value };
  for (const key in copy) {
    const part = copy[key];
    if (typeof part === "object") copy[key] = moved(part, file, by);
  }
  return copy;
}

function isSpan(value: object): value is Span {
  return "file" in value && "start" in value;
}
