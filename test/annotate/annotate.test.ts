import { describe, expect, it } from "vitest";
import type { Graph } from "../../compiler/ir/graph.ts";
import { printQuantizer } from "../../compiler/ir/quantizer.ts";
import { ops } from "../../compiler/ops/index.ts";
import { annotate } from "../../compiler/quantize/annotate.ts";
import { libraryOf, Sketch } from "../rewrite/support.ts";

const names = `
quantizer w8 = LastValue(int8, per: channel, symmetric, narrow)
quantizer a8 = MovingAverage(int8, per: tensor, affine)
quantizer a16 = MovingAverage(int16, per: tensor, symmetric)
`;

/** `name.output` or `name.operand` of every site, with what it got and from which rule. */
function checkAnnotations(
  graph: Graph,
  text: string,
  files: Readonly<Record<string, string>> = {},
) {
  const { annotations, diagnostics } = annotate(graph, libraryOf(text, files).quantizes, { ops });
  const sites = Object.fromEntries(
    [...annotations.sites.values()].map(({ site, winner, group }) => {
      const node = graph.nodes.get(site.kind === "value" ? site.value.node : site.node)!;
      const slot =
        site.kind === "value" ? "output" : ops.get(node.op)!.operands[site.operand]!.name;
      const request =
        typeof winner.request === "string"
          ? winner.request
          : printQuantizer(winner.request).replace(/^(\w+)\(([^,)]*).*/, "$1 $2");
      return [
        `${node.name}.${slot}`,
        `${request} by ${winner.rule}${group === undefined ? "" : ` (group ${group})`}`,
      ];
    }),
  );
  return { sites, annotations, codes: diagnostics.map(({ code }) => code), diagnostics };
}

/** x → conv1 → relu → conv2. */
function network() {
  const s = new Sketch();
  const x = s.input("x", [1, 4, 4, 2]);
  const conv = (input: ReturnType<typeof s.input>, name: string) =>
    s.node("Conv2D", [input, s.random([2, 1, 1, 2]), s.random([2])], {}, name);
  const conv1 = conv(x, "conv1");
  const relu = s.node("ReLU", [conv1], {}, "relu");
  return s.graph(conv(relu, "conv2"));
}

describe("annotate", () => {
  it("puts requests on constants and values and derives biases", () => {
    const { sites, codes } = checkAnnotations(
      network(),
      `${names} quantize Convolutions { match c: Conv2D set c.kernel = w8 set c.output = a8 }`,
    );
    expect(codes).toEqual([]);
    expect(sites).toEqual({
      "conv1.kernel": "LastValue int8 by Convolutions",
      "conv1.output": "MovingAverage int8 by Convolutions",
      "conv1.bias": "derived by Convolutions",
      "conv2.kernel": "LastValue int8 by Convolutions",
      "conv2.output": "MovingAverage int8 by Convolutions",
      "conv2.bias": "derived by Convolutions",
    });
  });

  it("moves requests on the inside of a fused group to its last value", () => {
    const { sites, annotations } = checkAnnotations(
      network(),
      `${names}
       quantize Unit { match c: Conv2D -> act: ReLU fuse c, act }
       quantize Convolutions { match c: Conv2D set c.output = a8 }`,
    );
    expect(sites).toEqual({
      "relu.output": "MovingAverage int8 by Convolutions",
      "conv2.output": "MovingAverage int8 by Convolutions",
    });
    expect(annotations.interior.size).toBe(1);
  });

  it("lets the nearer file win, and an override over all", () => {
    const library = `${names}
      quantize Lib { match c: Conv2D set c.output = a8 }
      quantize Strong override { match c: Conv2D require c.name == "conv2" set c.output = a8 }`;
    const { sites, codes } = checkAnnotations(
      network(),
      `import "lib"
       quantize Mine { match c: Conv2D set c.output = a16 }`,
      { lib: library },
    );
    expect(codes).toEqual([]);
    expect(sites).toEqual({
      "conv1.output": "MovingAverage int16 by Mine",
      "conv2.output": "MovingAverage int8 by Strong",
    });
  });

  it("does not depend on the order of rules", () => {
    const one = "quantize A { match c: Conv2D set c.output = a8 }";
    const two = "quantize B { match r: ReLU set r.output = a16 }";
    const graph = network();
    expect(checkAnnotations(graph, names + one + two).sites).toEqual(
      checkAnnotations(graph, names + two + one).sites,
    );
  });

  it("reports unequal requests of one level with both rules and the node", () => {
    const { codes, diagnostics } = checkAnnotations(
      network(),
      `${names}
       quantize A { match c: ReLU set c.output = a8 }
       quantize B { match c: ReLU set c.output = a16 }`,
    );
    expect(codes).toEqual(["QC2109"]);
    expect(diagnostics[0]!.message).toContain("`relu`");
    expect(diagnostics[0]!.labels).toHaveLength(3);
  });

  it("reports the conflict of two clauses once, with its places", () => {
    const { codes, diagnostics } = checkAnnotations(
      network(),
      `${names}
       quantize A { match c: Conv2D set c.* = float }
       quantize B { match c: Conv2D set c.kernel = w8 set c.output = a8 }`,
    );
    expect(codes).toEqual(["QC2109", "QC2109"]);
    const [kernels, outputs] = diagnostics;
    expect(kernels!.message).toMatch(/^the requests for a constant operand of `conv1` and 1 more/);
    expect(outputs!.message).toMatch(/^the requests for the output of `conv1` and 1 more/);
    expect(kernels!.labels.slice(2).map(({ place }) => place)).toEqual([
      expect.objectContaining({ path: "conv1" }),
      expect.objectContaining({ path: "conv2" }),
    ]);
  });

  it("takes equal requests of two rules as one", () => {
    const text = `${names}
      quantizer same8 = MovingAverage(affine, int8)
      quantize A { match c: ReLU set c.output = a8 }
      quantize B { match c: ReLU set c.output = same8 }`;
    expect(checkAnnotations(network(), text).codes).toEqual([]);
  });

  it("`none` requests nothing and `float` is a request", () => {
    const { sites } = checkAnnotations(
      network(),
      `${names}
       quantize A { match c: Conv2D set c.* = a8 }
       quantize First override { match c: Conv2D require c.name ~ /conv1/ set c.* = float }
       quantize Nothing override { match c: Conv2D set c.* = none }`,
    );
    expect(sites["conv1.output"]).toBe("float by First");
    expect(sites["conv1.bias"]).toBe("float by First");
    expect(sites["conv2.kernel"]).toBe("MovingAverage int8 by A");
  });

  it("gives a tie group the request of its strongest member", () => {
    const { sites, annotations } = checkAnnotations(
      network(),
      `${names}
       quantize Tied { match x -> r: ReLU tie x.output, r.output }
       quantize A { match r: ReLU set r.output = a8 }`,
    );
    expect(sites).toEqual({
      "conv1.output": "MovingAverage int8 by A (group 0)",
      "relu.output": "MovingAverage int8 by A (group 0)",
    });
    expect(annotations.groups.get(0)).toHaveLength(2);
  });

  it("leaves out of a tie group what is to stay in float, and no other member", () => {
    const s = new Sketch();
    const x = s.input("x", [1, 4, 4, 2]);
    const parts = ["left", "middle", "right"].map((name) =>
      s.node("Conv2D", [x, s.random([2, 1, 1, 2])], {}, name),
    );
    const graph = s.graph(s.node("Concat", parts, { axis: 3 }, "cat"));
    const { sites, annotations } = checkAnnotations(
      graph,
      `${names}
       quantize OneScale { match cat: Concat(...xs) tie cat.output, xs.output = a8 }
       quantize Kept override { match c: Conv2D require c.name ~ /middle/ set c.output = float }`,
    );
    expect(sites).toEqual({
      "left.output": "MovingAverage int8 by OneScale (group 0)",
      "middle.output": "float by Kept",
      "right.output": "MovingAverage int8 by OneScale (group 0)",
      "cat.output": "MovingAverage int8 by OneScale (group 0)",
    });
    expect(annotations.groups.get(0)).toHaveLength(3);
  });

  it("reports a tie group whose strongest members disagree", () => {
    const { codes, diagnostics } = checkAnnotations(
      network(),
      `${names}
       quantize Tied { match x -> r: ReLU tie x.output, r.output }
       quantize A { match r: ReLU set r.output = a8 }
       quantize B { match c: Conv2D set c.output = a16 }`,
    );
    expect(codes).toEqual(["QC2109"]);
    expect(diagnostics[0]!.labels.map(({ text }) => text)).toContain("`Tied` ties them");
  });

  it("reports the user's rules that match nothing, with the nearest miss", () => {
    const { codes, diagnostics } = checkAnnotations(
      network(),
      `${names}
       quantize A { match c: Conv2D require c.name ~ /stem_.*/ set c.output = a8 }
       quantize B { match c: Dense set c.output = a8 }
       quantize C optional { match c: Dense set c.output = a8 }`,
    );
    expect(codes).toEqual(["QC2110", "QC2110"]);
    expect(diagnostics[0]!.message).toContain('c.name = "conv1"');
    expect(diagnostics[1]!.message).toContain("the model has no `Dense`");
  });

  it("says which names come nearest to one that fits none, and where", () => {
    const { diagnostics } = checkAnnotations(
      network(),
      `${names}
       quantize A { match c: any require c.name ~ /con_1/ set c.output = a8 }
       quantize B { match c: any require c.op != "Input" && c.name ~ /xyz/ set c.output = a8 }`,
    );
    expect(diagnostics[0]!.help).toMatch(/^the nearest names? (is|are) `conv1`/);
    expect(diagnostics[0]!.labels).toMatchObject([{}, { place: { path: "conv1" } }]);
    expect(diagnostics[1]!.help).toMatch(/^write `optional`/);
  });

  it("says of a pattern that fits nowhere what is there at the place that comes nearest", () => {
    const { diagnostics } = checkAnnotations(
      network(),
      `${names} quantize A { match Softmax -> r: ReLU set r.output = a8 }`,
    );
    expect(diagnostics[0]!.labels[1]!.text).toBe(
      "the nearest: `conv1` is Conv2D, wanted is Softmax",
    );
  });

  /** conv1 → relu1 → add ← conv1. */
  const twoReaders = () => {
    const s = new Sketch();
    const conv = s.node(
      "Conv2D",
      [s.input("x", [1, 4, 4, 2]), s.random([2, 1, 1, 2])],
      {},
      "conv1",
    );
    const relu = s.node("ReLU", [conv], {}, "relu1");
    return s.graph(s.node("Add", [relu, conv], {}, "add"));
  };

  it.each(["match r: ReLU set r.input[0] = a16", "match x -> r: ReLU set r.input[x] = a16"])(
    "takes a request for an input as one for the edge: %s",
    (clauses) => {
      const text = `${names} quantize A { ${clauses} }`;
      expect(checkAnnotations(twoReaders(), text).sites).toEqual({
        "relu1.input": "MovingAverage int16 by A",
      });
    },
  );

  it("knows where a node reads a value, on whichever side", () => {
    const text = `${names} quantize A { match c: Conv2D -> add: Add set add.input[c] = a16 }`;
    expect(checkAnnotations(twoReaders(), text).sites).toEqual({
      "add.b": "MovingAverage int16 by A",
    });
  });

  it("gives a value for which nobody asks what all of its readers ask for", () => {
    const text = `${names}
      quantize A { match r: ReLU set r.input[0] = a16 }
      quantize B { match c: Conv2D -> add: Add set add.input[c] = a16 }`;
    expect(checkAnnotations(twoReaders(), text).sites).toEqual({
      "conv1.output": "MovingAverage int16 by A",
    });
  });

  it("asks for all of a tied group what one reader asks for", () => {
    const text = `${names}
      quantize Tied { match x -> r: ReLU tie x.output, r.output }
      quantize A { match r: ReLU -> add: Add set add.input[r] = a16 }`;
    expect(checkAnnotations(twoReaders(), text).sites).toEqual({
      "conv1.output": "MovingAverage int16 by A (group 0)",
      "relu1.output": "MovingAverage int16 by A (group 0)",
    });
  });

  it("asks for nothing at an edge whose value has the same quantizer, or one asked for more strongly", () => {
    const output = "quantize V { match c: Conv2D set c.output = a8 }";
    const input = (quantizer: string) =>
      `quantize E { match r: ReLU set r.input[0] = ${quantizer} }`;
    const value = { "conv1.output": "MovingAverage int8 by V" };
    const edge = { "relu1.input": "MovingAverage int16 by E" };
    const graph = twoReaders();
    expect(checkAnnotations(graph, names + output + input("a8")).sites).toEqual(value);
    expect(checkAnnotations(graph, names + output + input("a16")).sites).toEqual({
      ...value,
      ...edge,
    });
    const weaker = { lib: names + input("a16") };
    expect(checkAnnotations(graph, `import "lib" ${names} ${output}`, weaker).sites).toEqual(value);
  });

  it("quantizes the edge behind a layer that an override keeps in float", () => {
    const lib = `${names}
      quantize V { match c: Conv2D set c.output = a8 }
      quantize E { match r: ReLU set r.input[0] = a8 }`;
    const text = `import "lib" quantize F override { match c: Conv2D set c.* = float }`;
    expect(checkAnnotations(twoReaders(), text, { lib }).sites).toEqual({
      "conv1.input": "float by F",
      "conv1.kernel": "float by F",
      "conv1.output": "float by F",
      "relu1.input": "MovingAverage int8 by E",
    });
  });

  it("reports biases that cannot be derived", () => {
    const { codes } = checkAnnotations(
      network(),
      `quantize Odd { match c: Conv2D derive c.bias = c.output * c.kernel }`,
    );
    expect(codes).toEqual(["QC2113"]);
  });

  it("passes over slots that one op of an alternative does not have", () => {
    const { sites, codes } = checkAnnotations(
      network(),
      `${names} quantize A { match n: Conv2D | ReLU set n.kernel = w8 set n.output = none }`,
    );
    expect(codes).toEqual([]);
    expect(sites["conv1.kernel"]).toBe("LastValue int8 by A");
  });

  it("ties what feeds a concatenation, however many", () => {
    const s = new Sketch();
    const inputs = [1, 2, 3, 4, 5, 6, 7].map((i) =>
      s.node("ReLU", [s.input(`x${i}`, [2])], {}, `r${i}`),
    );
    const graph = s.graph(s.node("Concat", inputs, { axis: 0 }, "cat"));
    const { annotations } = checkAnnotations(
      graph,
      `${names} quantize OneScale { match cat: Concat(...xs) tie cat.output, xs.output = a8 }`,
    );
    expect(annotations.groups.get(0)).toHaveLength(8);
  });

  describe("ties of edges", () => {
    /** conv1 → add ← conv2, and conv1 → relu. */
    const sum = (withOtherReader: boolean) => {
      const s = new Sketch();
      const x = s.input("x", [1, 4, 4, 2]);
      const conv = (name: string) =>
        s.node("Conv2D", [x, s.random([2, 1, 1, 2]), s.random([2])], {}, name);
      const [one, two] = [conv("conv1"), conv("conv2")];
      const add = s.node("Add", [one, two], {}, "add");
      return s.graph(add, ...(withOtherReader ? [s.node("ReLU", [one], {}, "relu")] : []));
    };
    const tied = "quantize T { match add: Add tie add.input[0], add.input[1] = a8 }";
    const a8 = "MovingAverage int8 by T (group 0)";

    it("tie the values where nobody else asks for them or reads them", () => {
      const { sites, annotations } = checkAnnotations(sum(false), names + tied);
      expect(sites).toEqual({ "conv1.output": a8, "conv2.output": a8 });
      expect(annotations.tiedBy).toEqual(new Map([[0, ["T"]]]));
    });

    it("hold on the edge of a value that others read too", () => {
      expect(checkAnnotations(sum(true), names + tied).sites).toEqual({
        "add.a": a8,
        "conv2.output": a8,
      });
    });

    it("hold on the edges of values that have integers of their own, even like ones", () => {
      const own = "quantize C { match c: Conv2D set c.output = a8 }";
      expect(checkAnnotations(sum(false), names + tied + own).sites).toEqual({
        "add.a": a8,
        "add.b": a8,
        "conv1.output": "MovingAverage int8 by C",
        "conv2.output": "MovingAverage int8 by C",
      });
    });
  });

  it.each([
    ["set c.output[1] = a8", "c.output[1]"],
    ["set c.kernel[1] = w8", "c.kernel[1]"],
    ["set r.output = a8", "r.output"],
    ["tie c.output, r.output", "r.output"],
    ["derive r.bias = r.input * r.kernel", "r.bias"],
    ["fuse c, t", "fuse c, t"],
    ["set c.{output, bias}, t.output = a8", undefined],
    ["set c.* = float", undefined],
  ])("finds what asks for nothing wherever a rule matches: %s", (clause, idle) => {
    const s = new Sketch();
    const x = s.input("x", [1, 4, 4, 2]);
    const conv = s.node("Conv2D", [x, s.random([2, 1, 1, 2]), s.random([2])], {}, "conv");
    const graph = s.graph(s.node("Tanh", [s.node("ReLU", [conv])]));
    const match = "match c: Conv2D -> ReLU -> t: Tanh -> r: Dense? require c != t && !present(r)";
    const rule = (name: string) => `${names} quantize ${name} { ${match} ${clause} }`;
    const texts = (text: string) =>
      checkAnnotations(graph, text).annotations.idle.map(({ span }) =>
        span.file.text.slice(span.start, span.end),
      );
    expect(texts(rule("A"))).toEqual(idle === undefined ? [] : [idle]);
    expect(texts(rule("A optional"))).toEqual([]);
  });
});
