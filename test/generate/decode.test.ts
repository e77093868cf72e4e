import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeGraph } from "../../compiler/generate/decode.ts";
import { generateMatch } from "../../compiler/generate/generate-match.ts";
import { generateMiss } from "../../compiler/generate/generate-miss.ts";
import { fromReplay, type Replay, replayOf } from "../../compiler/generate/replay.ts";
import { replayed } from "../../compiler/generate/replayed.ts";
import { printGraph } from "../../compiler/ir/print.ts";
import { verify } from "../../compiler/ir/verify.ts";
import { ops } from "../../compiler/ops/index.ts";
import { standardLibrary } from "../rewrite/support.ts";
import { runs } from "../support/runs.ts";

/** Laws of choices: every list of numbers is a graph, the same one everywhere, and a string stands for it. */

const choices = fc
  .tuple(fc.nat(2 ** 31 - 1), fc.array(fc.nat(2 ** 31 - 1), { maxLength: 40 }))
  .map(([seed, list]) => [seed, ...list]);

const text = (graph: Parameters<typeof printGraph>[0]) => printGraph(graph, ops);

describe("decoding", () => {
  it("is total: every list of numbers is a graph that the verifier accepts", () => {
    fc.assert(
      fc.property(choices, fc.integer({ min: 1, max: 14 }), (numbers, nodes) => {
        const graph = decodeGraph(numbers, { ops, nodes });
        expect(verify(graph, ops, "imported")).toEqual([]);
        expect(graph.outputs.length).toBeGreaterThan(0);
      }),
      runs(400, 1),
    );
  });

  it("gives small graphs for small numbers", () => {
    const graph = decodeGraph([0], { ops });
    expect([...graph.nodes.values()].map(({ op }) => op)).toEqual(["Input", "ReLU"]);
    expect(text(decodeGraph([], { ops }))).toBe(text(graph));
  });

  it("reaches all ops of the table", () => {
    const seen = new Set<string>();
    for (let seed = 1; seed <= 1500; seed++)
      for (const { op } of decodeGraph([seed], { ops, nodes: 12 }).nodes.values()) seen.add(op);
    const missing = [...ops.keys()].filter((name) => !seen.has(name));
    expect(missing).toEqual([]);
  });
});

describe("a replay string", () => {
  const rules = standardLibrary("fold").rewrites.filter((rule) => rule.kind !== "code");
  const [rule] = rules;

  it("stands for its choices", () => {
    const name = fc.constantFrom("FoldBatchNorm", "R1");
    const anything: fc.Arbitrary<Replay> = fc.oneof(
      fc.record({ kind: fc.constant("graph" as const), nodes: fc.nat(99), choices }),
      fc.record({ kind: fc.constant("match" as const), rule: name, choices }),
      fc.record({
        kind: fc.constant("miss" as const),
        rule: name,
        clause: fc.constantFrom("require1", "single-use2"),
        choices,
      }),
    );
    fc.assert(
      fc.property(anything, (replay) => {
        const back = fromReplay(replayOf(replay))!;
        expect(replayOf(back)).toBe(replayOf(replay));
        expect({ ...back, choices: [] }).toEqual({ ...replay, choices: [] });
        const end = replay.choices.findLastIndex((n) => n !== 0);
        expect(back.choices).toEqual(replay.choices.slice(0, Math.max(1, end + 1)));
      }),
      runs(200, 2),
    );
  });

  it("gives the same graph again", () => {
    for (let seed = 1; seed <= 20; seed++) {
      const list = [seed * 7919];
      const graph = decodeGraph(list, { ops, nodes: 8 });
      const match = generateMatch(rule!, list, { ops })!;
      const miss = generateMiss(rule!, { id: "single-use1" }, list, { ops })!;
      const again = (replay: Replay) => text(replayed(replayOf(replay), rules, ops)!.graph);
      expect(again({ kind: "graph", nodes: 8, choices: list })).toBe(text(graph));
      expect(again({ kind: "match", rule: rule!.name, choices: list })).toBe(text(match.graph));
      expect(again({ kind: "miss", rule: rule!.name, clause: "single-use1", choices: list })).toBe(
        text(miss.graph),
      );
    }
  });

  it("is the same on every machine", () => {
    expect(replayOf({ kind: "match", rule: "FoldBatchNorm", choices: [123456789, 0, 35, 0] })).toBe(
      "q1:match:FoldBatchNorm:21i3v9.0.z",
    );
    expect(text(decodeGraph([12345], { ops, nodes: 3 }))).toMatchInlineSnapshot(`
      "graph "generated" {
        input %input_0
        input %input_2
        %input_0: f32[1, 3, 3, 4] = Input
        %concat_1: f32[2, 3, 3, 4] = Concat(%input_0, %input_0) { axis: 0 }
        %input_2: bool[1, 3, 3, 4] = Input
        %not_3: bool[1, 3, 3, 4] = Not(%input_2)
        %thresholdedrelu_4: f32[2, 3, 3, 4] = ThresholdedReLU(%concat_1)
        output "y0" = %not_3
        output "y1" = %thresholdedrelu_4
      }
      "
    `);
  });

  it("of another version, of no meaning, or of an unknown rule is none", () => {
    for (const wrong of ["", "q0:graph:8:1", "q1:graph:1", "q1:match:R", "q1:match:R:?", "q1:x:1"])
      expect(fromReplay(wrong)).toBeUndefined();
    expect(replayed("q1:match:NoSuchRule:1", rules, ops)).toBeUndefined();
    expect(replayed(`q1:miss:${rule!.name}:noclause:1`, rules, ops)).toBeUndefined();
  });
});
