import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { PatternedRule } from "../../compiler/generate/matching.ts";
import type { Graph } from "../../compiler/ir/graph.ts";
import { typeFault, verify } from "../../compiler/ir/verify.ts";
import { ops } from "../../compiler/ops/index.ts";
import {
  graphs,
  matchesOf,
  models,
  nearMissesOf,
  placesOf,
  replayed,
  tensorTypes,
} from "../../compiler/testing/index.ts";
import { libraryOf } from "../rewrite/support.ts";
import { runs } from "../support/runs.ts";

/** What `qcfg/testing` gives to fast-check: it generates what it says, and shrinks to what is smallest. */

function ruleOf(text: string): PatternedRule {
  return libraryOf(text).rewrites.find((rule) => rule.kind === "rewrite")!;
}

const computed = ({ nodes }: Graph) =>
  [...nodes.values()].map(({ op }) => op).filter((op) => op !== "Constant" && op !== "Input");

/** The counterexample of a property that fails. */
function counterexample<T>(arbitrary: fc.Arbitrary<T>, holds: (value: T) => boolean): T {
  const { counterexample: found } = fc.check(fc.property(arbitrary, holds), runs(200, 5));
  return found![0];
}

const rule = ruleOf(`rewrite R {
  match x -> d: Dense -> r: ReLU
  require d.shape[-1] % 4 == 0
  replace r with x -> Dense(d.kernel, d.bias)
}`);

describe("arbitraries", () => {
  it("of graphs, models and types are well formed", () => {
    fc.assert(
      fc.property(models(), tensorTypes(), ({ graph, inputs }, type) => {
        expect(verify(graph, ops, "imported")).toEqual([]);
        expect([...inputs.keys()]).toEqual(graph.inputs.map(({ name }) => name));
        expect(typeFault(type)).toBeUndefined();
      }),
      runs(100, 6),
    );
  });

  it("of graphs shrink to one node", () => {
    const { graph } = counterexample(
      graphs({ nodes: 10 }),
      (one) => !computed(one.graph).includes("Add"),
    );
    expect(computed(graph)).toEqual(["Add"]);
    const shapes = [...graph.nodes.values()].map(({ types }) => types[0]!.shape);
    expect(shapes.flat().filter((extent) => extent !== 1)).toEqual([]);
  });

  it("of matches stay matches while they shrink, and replay", () => {
    const match = counterexample(matchesOf(rule), () => false);
    expect(computed(match.graph)).toEqual(["Dense", "ReLU"]);
    expect(placesOf(rule, match.graph, ops)).toEqual([match.place]);
    const again = replayed(match.replay, [rule], ops)!;
    expect(placesOf(rule, again.graph, ops).map(({ root }) => root)).toContain(again.place!.root);
  });

  it("of near misses miss by the clause that they name", () => {
    const miss = counterexample(nearMissesOf(rule), ({ clause }) => clause.kind !== "require");
    expect(miss.clause.text).toBe("d.shape[-1] % 4 == 0");
    expect(computed(miss.graph)).toEqual(["Dense", "ReLU"]);
    expect(placesOf(rule, miss.graph, ops)).toEqual([]);
    expect(placesOf(miss.dropped, miss.graph, ops)).toEqual([miss.place]);
  });

  it("of a rule that nothing matches say so", () => {
    const impossible = ruleOf(`rewrite R {
      match x -> r: ReLU
      require r.shape != x.shape
      replace r with x
    }`);
    expect(() => fc.sample(matchesOf(impossible), 1)).toThrow(
      "no graph was found in which `R` matches",
    );
  });
});
