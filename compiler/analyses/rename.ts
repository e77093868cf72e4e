/**
 * A part of a rule with other names: those of expressions, of values and of shape variables. What is no name of the rule's is left
 * alone: members, attributes, functions.
 */
export function renamed<T>(part: T, rename: (name: string) => string): T {
  if (Array.isArray(part)) return part.map((item) => renamed(item, rename)) as T;
  if (typeof part !== "object" || part === null) return part;
  const named = part as { readonly kind?: string; readonly name?: { readonly text: string } };
  const isName = named.kind === "name" || named.kind === "variable";
  return Object.fromEntries(
    Object.entries(part).map(([key, value]) => {
      if (key === "span") return [key, value];
      if (key === "name" && isName) return [key, { ...named.name, text: rename(named.name!.text) }];
      return [key, renamed(value, rename)];
    }),
  ) as T;
}
