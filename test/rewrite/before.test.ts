import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ops } from "../../compiler/ops/index.ts";
import { applyRules } from "../../compiler/rewrite/driver.ts";
import { libraryOf, opsOf, Sketch } from "./support.ts";

const short = "match x -> Tanh -> s: Sigmoid replace s with x -> ELU";
const long = "match x -> Tanh -> Sigmoid -> r: ReLU replace r with x -> Exp";

/** What rules make of a chain of ops, and which are applied, in that order. */
function rewritten(rules: string, chain: readonly string[]) {
  const s = new Sketch();
  let value = s.input("x", [2]);
  for (const op of chain) value = s.node(op, [value]);
  const firings: string[] = [];
  const observe = (firing: { readonly rule: { readonly name: string } }) =>
    firings.push(firing.rule.name);
  const { rewrites } = libraryOf(rules);
  const { graph } = applyRules(s.graph(value), rewrites, { ops, observe });
  return { chain: opsOf(graph).slice(1), firings };
}

describe("`before`", () => {
  it("lets a rule go first where another one would take a part of its match", () => {
    const chain = ["Tanh", "Sigmoid", "ReLU"];
    const without = `rewrite Long { ${long} } rewrite Short { ${short} }`;
    expect(rewritten(without, chain).chain).toEqual(["ELU", "ReLU"]);
    const stated = `rewrite Long { ${long} before Short } rewrite Short { ${short} }`;
    expect(rewritten(stated, chain)).toEqual({ chain: ["Exp"], firings: ["Long"] });
  });

  it("leaves the other one what it does not match", () => {
    const rules = `rewrite Long { ${long} require r.name ~ /none/ before Short } rewrite Short { ${short} }`;
    expect(rewritten(rules, ["Tanh", "Sigmoid", "ReLU"]).firings).toEqual(["Short"]);
  });

  it("says nothing of places that share no node", () => {
    const rules = `rewrite Long { ${long} before Short } rewrite Short { ${short} }`;
    const chain = ["Tanh", "Sigmoid", "Softplus", "Tanh", "Sigmoid", "ReLU"];
    expect(rewritten(rules, chain)).toEqual({
      chain: ["ELU", "Softplus", "Exp"],
      firings: ["Short", "Long"],
    });
  });

  it("holds by way of other rules", () => {
    const rules = `
      rewrite Long { ${long} before Middle }
      rewrite Middle { match x -> Exp -> y: Softplus replace y with x -> Mish before Short }
      rewrite Short { ${short} }`;
    expect(rewritten(rules, ["Tanh", "Sigmoid", "ReLU"]).firings).toEqual(["Long"]);
  });

  it("is obeyed in turn by the rule that goes first", () => {
    const rules = `
      rewrite First { match x -> ReLU -> y: Softplus replace y with x -> Mish before Second }
      rewrite Second { match x -> Sigmoid -> y: ReLU replace y with x -> Exp before Third }
      rewrite Third { match x -> Tanh -> y: Sigmoid replace y with x -> ELU }`;
    expect(rewritten(rules, ["Tanh", "Sigmoid", "ReLU", "Softplus"])).toEqual({
      chain: ["ELU", "Mish"],
      firings: ["First", "Third"],
    });
  });

  describe("moves neither rule among the others", () => {
    const large =
      "match x -> Tanh -> Sigmoid -> y: ReLU require x.rank < 3 replace y with x -> Exp";
    const small = "match x -> y: ReLU replace y with x -> ELU";
    const middle = "match x -> Sigmoid -> y: ReLU replace y with x -> Mish";
    const rules = `rewrite Large { ${large} } rewrite Small { ${small} before Large } rewrite Middle { ${middle} }`;

    it("where the one that is to wait is larger than a third", () => {
      const never = rules.replace("x -> y: ReLU", 'x -> y: ReLU require y.name ~ "none"');
      expect(rewritten(never, ["Tanh", "Sigmoid", "ReLU"]).firings).toEqual(["Large"]);
    });

    it("where the one that goes first is smaller than a third", () => {
      expect(rewritten(rules, ["Sigmoid", "ReLU"]).firings).toEqual(["Middle"]);
    });

    it("and yet one goes first where the two meet", () => {
      expect(rewritten(rules, ["Tanh", "Sigmoid", "ReLU"]).firings).toEqual(["Small"]);
    });

    it("also where each node is visited one time", () => {
      const s = new Sketch();
      let value = s.input("x", [2]);
      for (const op of ["Tanh", "Sigmoid", "ReLU"]) value = s.node(op, [value]);
      const { rewrites } = libraryOf(rules);
      const { fired } = applyRules(s.graph(value), rewrites, { ops, driver: "walk" });
      expect([...fired.keys()]).toEqual(["Small"]);
    });
  });

  const letters = { T: "Tanh", S: "Sigmoid", R: "ReLU", E: "Exp", L: "ELU" } as const;
  const chains = fc
    .array(fc.constantFrom("T", "S", "R"), { maxLength: 24 })
    .map((list) => list.join(""));
  const opsOfText = (text: string) =>
    [...text].map((letter) => letters[letter as keyof typeof letters]);

  it("decides the same wherever the places lie", () => {
    const rules = `rewrite Long { ${long} before Short } rewrite Short { ${short} }`;
    fc.assert(
      fc.property(chains, (text) => {
        const wanted = text.replaceAll("TSR", "E").replaceAll("TS", "L");
        expect(rewritten(rules, opsOfText(text)).chain).toEqual(opsOfText(wanted));
      }),
    );
  });

  it("changes nothing between rules that share no node, and rules without it go as they find places", () => {
    const other = "match x -> Exp -> y: Mish replace y with x -> Softplus";
    const plain = `rewrite Short { ${short} } rewrite Long { ${long} } rewrite Other { ${other} }`;
    const stated = plain.replace(other, `${other} before Short, Long`);
    fc.assert(
      fc.property(chains, (text) => {
        const result = rewritten(plain, opsOfText(text));
        expect(rewritten(stated, opsOfText(text))).toEqual(result);
        expect(result.chain).toEqual(opsOfText(text.replaceAll("TS", "L")));
      }),
    );
  });
});
