import type { RuleFile } from "../../grammar/index.ts";

/** The syntax tree as an indented text: without spans, `false`, empty lists and what is not there. */
export function printAst({ items, broken = [] }: RuleFile): string {
  return [
    ...items.flatMap((item) => lines(item)),
    ...broken.flatMap(({ item }) => ["broken", ...(item ? lines(item).map(indented) : [])]),
  ].join("\n");
}

type Data = Readonly<Record<string, unknown>>;

const indented = (line: string): string => `  ${line}`;

function lines(value: unknown): readonly string[] {
  if (!isData(value)) return [scalar(value)];
  const { kind, span: _, ...fields } = value;
  const head = [typeof kind === "string" ? kind : "-"];
  const below: string[] = [];
  for (const [key, field] of Object.entries(fields)) {
    if (field === undefined || field === false || (Array.isArray(field) && field.length === 0))
      continue;
    if (isScalar(field)) head.push(`${key}=${scalar(field)}`);
    else if (Array.isArray(field) && field.every(isScalar))
      head.push(`${key}=[${field.map(scalar).join(" ")}]`);
    else if (Array.isArray(field)) below.push(key, ...field.flatMap(lines).map(indented));
    else {
      const [first, ...rest] = lines(field);
      below.push(`${key}: ${first}`, ...rest);
    }
  }
  return [head.join(" "), ...below.map(indented)];
}

function isData(value: unknown): value is Data {
  return typeof value === "object" && value !== null && !isName(value);
}

/** A name has a text and a place. */
function isName(value: unknown): value is { readonly text: string } {
  return typeof value === "object" && value !== null && "text" in value && "span" in value;
}

function isScalar(value: unknown): boolean {
  return !isData(value);
}

function scalar(value: unknown): string {
  return isName(value) ? value.text : JSON.stringify(value);
}
