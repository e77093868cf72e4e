/** Text of HTML or SVG, of which every value has been escaped. */
export class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** A template whose values are escaped, but for those that are markup themselves. */
export function markup(
  parts: TemplateStringsArray,
  ...values: readonly (string | number | Markup | readonly Markup[])[]
): Markup {
  const printed = values.map((value) => {
    if (value instanceof Markup) return value.text;
    if (typeof value === "object") return value.map(({ text }) => text).join("");
    return escaped(String(value));
  });
  return new Markup(parts.map((part, i) => part + (printed[i] ?? "")).join(""));
}

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
};

/** Text as HTML, SVG and XML write it, in attributes too. */
export function escaped(text: string): string {
  return text.replaceAll(/[&<>"]/g, (character) => entities[character]!);
}
