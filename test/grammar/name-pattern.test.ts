import fc from "fast-check";
import { expect, it } from "vitest";
import { nameMatcher, unsupportedIn } from "../../grammar/name-pattern.ts";
import { timed } from "../support/cpu-time.ts";

const regex = (source: string) => ({ kind: "regex", source }) as const;

const atoms = [
  "a",
  "b",
  "ab",
  ".",
  "[ab]",
  "[^a]",
  String.raw`\w`,
  String.raw`\u{61}`,
  "^",
  "$",
  "😀",
  "",
];
const { pattern } = fc.letrec<{ pattern: string }>((tie) => ({
  pattern: fc.oneof(
    { depthSize: "small" },
    fc.constantFrom(...atoms),
    fc.tuple(tie("pattern"), tie("pattern")).map(([a, b]) => a + b),
    fc.tuple(tie("pattern"), tie("pattern")).map(([a, b]) => `(?:${a}|${b})`),
    fc
      .tuple(tie("pattern"), fc.constantFrom("*", "+", "?", "{2}", "{1,}", "{0,2}", "*?"))
      .map(([a, sign]) => `(${a})${sign}`),
  ),
}));
const name = fc.string({ unit: fc.constantFrom("a", "b", "c", "/", "😀", "\n"), maxLength: 8 });

it("means what the regular expression means in JavaScript, for the whole name", () => {
  fc.assert(
    fc.property(pattern, fc.array(name, { minLength: 1 }), (source, names) => {
      const matches = nameMatcher(regex(source));
      const expected = new RegExp(`^(?:${source})$`, "u");
      for (const each of names) expect(matches(each)).toBe(expected.test(each));
    }),
    { numRuns: 1000 },
  );
});

it.each([
  [String.raw`layer[\/_](?<index>\d{1,2})\/conv`, "layer/12/conv", "layer/123/conv"],
  [String.raw`\p{Lu}[^\]]+\x41\uD83D\uDE00`, "Éa]A😀".replace("]", "b"), "Éa]A😀"],
])("%s", (source, fits, other) => {
  const matches = nameMatcher(regex(source));
  expect([matches(fits), matches(other)]).toEqual([true, false]);
});

it("takes a glob literally but for its stars and question marks", () => {
  const matches = nameMatcher({ kind: "glob", source: "enc(1)/**/q?.*" });
  expect(["enc(1)/a/b/qk.w", "enc(1)/a/b/qk.w/x", "enc1/a/qk.w"].map(matches)).toEqual([
    true,
    false,
    false,
  ]);
});

it.each(["(a+)+b", "(a|a)*b", "(?:a?){50}a{50}b", ".*.*.*.*.*b", "(((){1000}){1000}){1000}b"])(
  "takes no longer for %s than for another",
  (source) => {
    const { value, cpuTime } = timed(() => nameMatcher(regex(source))("a".repeat(10_000)));
    expect(value).toBe(false);
    expect(cpuTime).toBeLessThan(2000);
  },
);

it.each([
  ["a(?=b)", "looking ahead or behind"],
  ["(?<!a)b", "looking ahead or behind"],
  [String.raw`(a)\1`, "a reference to a group"],
  [String.raw`(?<x>a)\k<x>`, "a reference to a group"],
  [String.raw`\bconv`, "a word boundary"],
  ["((a{100}){100}){100}", "so many characters or repetitions"],
  ["(".repeat(200) + ")".repeat(200), "so many groups within one another"],
])("does not support %s", (source, part) => {
  expect(unsupportedIn(regex(source))).toBe(part);
});
