import { Rejected } from "../../grammar/source/diagnostic.ts";
import type { TracedFiring } from "../rewrite/trace.ts";
import { malformedLog } from "./diagnostics.ts";

/** What `--trace-rules=FILE --json` wrote: a JSON document on each line. Throws `Rejected` where it is something else. */
export function parseRuleLog(text: string, file: string): readonly TracedFiring[] {
  const lines = text.split("\n").map((line, i) => ({ line: line.trim(), number: i + 1 }));
  return lines
    .filter(({ line }) => line !== "")
    .map(({ line, number }) => {
      const entry = parseJson(line);
      if (isTraced(entry)) return entry;
      throw new Rejected([malformedLog(file, number)]);
    });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isTraced(entry: unknown): entry is TracedFiring {
  if (typeof entry !== "object" || entry === null) return false;
  const { pass, rule, node, op, built, file } = entry as Record<string, unknown>;
  const areTexts = [pass, rule, node, op].every((text) => typeof text === "string");
  const isFile = file === undefined || typeof file === "string";
  return areTexts && isFile && Array.isArray(built) && built.every(isBuilt);
}

function isBuilt(built: unknown): boolean {
  if (typeof built !== "object" || built === null) return false;
  const { node, op } = built as Record<string, unknown>;
  return typeof node === "string" && typeof op === "string";
}
