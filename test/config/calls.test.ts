import { describe, expect, it } from "vitest";
import { constant, type Layer, type Tensor } from "../../compiler/config/index.ts";
import type { Graph } from "../../compiler/ir/graph.ts";
import { ops } from "../../compiler/ops/index.ts";
import { annotate } from "../../compiler/quantize/annotate.ts";
import { applyPhases } from "../../compiler/rewrite/phases.ts";
import type { Diagnostic } from "../../grammar/source/diagnostic.ts";
import { outputsOf, Sketch } from "../rewrite/support.ts";
import { type Exports, load, network, requestsOn } from "./support.ts";

const matched = "match d1: Dense :: f32[_, c] -> act: ReLU6 -> d2: Dense set act.output = float";
const from = (names: string) => `import { ${names} } from "./p.ts"\n`;
const rule = (clause: string) => `quantize R optional { ${matched} ${clause} }`;

/** Whether the rule fires with this clause. */
function fires(clause: string, exports: Exports = {}) {
  const names = Object.keys(exports).join(", ");
  const text = `${names === "" ? "" : from(names)}${rule(clause)}`;
  const { sites, diagnostics } = requestsOn(network(), text, { "./p.ts": exports });
  return { isFired: Object.keys(sites).length > 0, ...errorsOf(diagnostics) };
}

function errorsOf(diagnostics: readonly Diagnostic[]) {
  const errors = diagnostics.filter(({ severity }) => severity === "error");
  return {
    errors,
    codes: errors.map(({ code }) => code),
    messages: errors.map(({ message }) => message),
  };
}

describe("a predicate", () => {
  it("sees layers, values, numbers and words", () => {
    const seen: unknown[][] = [];
    const p = (...values: unknown[]) => {
      seen.push(values);
      return true;
    };
    const { isFired, codes } = fires('require p(d1, d1.kernel, c, "x", [1, 2], true, d1.name)', {
      p,
    });
    expect(codes).toEqual([]);
    expect(isFired).toBe(true);
    const [layer, kernel, ...others] = seen[0]! as [Layer<"Dense">, Tensor, ...unknown[]];
    expect(others).toEqual([16, "x", [1, 2], true, "dense1"]);
    expect(layer).toMatchObject({ op: "Dense", name: "dense1", capture: "d1" });
    expect(layer.kernel.shape).toEqual([16, 64]);
    expect(layer.output.shape).toEqual([1, 16]);
    expect(layer.inputs.map(({ slot }) => slot)).toEqual(["input", "kernel", "bias"]);
    expect(kernel.isConstant).toBe(true);
    expect(kernel.maxAbs()).toBe(Math.max(...[...kernel.values].map(Math.abs)));
    expect([kernel.min(), kernel.max()]).toEqual([
      Math.min(...kernel.values),
      Math.max(...kernel.values),
    ]);
    expect(kernel.mean()).toBeCloseTo([...kernel.values].reduce((a, b) => a + b) / kernel.size, 10);
  });

  it("decides whether a rule applies, alone and among other conditions", () => {
    const wide = (layer: Layer<"Dense">, least: number) => layer.output.shape[1]! >= least;
    expect(fires("require wide(d1, 16)", { wide }).isFired).toBe(true);
    expect(fires("require wide(d1, 17)", { wide }).isFired).toBe(false);
    expect(fires("require !wide(d1, 17) && c % 16 == 0", { wide }).isFired).toBe(true);
    expect(fires("require c == 1 || wide(d1, 16)", { wide }).isFired).toBe(true);
  });

  it("that asks for elements of what is no constant makes the rule not apply", () => {
    const small = (x: Tensor) => x.maxAbs() < 8;
    const { isFired, codes } = fires("require small(d1.input)", { small });
    expect(isFired).toBe(false);
    expect(codes).toEqual([]);
  });

  it("can change nothing", () => {
    const spoil = (layer: Layer<"Dense">) => {
      layer.kernel.values.fill(0);
      (layer.kernel.shape as number[])[0] = 7;
      return true;
    };
    const graph = network();
    const before = outputsOf(graph);
    const text = `${from("spoil")}${rule("require spoil(d1)")}`;
    const { diagnostics } = requestsOn(graph, text, { "./p.ts": { spoil } });
    const { messages, codes } = errorsOf(diagnostics);
    expect(codes).toEqual(["QC2655"]);
    expect(messages[0]).toMatch(/^`spoil` of `R` throws: Cannot assign to read only property '0'/);
    expect(outputsOf(graph)).toEqual(before);
  });

  it("that throws, or gives something else, is an error of the rule at a node", () => {
    const broken = () => {
      throw new Error("no luck");
    };
    const thrown = fires("require broken(d1)", { broken });
    expect(thrown.codes).toEqual(["QC2655"]);
    expect(thrown.messages).toEqual(["`broken` of `R` throws: no luck"]);
    expect(thrown.errors[0]!.labels).toMatchObject([
      { text: "called here" },
      { place: { path: "dense2" } },
    ]);
    const five = () => 5;
    const wrong = fires("require five(d1)", { five });
    expect(wrong.messages).toEqual(["`five` of `R` gives the number `5` and not true or false"]);
    expect(wrong.codes).toEqual(["QC2656"]);
    const odd = fires("require odd(d1) == 1", { odd: () => new Map() });
    expect(odd.messages).toEqual(["`odd` of `R` gives an object and not a value of a rule"]);
    expect(fires("require six(d1)", { six: 6 }).codes).toEqual(["QC2654"]);
  });

  it("that is not there is an error of the import", () => {
    const text = `${from("nothing")}${rule("require nothing(d1)")}`;
    const missing = requestsOn(network(), text, { "./p.ts": { anything: () => true } });
    expect(errorsOf(missing.diagnostics).codes).toEqual(["QC2653"]);
    expect(errorsOf(requestsOn(network(), text).diagnostics).codes).toEqual(["QC2651"]);
  });
});

describe("ts{ … }", () => {
  it("is evaluated with the names of the rule and of its imports", () => {
    expect(fires("require ts{ d1.kernel.maxAbs() < 8 }").isFired).toBe(true);
    expect(fires("require ts{ d1.kernel.maxAbs() < 1 as number }").isFired).toBe(false);
    const half = (x: number) => x / 2;
    const clause = "let k = ts{ half(c) + [d1, d2].length }\n require k == 10";
    expect(fires(clause, { half }).isFired).toBe(true);
  });

  it("gives diagnostics where it throws, gives something else or is no expression", () => {
    expect(fires("require ts{ d1.nothing.more }").codes).toEqual(["QC2655"]);
    expect(fires("require ts{ c }").codes).toEqual(["QC2656"]);
    expect(fires("require ts{ c + }").messages[0]).toMatch(/^`ts\{ … \}` of `R` throws/);
  });

  it("is no part of what can be applied without a loader", () => {
    const { sites } = load(rule("require ts{ c > 1 }")).value!.quantizes[0]!.pattern as never;
    expect(sites).toBeUndefined();
  });
});

describe("a builder", () => {
  /** x → conv. */
  function convolution(): Graph {
    const s = new Sketch();
    const x = s.input("x", [1, 4, 4, 2]);
    return s.graph(s.node("Conv2D", [x, s.random([4, 1, 1, 2]), s.random([4])], {}, "conv"));
  }

  const text = `${from("scaled, zeros, groupsOf")}
    rewrite Scale once {
      match conv: Conv2D
      let k = scaled(conv.kernel, 2)
      replace conv with conv.input -> Conv2D { ...conv, kernel: k, bias: zeros(conv), groups: groupsOf(conv) }
    }`;

  const exports = {
    scaled: (k: Tensor, by: number) => k.map((x) => x * by),
    zeros: (conv: Layer<"Conv2D">) => constant(conv.bias!.shape, Array(conv.bias!.size).fill(0)),
    groupsOf: (conv: Layer<"Conv2D">) => conv.groups,
  };

  it("makes constants and attributes of replacements", () => {
    const { value, diagnostics } = load(text, { "./p.ts": exports });
    expect(diagnostics).toEqual([]);
    const graph = convolution();
    const { graph: rewritten, fired } = applyPhases(graph, value!.phases, { ops });
    expect(fired.get("Scale")).toBe(1);
    const constants = [...rewritten.nodes.values()].filter(({ op }) => op === "Constant");
    const old = [...graph.nodes.values()].find(({ op }) => op === "Constant")!;
    const values = constants.map(({ attributes }) => [
      ...(attributes.value as never as { data: Float32Array }).data,
    ]);
    expect(values).toContainEqual(
      [...(old.attributes.value as never as { data: Float32Array }).data].map((x) => 2 * x),
    );
    expect(values).toContainEqual([0, 0, 0, 0]);
  });

  it("that throws is an error", () => {
    const failing = () => {
      throw new TypeError("no kernel");
    };
    const { value } = load(text, { "./p.ts": { ...exports, scaled: failing } });
    expect(() => applyPhases(convolution(), value!.phases, { ops })).toThrow(
      "QC2655: `scaled` of `Scale` throws: no kernel",
    );
  });

  it("says what does not fit its shape", () => {
    expect(() => constant([2, 2], [1])).toThrow("1 elements do not fit the shape [2, 2]");
  });
});

describe("captures", () => {
  it("of repetitions are lists, and what is absent is undefined", () => {
    const seen: unknown[] = [];
    const look = (...values: unknown[]) => {
      seen.push(...values);
      return true;
    };
    const text = `${from("look")} quantize R optional {
      match c: Conv2D -> (acts: ReLU)+ -> r: Reshape -> gone: Sigmoid? -> d: Dense
      require look(acts, gone, c.bias)
      set d.output = float }`;
    const { value } = load(text, { "./p.ts": { look } });
    const { diagnostics } = annotate(network(), value!.quantizes, { ops });
    expect(diagnostics).toEqual([]);
    const [acts, gone, bias] = seen as [Layer[], undefined, Tensor];
    expect(acts.map(({ op, capture }) => [op, capture])).toEqual([["ReLU", "acts"]]);
    expect(gone).toBe(undefined);
    expect(bias.shape).toEqual([4]);
  });
});
