import { describe, expect, it } from "vitest";
import { ops } from "../../compiler/ops/index.ts";
import { applyRules } from "../../compiler/rewrite/driver.ts";
import { loadLibrary } from "../../compiler/rewrite/load-rules.ts";
import { checkFirings } from "../../compiler/rewrite/near-miss.ts";
import { standardModules, vocabularyOf } from "../../compiler/rewrite/vocabulary.ts";
import type { Name } from "../../grammar/ast.ts";
import { apply, libraryOf, opsOf, Sketch } from "./support.ts";

/** Codes of what is wrong with a rule text; `files` are what it can import. */
function checkLoad(text: string, files: Readonly<Record<string, string>> = {}) {
  const { value, diagnostics } = loadLibrary(
    { path: "rules.qcfg", text },
    {
      ops,
      resolve: (path) => (files[path] === undefined ? undefined : { path, text: files[path] }),
    },
  );
  return { library: value, codes: diagnostics.map(({ code }) => code), diagnostics };
}

const toReLU6 = (name: string) =>
  `rewrite ${name} { match x -> r: ReLU replace r with x -> ReLU6 }`;

describe("loadLibrary", () => {
  it("gives each rule the distance of its file, each file once, circles included", () => {
    const { library } = checkLoad(`import "./a.qcfg" import "./b.qcfg" ${toReLU6("Mine")}`, {
      "./a.qcfg": `import "./b.qcfg" ${toReLU6("A")}`,
      "./b.qcfg": `import "./a.qcfg" import "./c.qcfg" ${toReLU6("B")}`,
      "./c.qcfg": toReLU6("C"),
    });
    const distances = library!.rewrites.map(({ name, distance }) => [name, distance]);
    expect(Object.fromEntries(distances)).toEqual({ Mine: 0, A: 1, B: 1, C: 2 });
    expect(library!.files).toHaveLength(4);
  });

  it("sees the op sets and quantizers of imported files, the nearest first", () => {
    const { codes, library } = checkLoad(
      `import "./a.qcfg" quantizer q8 = LastValue(int8)
       quantize Mine { match l: Layer set l.output = q8 set l.kernel = w8 }`,
      {
        "./a.qcfg":
          "ops Layer = Dense | Conv2D quantizer w8 = AllValues(int8) quantizer q8 = Entropy(int8)",
      },
    );
    expect(codes).toEqual([]);
    expect([...library!.quantizes[0]!.roots!]).toEqual(["Dense", "Conv2D"]);
    expect(library!.quantizers.get("q8")).toMatchObject({ callee: { text: "LastValue" } });
  });

  it("reports a quantizer that two imports call alike, unless they agree or the file says", () => {
    const files = (second: string) => ({
      "./a.qcfg": "quantizer a8 = AllValues(int8)",
      "./b.qcfg": `quantizer a8 = AllValues(${second})`,
    });
    const text = `import "./a.qcfg" import "./b.qcfg"
      quantize Mine { match l: Dense set l.output = a8 }`;
    expect(checkLoad(text, files("int16")).codes).toEqual(["QC2118"]);
    expect(checkLoad(text, files("int8")).codes).toEqual([]);
    const own = `${text} quantizer a8 = Entropy(int8)`;
    expect(checkLoad(own, files("int16")).codes).toEqual([]);
  });

  it("a rewrite rule takes the place of an imported one of its name", () => {
    const { library, codes } = checkLoad(`import "./a.qcfg" ${toReLU6("Same")}`, {
      "./a.qcfg": toReLU6("Same"),
    });
    expect(codes).toEqual([]);
    expect(library!.rewrites.map(({ distance }) => distance)).toEqual([0]);
  });

  it("reports imports that are not there, and TypeScript", () => {
    expect(checkLoad('import "./none.qcfg"').codes).toEqual(["QC2105"]);
    expect(checkLoad('import { fits } from "./fits.ts"').codes).toContain("QC2651");
    expect(checkLoad('import "std/folds"').diagnostics[0]!.help).toContain("std/fold");
  });

  it("reports rules of one name in two files of one distance, and orders that contradict", () => {
    const files = { "./a.qcfg": toReLU6("Same"), "./b.qcfg": toReLU6("Same") };
    expect(checkLoad('import "./a.qcfg" import "./b.qcfg"', files).codes).toEqual(["QC2107"]);
    const first = "rewrite A { match x -> r: ReLU replace r with x -> ReLU6 before B }";
    const second = "rewrite B { match x -> r: ReLU replace r with x -> Tanh before A }";
    expect(checkLoad(first + second).codes).toEqual(["QC2108"]);
  });
});

describe("the order of rules", () => {
  const graph = () => {
    const s = new Sketch();
    return s.graph(s.node("ReLU", [s.node("Tanh", [s.input("x", [2])])]));
  };

  it("is special before general, whatever the order of the file", () => {
    const general = "rewrite AGeneral { match x -> r: ReLU replace r with x -> ReLU6 }";
    const special = "rewrite Special { match x -> Tanh -> r: ReLU replace r with x -> Sigmoid }";
    for (const text of [general + special, special + general]) {
      expect(opsOf(apply(graph(), libraryOf(text)).graph)).toEqual(["Input", "Sigmoid"]);
    }
  });

  it("is what `before` says where it says so", () => {
    const general =
      "rewrite AGeneral { match x -> r: ReLU replace r with x -> ReLU6 before Special }";
    const special = "rewrite Special { match x -> Tanh -> r: ReLU replace r with x -> Sigmoid }";
    expect(opsOf(apply(graph(), libraryOf(general + special)).graph)).toEqual([
      "Input",
      "Tanh",
      "ReLU6",
    ]);
  });
});

describe("definitions", () => {
  const dense = (text: string, files = {}) => {
    const library = libraryOf(`${text} quantize Q { match l: S set l.output = a }`, files);
    return {
      ops: [...library.quantizes[0]!.roots!],
      observer: library.quantizers.get("a") as { readonly callee?: Name },
    };
  };

  it("may be used before they are defined", () => {
    const { ops: members, observer } = dense(
      "ops S = T | Dense ops T = Conv2D quantizer a = b quantizer b = LastValue(int8)",
    );
    expect(members).toEqual(["Conv2D", "Dense"]);
    expect(observer.callee!.text).toBe("LastValue");
  });

  it("keep their meaning where the importing file has others of the same names", () => {
    const files = {
      "./base.qcfg": "ops T = Dense ops S = T quantizer b = LastValue(int8) quantizer a = b",
    };
    const { ops: members, observer } = dense(
      'import "./base.qcfg" ops T = Conv2D ops S = S | Add quantizer b = a',
      files,
    );
    expect(members).toEqual(["Dense", "Add"]);
    expect(observer.callee!.text).toBe("LastValue");
  });
});

describe("checkFirings", () => {
  const checked = (text: string) => {
    const s = new Sketch();
    const graph = s.graph(s.node("ReLU", [s.input("x", [2])]));
    const library = libraryOf(text);
    const applied = applyRules(graph, library.rewrites, { ops });
    return checkFirings(graph, library, applied, ops).map(({ message }) => message);
  };

  it("reports expectations that are not kept", () => {
    const rule = toReLU6("A");
    expect(checked(`${rule} expect A fires == 1`)).toEqual([]);
    expect(checked(`${rule} expect A fires > 1`)).toEqual(["`A` fired once"]);
  });

  it("reports the user's rewrite rules that were never applied, with the nearest miss", () => {
    const [message] = checked(
      "rewrite B { match x -> r: ReLU require x.rank == 4 replace r with x -> ReLU6 }",
    );
    expect(message).toContain("x.rank = 1");
    expect(checked("rewrite B optional { match x -> r: Tanh replace r with x }")).toEqual([]);
  });

  it("reports those that matched but could not be applied, with the reason", () => {
    const text = "rewrite B { match r: ReLU | LeakyReLU replace r with same r { alpha: 0.5 } }";
    expect(checked(text)).toEqual([
      "`B` matches but can be applied nowhere in the model: `ReLU` has no `alpha`",
    ]);
  });

  it("does not say of a rule that replaces a node by itself that it matches nothing", () => {
    expect(checked("rewrite B { match x -> r: ReLU replace r with x -> ReLU }")).toEqual([]);
  });
});

describe("vocabularyOf", () => {
  it("has every op with its operands, attributes and slots", () => {
    const { ops: words, modules } = vocabularyOf(ops);
    expect(words.map(({ name }) => name).sort()).toEqual([...ops.keys()].sort());
    const conv = words.find(({ name }) => name === "Conv2D")!;
    expect(conv.slots).toEqual(["input", "kernel", "bias", "activation", "output"]);
    expect(modules).toEqual(standardModules);
  });
});
