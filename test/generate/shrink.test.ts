import { describe, expect, it } from "vitest";
import { decodeGraph } from "../../compiler/generate/decode.ts";
import { generateMatch } from "../../compiler/generate/generate-match.ts";
import type { PatternedRule } from "../../compiler/generate/matching.ts";
import { shrinkCase, shrinkGraph } from "../../compiler/generate/shrink-graph.ts";
import { evaluate } from "../../compiler/ir/evaluate.ts";
import type { Graph } from "../../compiler/ir/graph.ts";
import { printGraph } from "../../compiler/ir/print.ts";
import { sizeOf, type Tensor, tensor } from "../../compiler/ir/types.ts";
import { verify } from "../../compiler/ir/verify.ts";
import { ops } from "../../compiler/ops/index.ts";
import { applyRules } from "../../compiler/rewrite/driver.ts";
import type { RewriteRule } from "../../compiler/rewrite/rule.ts";
import { kernels } from "../../runtime/reference/index.ts";
import { libraryOf } from "../rewrite/support.ts";

/** Failing graphs become the smallest ones that still fail. */

const computed = (graph: Graph) =>
  [...graph.nodes.values()].map(({ op }) => op).filter((op) => op !== "Constant" && op !== "Input");

describe("shrinking a random graph", () => {
  const graphs = Array.from({ length: 40 }, (_, i) =>
    decodeGraph([i * 31 + 1], { ops, nodes: 12 }),
  );

  it("ends with a well-typed graph that still fails and is no larger", () => {
    for (const graph of graphs) {
      const [wanted] = computed(graph);
      const stillFails = (one: Graph) => computed(one).includes(wanted!);
      const { smallest } = shrinkGraph(graph, stillFails, { ops });
      expect(stillFails(smallest)).toBe(true);
      expect(verify(smallest, ops, "imported")).toEqual([]);
      expect(smallest.nodes.size).toBeLessThanOrEqual(graph.nodes.size);
      if (wanted !== undefined) expect(computed(smallest)).toEqual([wanted]);
    }
  });

  it("tries no more candidates than it may, and gives back what does not shrink", () => {
    const [graph] = graphs;
    expect(shrinkGraph(graph!, () => false, { ops }).smallest).toBe(graph);
    const tried = graphs.map((one) => shrinkGraph(one, () => true, { ops, candidates: 3 }).tried);
    expect(Math.max(...tried)).toBe(3);
  });
});

/** A rule of a text, as the driver applies it. */
function ruleOf(text: string): RewriteRule & PatternedRule {
  return libraryOf(text).rewrites.find((rule) => rule.kind === "rewrite")!;
}

function inputsOf(graph: Graph): ReadonlyMap<string, Tensor> {
  return new Map(
    graph.inputs.map(({ name, value }) => {
      const type = graph.nodes.get(value.node)!.types[0]!;
      const values = Array.from({ length: sizeOf(type.shape) }, (_, i) => (i % 5) - 2);
      return [name, { ...tensor(type.dtype, type.shape, values), ...type }];
    }),
  );
}

/** Whether a rule changes what a graph computes. */
function isWrongOn(rule: RewriteRule, graph: Graph, inputs: ReadonlyMap<string, Tensor>): boolean {
  const { graph: after, fired } = applyRules(graph, [rule], { ops });
  if (fired.size === 0) return false;
  const [was, is] = [graph, after].map((g) => [...evaluate(g, inputs, { ops, kernels }).values()]);
  return was!.some(({ data }, i) => data.some((x, at) => Math.abs(x - is![i]!.data[at]!) > 1e-3));
}

describe("shrinking a counterexample of a wrong rule", () => {
  const forgetsEpsilon = ruleOf(`rewrite Wrong {
    match layer: Conv2D | Dense { activation: "linear" } -> bn: BatchNorm
    let factor = bn.gamma / sqrt(bn.variance)
    replace bn with
      same layer { kernel: layer.kernel * factor, bias: (layer.bias - bn.mean) * factor + bn.beta }
  }`);

  it("leaves the two nodes of its pattern, extents of one and simple weights", () => {
    let found = 0;
    for (let seed = 1; found < 5; seed++) {
      const { graph } = generateMatch(forgetsEpsilon, [seed], { ops })!;
      const inputs = inputsOf(graph);
      if (!isWrongOn(forgetsEpsilon, graph, inputs)) continue;
      found++;
      const { smallest } = shrinkCase(
        { graph, inputs },
        (one) => isWrongOn(forgetsEpsilon, one.graph, one.inputs),
        { ops },
      );
      expect(computed(smallest.graph)).toHaveLength(2);
      expect(verify(smallest.graph, ops, "imported")).toEqual([]);
      const sizes = [...smallest.graph.nodes.values()].map(({ types }) => sizeOf(types[0]!.shape));
      expect(
        sizes.filter((n) => n !== 1),
        printGraph(smallest.graph, ops),
      ).toEqual([]);
    }
  });
});
